// A token on local HyperBEAM nodes without a network in between: nodes with faults of their own, and who posts there.

import { aoCodec } from "../../../chains/ao/codec.ts"
import { hyperNodes } from "../../../chains/ao/hyperbeam.ts"
import { type AoConnection, connectUnits } from "../../../chains/ao/rpc.ts"
import { moduleOf, spawnProcess } from "../../../chains/ao/spawn.ts"
import type { Deployment, Sealed } from "../../../chains/chain.ts"
import { type Http, NO_HTTP, type Reply } from "../../../chains/http.ts"
import { BridgeError } from "../../../core/errors.ts"
import type { Payout } from "../../../core/payout.ts"
import { hyperbeam, isNodePath, MALFORMED, type Node } from "../../../devnet/ao/hyperbeam.ts"
import { itemSigner, type UnitItem } from "../../../devnet/ao/item.ts"
import { Messenger } from "../../../devnet/ao/messenger.ts"
import { Schedule } from "../../../devnet/ao/schedule.ts"
import { type Faults, View } from "../../../devnet/ao/view.ts"
import { aosModule } from "../../../devnet/aos.ts"
import { type Jwk, rsaWallet } from "../../../devnet/arweave/wallet.ts"
import { hyperBundle } from "../../../lua/bundle.ts"
import { whenDone } from "../../ending.ts"
import { TEST_WALLETS } from "../../fixtures/wallets.ts"
import { aConfig } from "../../lua/token.ts"
import { groupSignature, deployment as keys } from "../builders.ts"

export const ALICE = rsaWallet(TEST_WALLETS.alice).address
export const BOB = rsaWallet(TEST_WALLETS.bob).address
export const LOCKS = { AR: 10n ** 30n }
export const NODES = ["http://one", "http://two"]

export type World = Awaited<ReturnType<typeof nodeWorld>>

/** Two nodes of one scheduler, and a token of the bridge on them, spawned as an operator would. */
export async function nodeWorld(script?: string) {
  const module = { id: "aos", bytes: await aosModule() }
  const address = rsaWallet(TEST_WALLETS.carol).address
  let nowMs = 1_700_000_000_000
  const log = { append: () => {}, close: () => {} }
  const schedule = new Schedule({
    ...{ module, scheduler: address, log: log as never, now: () => nowMs++, height: () => 1 },
  })
  const messenger = new Messenger(schedule, TEST_WALLETS.carol, module.id)
  const nodes = new Map<string, Node>(
    NODES.map((url) => [url, { view: new View(schedule), schedule, messenger, address }]),
  )
  const http = directHttp(nodes)
  whenDone(() => messenger.stop())

  const limits = { row: 10n ** 15n, message: 10n ** 16n, window: 10n ** 30n, windowMs: 86_400_000 }
  const token = await spawnProcess(http, {
    ...{ node: NODES[0]!, bundler: NODES[0]!, key: TEST_WALLETS.dave },
    module: moduleOf(
      TEST_WALLETS.dave,
      script ?? hyperBundle(aConfig({ bridge: keys.vault, guardian: ALICE, limits })),
    ),
  })
  const deployment: Deployment = { ...keys, tokens: { AR: token } }

  /** A connection that has seen nothing yet. */
  const connect = (urls = NODES): AoConnection =>
    connectUnits(aoCodec, hyperNodes(urls, token, http, 0), deployment, 0, () => {})
  const own = connect()
  return {
    ...{ schedule, messenger, nodes, http, token, deployment, connect, own },
    faults(url: string, faults: Faults) {
      nodes.get(url)!.view.faults = faults
    },
    seal(payouts: readonly Payout[], attempt = 0): Sealed {
      const terms = { attempt: `${attempt}`, "attested:arweave": `${LOCKS.AR}` }
      const { messages } = aoCodec.build(payouts, terms, deployment)
      return aoCodec.seal(payouts, terms, deployment, messages.map(groupSignature))
    },
    /** Hands bytes to a node; what it answers, as a client sees it. */
    post: (raw: Uint8Array, path = `${token}~process@1.0/push`, url = NODES[0]!) =>
      http.post(`${url}/${path}`, raw, "application/ans104"),
    get: (path: string, url = NODES[0]!) => http.get(`${url}/${token}~process@1.0/${path}`),
    /** Facts of every slot from `from` on, as a fresh reader of both nodes has them. */
    async facts(from = 0) {
      const reader = connect()
      const { height } = await reader.tip()
      const all = []
      for (let slot = from; slot <= height; slot++) {
        const block = await reader.block(slot)
        all.push(aoCodec.facts(block!, deployment))
      }
      return {
        sightings: all.flatMap(({ sightings }) => sightings),
        settlements: all.flatMap(({ settlements }) => settlements),
        strays: all.flatMap(({ strays }) => strays),
      }
    },
    newest: () => schedule.processes.get(token)!.slots.length - 1,
  }
}

const signers = new Map<string, ReturnType<typeof itemSigner>>()
let made = 0

/** A message to a process, signed by a wallet. */
export async function anItem(
  target: string,
  tags: Readonly<Record<string, string>> | readonly (readonly [string, string])[],
  { wallet = TEST_WALLETS.alice, data = "" }: { wallet?: Jwk; data?: string } = {},
): Promise<UnitItem> {
  const known = signers.get(wallet.n) ?? itemSigner(wallet)
  signers.set(wallet.n, known)
  const given = Array.isArray(tags) ? tags : Object.entries(tags)
  const list = given.map(([name, value]) => ({ name: `${name}`, value: `${value}` }))
  const has = (name: string) => list.some((tag) => tag.name === name)
  const own = { "Data-Protocol": "ao", Variant: "ao.N.1", Type: "Message" }
  const rest = Object.entries(own).filter(([name]) => !has(name))
  made += 1
  return (await known({
    ...{ target, data, anchor: `${made}`.padStart(32, "0") },
    tags: [...rest.map(([name, value]) => ({ name, value })), ...list],
  }))!
}

/** Asks the nodes' own handlers, and fails as HTTP would. */
function directHttp(nodes: ReadonlyMap<string, Node>): Http {
  const ask = async (method: "GET" | "POST", text: string, body: Buffer): Promise<Reply> => {
    const url = new URL(text)
    const node = nodes.get(url.origin)
    if (!node) throw new BridgeError("rpc-unavailable", { url: text, why: "ECONNREFUSED" })
    const failure = node.view.failure(url.pathname)
    if (failure !== null) return { status: failure, body: "" }
    const [unit = "", ...path] = url.pathname.slice(1).split("/")
    const asked = { method, path, query: url.searchParams, body }
    const reply = isNodePath(unit, asked) ? await hyperbeam(node, unit, asked, "") : null
    if (reply === MALFORMED) throw new BridgeError("rpc-unavailable", { url: text, why: NO_HTTP })
    return { status: reply?.status ?? 404, body: `${reply?.body ?? ""}` }
  }
  return {
    get: (url) => ask("GET", url, Buffer.alloc(0)),
    post: (url, body) => ask("POST", url, Buffer.from(body)),
    query: (url, body) => ask("POST", url, Buffer.from(body)),
    close: () => {},
  }
}
