// The connection to Bitcoin: blocks and deposits by our own proofs, terms of a payout, and what became of it.

import { BridgeError } from "../../core/errors.ts"
import { originOf, type TransferId } from "../../core/ids.ts"
import type { Payout } from "../../core/payout.ts"
import type {
  Block,
  Connection,
  Deployment,
  Endpoints,
  Fate,
  Located,
  Locks,
  NewNotes,
  OtherPlans,
  Remainder,
  Reread,
  Sealed,
  Terms,
} from "../chain.ts"
import { type HttpOptions, openHttp } from "../http.ts"
import { bitcoinCodec, outputsOf, vaultIn } from "./codec.ts"
import { isDue } from "./coins.ts"
import { depositOutputs, type Vault } from "./deposit.ts"
import { destinationIn } from "./destination.ts"
import type { BitcoinItem } from "./facts.ts"
import { isLeaving } from "./holdings.ts"
import { Memory } from "./memory.ts"
import { bitcoinNode } from "./node.ts"
import { reportsOf } from "./reports.ts"
import { Scan } from "./scan.ts"
import { check, choose, fateOf, isOutbid, remainderOf, submit } from "./spend.ts"
import { chooseSweep } from "./sweep.ts"
import { termsIn, termsOf } from "./terms.ts"

export interface BitcoinOptions extends HttpOptions {
  /** How old a look at the tip may be for it to be used again, milliseconds. */
  readonly freshMs: number
  readonly newNotes: NewNotes
  /** Where what was read is kept for the next start; null for nowhere. No two readers may share it. */
  readonly memoryFile: string | null
}

export interface BitcoinConnection extends Connection<BitcoinItem> {
  learn(notes: readonly string[]): Promise<void>
  claim(note: string, transaction: string): Promise<Reread | null>
  isOutbid(payouts: readonly Payout[], terms: Terms): Promise<boolean>
  remainder(terms: Terms): Promise<Remainder>
  sweep(others: OtherPlans): Promise<Terms | null>
  isLeaving(id: TransferId): Promise<boolean>
  /** What may be spent at the tip, and what of it is due to be, satoshi. */
  funds(): Promise<{ readonly free: bigint; readonly coins: number; readonly due: bigint }>
}

/** `urls.node`: one or more nodes, compared with each other. Throws `bad-config`. */
export function connectBitcoin(
  { urls, heard }: Endpoints,
  deployment: Deployment,
  options: Partial<BitcoinOptions> = {},
): BitcoinConnection {
  const all = { ...DEFAULTS, ...options }
  const heightMin = deployment.vaults?.bitcoin?.heightMin ?? 0
  const nodes = urls.node ?? []
  if (nodes.length === 0)
    throw new BridgeError("bad-config", { missing: "a URL of a Bitcoin node" })
  const http = openHttp({ ...all, heard })
  const vault = vaultIn(deployment)
  const scan = new Scan({
    nodes: nodes.map((url) => bitcoinNode(url, http)),
    ...{ vault, heightMin, freshMs: all.freshMs, newNotes: all.newNotes },
    memory: all.memoryFile === null ? null : new Memory(all.memoryFile, vault, heightMin),
  })
  const close = async () => {
    await scan.close()
    http.close()
  }
  return new NodeConnection(scan, vault, deployment, close)
}

const DEFAULTS: BitcoinOptions = {
  // A block of four million bytes over a slow line; a node works on one request of a connection at a time.
  ...{ timeoutMs: 30_000, atOnce: 16, pipelining: 1 },
  freshMs: 200,
  newNotes: async () => [],
  memoryFile: null,
}

const NO_PLANS: OtherPlans = { open: [], replaced: null, frozen: new Set() }

class NodeConnection implements BitcoinConnection {
  readonly chain = "bitcoin"
  readonly close: () => Promise<void>
  readonly #scan: Scan
  readonly #vault: Vault
  readonly #deployment: Deployment

  constructor(scan: Scan, vault: Vault, deployment: Deployment, close: () => Promise<void>) {
    this.#scan = scan
    this.#vault = vault
    this.#deployment = deployment
    this.close = close
  }

  tip() {
    return this.#scan.tip()
  }

  block(height: number): Promise<Block<BitcoinItem> | null> {
    return this.#scan.block(height)
  }

  async learn(notes: readonly string[]): Promise<void> {
    for (const note of notes) {
      const destination = destinationIn(note, this.#vault.network)
      if (destination) await this.#scan.learn(destination, null)
    }
  }

  async claim(note: string, transaction: string): Promise<Reread | null> {
    const destination = destinationIn(note, this.#vault.network)
    if (destination === null || !isTxid(transaction)) return null
    // Under which key of the group the address was made its note does not say.
    const scripts = depositOutputs(this.#vault, destination).map(({ script }) => script)
    const read = await this.#scan.transaction(transaction)
    const isOurs = (script: Uint8Array) => scripts.some((one) => isSame(one, script))
    const vout = read?.outputs.findIndex(({ script }) => isOurs(script)) ?? -1
    if (vout < 0) return null
    await this.#scan.recalled()
    const held = this.#scan.holdings.held({ txid: transaction, vout })
    if (held) return { from: held.coin.height, to: null }
    const height = await this.#scan.heightOf(transaction)
    // Whoever makes us read blocks again has paid for it: once a deposit.
    if (height !== null) await this.#scan.learn(destination, height)
    return height === null ? null : { from: height, to: null }
  }

  async locate(id: TransferId): Promise<Located | null> {
    const { chain, transaction, index } = originOf(id)
    if (chain !== "bitcoin" || !isTxid(transaction)) return null
    const tip = await this.#scan.catchUp()
    const held = this.#scan.holdings.held({ txid: transaction, vout: index })
    const block = held && (await this.#scan.block(held.coin.height))
    if (!block || isLeaving(held, tip.height)) return null
    const { sightings } = bitcoinCodec.facts(block, this.#deployment)
    const sighting = sightings.find((one) => one.id === id)
    return sighting ? { sighting, block: refOf(block), tip, atMs: block.timestampMs } : null
  }

  async isLeaving(id: TransferId): Promise<boolean> {
    const { transaction: txid, index: vout } = originOf(id)
    const tip = await this.#scan.catchUp()
    const held = this.#scan.holdings.held({ txid, vout })
    return held !== null && isLeaving(held, tip.height)
  }

  async locateAll(ids: readonly TransferId[]): Promise<readonly (Located | null)[]> {
    return Promise.all(ids.map((id) => this.locate(id)))
  }

  async terms(
    payouts: readonly Payout[],
    _attempt: number,
    _locks: Locks,
    others = NO_PLANS,
  ): Promise<Terms> {
    const outputs = outputsOf(payouts, this.#vault)
    const wanted = { outputs, ...this.#known(others) }
    return termsOf(await choose(this.#scan, this.#vault, wanted), this.#vault)
  }

  async sweep(others: OtherPlans): Promise<Terms | null> {
    const choice = await chooseSweep(this.#scan, this.#vault, this.#known(others))
    return choice && termsOf(choice, this.#vault)
  }

  vet(payouts: readonly Payout[], terms: Terms): Promise<void> {
    const read = termsIn(terms, this.#vault)
    return check(this.#scan, this.#vault, outputsOf(payouts, this.#vault), read)
  }

  /** Deposits alone: what came back from payouts of ours was counted when it came. */
  async deposited() {
    await this.#scan.catchUp()
    return new Map([["BTC", this.#scan.holdings.deposited()] as const])
  }

  submit(sealed: Sealed): Promise<void> {
    return submit(this.#scan, sealed)
  }

  fate(payouts: readonly Payout[], terms: Terms): Promise<Fate> {
    const read = termsIn(terms, this.#vault)
    return fateOf(this.#scan, this.#vault, outputsOf(payouts, this.#vault), read)
  }

  isOutbid(payouts: readonly Payout[], terms: Terms): Promise<boolean> {
    const read = termsIn(terms, this.#vault)
    return isOutbid(this.#scan, this.#vault, outputsOf(payouts, this.#vault), read)
  }

  remainder(terms: Terms): Promise<Remainder> {
    return remainderOf(this.#scan, termsIn(terms, this.#vault))
  }

  #known({ open, replaced, frozen }: OtherPlans) {
    return {
      open: open.map((terms) => termsIn(terms, this.#vault)),
      replaced: replaced && termsIn(replaced, this.#vault),
      frozen,
    }
  }

  reports() {
    return reportsOf(this.#scan.nodes.endpoints)
  }

  async funds() {
    const tip = await this.#scan.catchUp()
    const coins = this.#scan.holdings.coins(tip.height, () => 1)
    const sum = (some: typeof coins) => some.reduce((total, { value }) => total + value, 0n)
    const due = sum(coins.filter((coin) => isDue(coin, tip.height)))
    return { free: sum(coins), coins: coins.length, due }
  }
}

function isTxid(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text)
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at])
}

function refOf({ height, id }: Block) {
  return { height, id }
}
