// The whole bridge under load, on a local network of its own: deposits until credited, burns until paid.

import { randomBytes } from "node:crypto"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { assert } from "../core/assert.ts"
import type { AssetName } from "../core/assets.ts"
import { itemSigner } from "../devnet/ao/item.ts"
import { createJwk, type Jwk, rsaWallet } from "../devnet/arweave/wallet.ts"
import { type Network, startNetwork } from "../devnet/network.ts"
import type { AoKind } from "../devnet/token.ts"
import { cpuMsOf, family, readOrNothing } from "./cpu.ts"
import { median, quantile } from "./median.ts"

export interface BridgeLoad {
  readonly deposits?: number
  /** How many times so many, one round after another. */
  readonly rounds?: number
  readonly burns?: number
  /** Single transfers, one after another, for the latencies. */
  readonly singles?: number
  /** Which AO it goes through; the units when left out. */
  readonly ao?: AoKind
  /** What the network carries, AR among it; all assets when left out, with every chain's processes beside. */
  readonly assets?: readonly AssetName[]
}

const AR = 10n ** 12n
/** How often we look; latencies are no finer than this. */
const LOOK_MS = 15
/** As often where seconds are measured: to look costs what it takes from the others. */
const SELDOM_MS = 100
const WALLETS = 4
/** Time between blocks while releases are awaited. */
const BLOCK_MS = 250

/**
 * - `mintsPerSecond`: deposits that were all final while the services, which had credited others before, were held still,
 *   from when they go on until the last one is credited; the median of the rounds, and `mintsPerSecondCold` the first
 *   of them, in which every process still compiles what it runs.
 * - `mintCpuMs`: what all processes of the network together computed for one of those, which other work on the
 *   machine changes less than the rate.
 * - `creditP50Ms`, `creditP95Ms`: one deposit at a time, from the block that makes it final until credited.
 * - `releasesPerSecond`, `payP50Ms`, `payP95Ms`: burns until their releases are in a block; blocks come every
 *   250 ms, and the two slots of patience on AO are part of it.
 * - `rssMb`: proportional resident memory of every process of the network, after all that.
 */
export async function bridge(load: BridgeLoad = {}) {
  const { deposits = 2_000, rounds = 5, burns = 200, singles = 20 } = load
  const { ao = "units", assets } = load
  const folder = await mkdtemp(join(tmpdir(), "causeway-bench-"))
  const network = await startNetwork({ folder, blockTimeMs: null, ao, ...(assets && { assets }) })
  try {
    const chain = new Chains(network)
    const jwk = await createJwk()
    const holder = rsaWallet(jwk).address
    // How long it takes to start says nothing of what can be sustained.
    const [first] = await chain.deposit(1, 2n * AR, holder)
    await network.mine(12)
    await chain.credited([first!])
    const minted: Minted[] = []
    for (let n = 0; n < rounds; n++) minted.push(await sustained(network, chain, holder, deposits))
    const credits = await oneByOne(singles, async () => {
      const [id] = await chain.deposit(1, 5n * AR, holder)
      await network.mine(10)
      const startedAt = performance.now()
      return (await chain.credited([id!])) - startedAt
    })
    const releases = await released(network, chain, jwk, burns)
    const pays = await oneByOne(singles, async () => {
      const startedAt = performance.now()
      const [id] = await chain.burn(jwk, 1)
      return (await chain.paid([id!], network)) - startedAt
    })
    return {
      figures: {
        deposits,
        rounds,
        mintsPerSecond: median(minted.map(({ perSecond }) => perSecond)),
        mintsPerSecondCold: minted[0]!.perSecond,
        mintCpuMs: median(minted.map(({ cpuMs }) => cpuMs)),
        creditP50Ms: quantile(credits, 0.5),
        creditP95Ms: quantile(credits, 0.95),
        burns,
        releasesPerSecond: releases,
        payP50Ms: quantile(pays, 0.5),
        payP95Ms: quantile(pays, 0.95),
        rssMb: residentMb(Object.values(network.pids)),
      },
      units: {
        deposits: "transfers",
        rounds: "rounds",
        mintsPerSecond: "transfers/s",
        mintsPerSecondCold: "transfers/s",
        mintCpuMs: "ms/transfer",
        creditP50Ms: "ms",
        creditP95Ms: "ms",
        burns: "transfers",
        releasesPerSecond: "transfers/s",
        payP50Ms: "ms",
        payP95Ms: "ms",
        rssMb: "MB",
      },
    }
  } finally {
    await network.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

interface Minted {
  readonly perSecond: number
  /** Of all processes, for each. */
  readonly cpuMs: number
}

async function sustained(
  network: Network,
  chain: Chains,
  holder: string,
  count: number,
): Promise<Minted> {
  const services = network.pids.services!
  process.kill(services, "SIGSTOP")
  let ids: readonly string[]
  try {
    ids = await chain.deposit(count, 2n * AR, holder)
    await network.mine(12)
  } finally {
    // Whatever happened: who is held still cannot be stopped either.
    process.kill(services, "SIGCONT")
  }
  const startedAt = performance.now()
  const startedMs = cpuMs(network)
  const endedAt = await chain.credited(ids, SELDOM_MS)
  return {
    perSecond: (count * 1_000) / (endedAt - startedAt),
    cpuMs: (cpuMs(network) - startedMs) / count,
  }
}

async function released(network: Network, chain: Chains, jwk: Jwk, count: number) {
  const startedAt = performance.now()
  const ids = await chain.burn(jwk, count)
  const endedAt = await chain.paid(ids, network)
  return (count * 1_000) / (endedAt - startedAt)
}

async function oneByOne(count: number, once: () => Promise<number>): Promise<number[]> {
  const times: number[] = []
  for (let n = 0; n < count; n++) times.push(await once())
  return times
}

/** Both chains as somebody without a stake in the bridge sees them. */
export class Chains {
  readonly #network: Network
  readonly #minted = new Map<string, number>()
  readonly #released = new Map<string, number>()
  #slot = 0
  #height = 0
  #wallets: Promise<Jwk[]> | null = null

  constructor(network: Network) {
    this.#network = network
  }

  /** Deposits to one AO account from RSA wallets, the usual ones; returns their ids once they are accepted. */
  async deposit(count: number, amount: bigint, recipient: string): Promise<string[]> {
    this.#wallets ??= Promise.all(Array.from({ length: WALLETS }, createJwk))
    const wallets = (await this.#wallets).map((jwk) => rsaWallet(jwk))
    const { arweaveUrl, vault } = this.#network.places
    const anchor = await text(`${arweaveUrl}/tx_anchor`)
    const reward = BigInt(await text(`${arweaveUrl}/price/0/${vault}`))
    const ids: string[] = []
    for (let n = 0; n < count; n++) {
      const wallet = wallets[n % wallets.length]!
      await this.#network.faucet(wallet.address, amount + reward)
      const tags = [{ name: "Recipient", value: recipient }]
      const tx = await wallet.sign({ target: vault, quantity: amount, reward, anchor, tags })
      const response = await fetch(`${arweaveUrl}/tx`, { method: "POST", body: JSON.stringify(tx) })
      assert(response.status === 200, `a deposit is accepted: ${response.status}`)
      ids.push(`arweave:${tx.id}:0`)
    }
    return ids
  }

  /** Burns of 1 AR each; returns the ids of their messages. */
  async burn(jwk: Jwk, count: number): Promise<string[]> {
    const { places } = this.#network
    const recipient = rsaWallet(jwk).address
    const sign = itemSigner(jwk)
    const items = []
    for (let n = 0; n < count; n++) {
      const item = await sign({
        target: places.token,
        data: "",
        anchor: randomBytes(16).toString("hex"),
        tags: Object.entries({
          "Data-Protocol": "ao",
          Variant: "ao.TN.1",
          Type: "Message",
          Action: "Burn",
          Recipient: recipient,
          Quantity: String(AR),
        }).map(([name, value]) => ({ name, value })),
      })
      assert(item !== null, "a burn is a good item")
      items.push(item)
    }
    const { nodeUrl, muUrl } = places.ao
    const url = nodeUrl ? `${nodeUrl}/${places.token}~process@1.0/push` : muUrl
    for (const { raw } of items) await fetch(url, { method: "POST", body: Buffer.from(raw) })
    return items.map(({ id }) => id)
  }

  /** When the last of these deposits was minted. */
  async credited(ids: readonly string[], lookMs = LOOK_MS): Promise<number> {
    return await this.#until(ids, this.#minted, () => this.#readMints(), lookMs)
  }

  /** When the release of the last of these burns was in a block; blocks are mined meanwhile. */
  async paid(messages: readonly string[], network: Network): Promise<number> {
    return await this.#until(messages, this.#released, async () => {
      await network.mine(1)
      await this.#readReleases()
      await delay(BLOCK_MS - LOOK_MS)
    })
  }

  async #until(
    ids: readonly string[],
    known: Map<string, number>,
    look: () => Promise<void>,
    lookMs = LOOK_MS,
  ) {
    const giveUpAt = performance.now() + 180_000
    while (!ids.every((id) => known.has(id))) {
      assert(performance.now() < giveUpAt, "every transfer arrives in three minutes")
      await look()
      await delay(lookMs)
    }
    return Math.max(...ids.map((id) => known.get(id)!))
  }

  async #readMints(): Promise<void> {
    const { token, ao } = this.#network.places
    const su = ao.muUrl.replace(/\/mu$/, "/su")
    const page = await json<SchedulePage>(`${su}/${token}?from=${this.#slot}&limit=500`)
    for (const { node } of page.edges) {
      this.#slot += 1
      const { id, data, tags } = node.message
      if (!tags.some(({ name, value }) => name === "Action" && value === "Mint")) continue
      const result = await json<{ Messages: { Tags: Tag[] }[] }>(
        `${ao.cuUrl}/result/${id}?process-id=${token}`,
      )
      const isMinted = result.Messages.some(({ Tags }) =>
        Tags.some(({ name, value }) => name === "Action" && value === "Mint-Notice"),
      )
      const { rows } = JSON.parse(data) as { rows: { id: string }[] }
      if (isMinted) for (const row of rows) this.#minted.set(row.id, performance.now())
    }
  }

  async #readReleases(): Promise<void> {
    const { arweaveUrl, vault } = this.#network.places
    const { height } = await json<{ height: number }>(`${arweaveUrl}/info`)
    for (; this.#height <= height; this.#height++) {
      const block = await json<{ txs: string[] }>(`${arweaveUrl}/block/height/${this.#height}`)
      for (const id of block.txs) {
        const tx = await json<{ target: string; tags: Tag[] }>(`${arweaveUrl}/tx/${id}`)
        const tags = new Map(tx.tags.map(({ name, value }) => [plain(name), plain(value)]))
        const [, message] = (tags.get("Transfer") ?? "").split(":")
        if (tx.target !== vault && message) this.#released.set(message, performance.now())
      }
    }
  }
}

interface Tag {
  readonly name: string
  readonly value: string
}

interface SchedulePage {
  readonly edges: readonly {
    readonly node: { readonly message: { id: string; data: string; tags: Tag[] } }
  }[]
}

async function text(url: string): Promise<string> {
  return await (await fetch(url)).text()
}

async function json<Answer>(url: string): Promise<Answer> {
  return (await (await fetch(url)).json()) as Answer
}

function plain(base64url: string): string {
  return Buffer.from(base64url, "base64url").toString()
}

/** Processor time of these processes, of all that they started, and of the database, until now. */
function cpuMs({ pids }: Network): number {
  return cpuMsOf(family(Object.values(pids)))
}

/** Proportional, of the same processes. */
function residentMb(roots: readonly number[]): number {
  const kilobytes = family(roots).map((pid) =>
    Number(/^Pss:\s+([0-9]+)/m.exec(readOrNothing(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0),
  )
  return kilobytes.reduce((sum, one) => sum + one, 0) / 1_024
}
