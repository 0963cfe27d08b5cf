// What the page must ask Arweave and AO, asked by us: a browser speaks to nobody else, and we pass on nothing that is not of this bridge.

import type { FastifyInstance } from "fastify"
import { z } from "zod"
import { aoAddress, arweaveAddress } from "../../chains/address.ts"
import { hyperNodes } from "../../chains/ao/hyperbeam.ts"
import { decode, idOf, targetOf } from "../../chains/ao/item.ts"
import { isGenuine } from "../../chains/ao/slots.ts"
import { type AoUnits, httpUnits } from "../../chains/ao/units.ts"
import { arweaveNode } from "../../chains/arweave/node.ts"
import { transactionJson } from "../../chains/arweave/transaction.ts"
import { fromBase64url, isId } from "../../chains/bytes.ts"
import type { Deployment } from "../../chains/chain.ts"
import { type Http, openHttp } from "../../chains/http.ts"
import { tagOf } from "../../chains/tags.ts"
import { ASSET_NAMES, type AssetName } from "../../core/assets.ts"
import { BridgeError } from "../../core/errors.ts"
import type { Settings } from "../config.ts"

export interface Relay {
  readonly deployment: Deployment
  readonly endpoints: Settings["endpoints"]
}

const TIMEOUT_MS = 10_000
/** What one client may have asked: a form that is open asks a few times a minute. */
const READS = { config: { rateLimit: { max: 240, timeWindow: "1 minute" } } }
const WRITES = { config: { rateLimit: { max: 30, timeWindow: "1 minute" } } }
/** The block that a node suggests as anchor counts this deep, the tip being 1. */
const ANCHOR_DEPTH = 6
const ITEM_BYTES_MAX = 16 * 1024
const HYPERBEAM_PATIENCE_MS = 2_000

export async function relay(
  server: FastifyInstance,
  { deployment, endpoints }: Relay,
): Promise<void> {
  const http = openHttp({ timeoutMs: TIMEOUT_MS, atOnce: 16, pipelining: 1, readsErrors: true })
  server.addHook("onClose", () => http.close())
  arweaveRoutes(server, deployment, endpoints.arweave?.urls.node ?? [], http)
  await aoRoutes(server, deployment, endpoints.ao?.urls ?? {}, http)
}

function arweaveRoutes(
  server: FastifyInstance,
  { vault }: Deployment,
  urls: readonly string[],
  http: Http,
): void {
  const nodes = urls.map((url) => arweaveNode(url, http, TIMEOUT_MS))
  /** The first that answers: whatever it says, the owner's wallet shows what is signed, and the chain decides. */
  const ask = async <Value>(question: (node: (typeof nodes)[number]) => Promise<Value>) => {
    let failure: unknown = new BridgeError("not-supported", { chain: "arweave" })
    for (const node of nodes)
      try {
        return await question(node)
      } catch (error) {
        failure = error
      }
    throw failure
  }

  /** What a payment to the vault is made of, beside the amount. */
  server.get("/relay/arweave/terms", READS, () =>
    ask(async (node) => {
      const { tip } = await node.info()
      const anchor = await node.header(Math.max(0, tip.height - ANCHOR_DEPTH + 1))
      const reward = await node.price(vault)
      if (!anchor) throw new BridgeError("not-yet", { why: "no block to anchor to" })
      // The price moves between signing and mining.
      return { anchor: anchor.id, reward: String((reward * 11n + 9n) / 10n) }
    }),
  )

  server.get<{ Params: { address: string } }>(
    "/relay/arweave/balances/:address",
    READS,
    async ({ params }) => {
      if (arweaveAddress(params.address) === null) throw new BridgeError("bad-address")
      return { balance: String(await ask((node) => node.balance(params.address))) }
    },
  )

  server.post("/relay/arweave/transactions", WRITES, async ({ body }) => {
    const json = transactionJson(body)
    if (!json || json.target !== vault || json.data_size !== "0")
      throw new BridgeError("bad-request", { wanted: "a signed payment to the vault" })
    const { data_size, data_root, ...rest } = json
    const reply = await ask((node) => node.post({ ...rest, data_size, data_root, data: "" }))
    if (reply.status !== 200 && reply.status !== 208)
      throw new BridgeError("bad-request", { arweave: reply.body.slice(0, 200) })
    return { transaction: json.id }
  })
}

async function aoRoutes(
  server: FastifyInstance,
  { tokens }: Deployment,
  urls: Readonly<Record<string, readonly string[]>>,
  http: Http,
): Promise<void> {
  const known = new Map<string, AoUnits>()
  const unitsOf = (asset: string): AoUnits => {
    const name = ASSET_NAMES.find((one) => one === asset) as AssetName | undefined
    const process = name && tokens[name]
    if (!process) throw new BridgeError("not-supported", { asset })
    const units = known.get(process) ?? unitsAt(urls, process, http)
    known.set(process, units)
    return units
  }

  server.get<{ Params: { asset: string; account: string } }>(
    "/relay/ao/:asset/balances/:account",
    READS,
    async ({ params }) => {
      const account = aoAddress(params.account)
      if (account === null) throw new BridgeError("bad-address")
      return { balance: await unitsOf(params.asset).balance(account) }
    },
  )

  /** A burn, signed by its owner: an ANS-104 item as base64url. */
  server.post<{ Params: { asset: string } }>(
    "/relay/ao/:asset/burns",
    WRITES,
    async ({ params, body }) => {
      const units = unitsOf(params.asset)
      const told = burn.safeParse(body)
      const raw = (told.success && fromBase64url(told.data.item)) || new Uint8Array()
      const item = decode(raw)
      const isOurs =
        item !== null &&
        Buffer.from(targetOf(units.process)).equals(item.target) &&
        tagOf(item.tags, "Action") === "Burn"
      if (!isOurs || !isGenuine(item))
        throw new BridgeError("bad-request", { wanted: `a signed burn of ${params.asset}` })
      const id = idOf(item.signature)
      await units.send({ id, raw })
      return { message: id }
    },
  )

  /** What the token made of it: the transfer, or why it burned nothing. */
  server.get<{ Params: { asset: string; message: string } }>(
    "/relay/ao/:asset/burns/:message",
    READS,
    async ({ params: { asset, message } }) => {
      if (!isId(message)) throw new BridgeError("bad-id", { message })
      const units = unitsOf(asset)
      const [slot] = await units.slotsOf(message)
      const result = slot === undefined ? null : await units.result({ id: message, slot })
      if (result === null) return { state: "pending" as const }
      const refusals = result.messages.filter(({ tags }) =>
        (tagOf(tags, "Action") ?? "").endsWith("-Error"),
      )
      const [notice] = result.messages.filter(({ tags }) => tagOf(tags, "Action") === "Burn-Notice")
      const transfer = notice && tagOf(notice.tags, "Burn-Id")
      if (transfer) return { state: "burned" as const, transfer }
      const code = refusals[0] && tagOf(refusals[0].tags, "Error")
      return { state: "refused" as const, why: code ?? result.error?.slice(0, 200) ?? "no-notice" }
    },
  )
}

const burn = z.strictObject({
  item: z
    .string()
    .regex(/^[A-Za-z0-9_-]+$/)
    .max(ITEM_BYTES_MAX),
})

function unitsAt(
  urls: Readonly<Record<string, readonly string[]>>,
  process: string,
  http: Http,
): AoUnits {
  const { mu = [], su = [], cu = [], node = [] } = urls
  return node.length > 0
    ? hyperNodes(node, process, http, HYPERBEAM_PATIENCE_MS)
    : httpUnits({ mu, su, cu }, process, http, TIMEOUT_MS)
}
