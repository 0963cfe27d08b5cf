// What the page must ask Arweave and AO, asked by us: a browser speaks to nobody else, and we pass on nothing that is not of this bridge.

import type { FastifyInstance } from "fastify"
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
import { ROUTES } from "../../sdk/schemas/routes.ts"
import type { Settings } from "../config.ts"
import { type Server, serve } from "./serving.ts"

export interface Relay {
  readonly deployment: Deployment
  readonly endpoints: Settings["endpoints"]
  /** Every answer is compared with its schema before it is sent. */
  readonly checked?: boolean
}

const TIMEOUT_MS = 10_000
/** The block that a node suggests as anchor counts this deep, the tip being 1. */
const ANCHOR_DEPTH = 6
const HYPERBEAM_PATIENCE_MS = 2_000

export async function relay(
  fastify: FastifyInstance,
  { deployment, endpoints, checked = false }: Relay,
): Promise<void> {
  const server = { fastify, checked }
  const http = openHttp({ timeoutMs: TIMEOUT_MS, atOnce: 16, pipelining: 1, readsErrors: true })
  fastify.addHook("onClose", () => http.close())
  arweaveRoutes(server, deployment, endpoints.arweave?.urls.node ?? [], http)
  await aoRoutes(server, deployment, endpoints.ao?.urls ?? {}, http)
}

function arweaveRoutes(
  server: Server,
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

  serve(server, ROUTES.arweaveTerms, () =>
    ask(async (node) => {
      const { tip } = await node.info()
      const anchor = await node.header(Math.max(0, tip.height - ANCHOR_DEPTH + 1))
      const reward = await node.price(vault)
      if (!anchor) throw new BridgeError("not-yet", { why: "no block to anchor to" })
      // The price moves between signing and mining.
      return { anchor: anchor.id, reward: String((reward * 11n + 9n) / 10n) }
    }),
  )

  serve(server, ROUTES.arweaveBalance, async ({ params: { address } }) => {
    if (arweaveAddress(address) === null) throw new BridgeError("bad-address")
    return { balance: String(await ask((node) => node.balance(address))) }
  })

  serve(server, ROUTES.arweavePayment, async ({ body }) => {
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
  server: Server,
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

  serve(server, ROUTES.wrappedBalance, async ({ params }) => {
    const account = aoAddress(params.account)
    if (account === null) throw new BridgeError("bad-address")
    return { balance: String(await unitsOf(params.asset).balance(account)) }
  })

  serve(server, ROUTES.passBurn, async ({ params, body }) => {
    const units = unitsOf(params.asset)
    const raw = fromBase64url(body.item) ?? new Uint8Array()
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
  })

  serve(server, ROUTES.burnOutcome, async ({ params: { asset, message } }) => {
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
  })
}

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
