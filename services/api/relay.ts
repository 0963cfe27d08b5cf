// What the page must ask Arweave and AO, asked by us: a browser speaks to nobody else, and we pass on what is of this bridge alone.

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
import type { Action } from "../../core/compliance/decision.ts"
import { BridgeError } from "../../core/errors.ts"
import type { CampaignFacts } from "../../core/rewards/payable.ts"
import { ROUTES } from "../../sdk/schemas/routes.ts"
import type { Settings } from "../config.ts"
import { type Server, serve } from "./serving.ts"

export interface Relay {
  readonly deployment: Deployment
  /** The campaign that the bridge has a token for. */
  readonly campaign?: Pick<CampaignFacts, "id" | "process"> | undefined
  /** What is said of an account that somebody claims for, now. */
  readonly standingOf: (campaign: string, account: string) => Promise<Action>
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
  { deployment, campaign, standingOf, endpoints, checked = false }: Relay,
): Promise<void> {
  const server = { fastify, checked }
  const http = openHttp({ timeoutMs: TIMEOUT_MS, atOnce: 16, pipelining: 1, readsErrors: true })
  fastify.addHook("onClose", () => http.close())
  arweaveRoutes(server, deployment, endpoints.arweave?.urls.node ?? [], http)
  const aoUrls = endpoints.ao?.urls ?? {}
  aoRoutes(server, deployment, aoUrls, http)
  const unitsOfToken = (process: string) => unitsAt(aoUrls, process, http)
  pointsRoutes(server, { campaign, standingOf }, unitsOfToken)
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

function aoRoutes(
  server: Server,
  { tokens }: Deployment,
  urls: Readonly<Record<string, readonly string[]>>,
  http: Http,
): void {
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

  serve(server, ROUTES.passBurn, ({ params, body }) => {
    const units = unitsOf(params.asset)
    return passOn(units, signedFor(units, body.item, "Burn"))
  })

  serve(server, ROUTES.burnOutcome, async ({ params: { asset, message } }) => {
    const said = await saidOf(unitsOf(asset), message, "Burn-Notice")
    if (said === null) return { state: "pending" as const }
    const transfer = said.notice && tagOf(said.notice.tags, "Burn-Id")
    return transfer
      ? { state: "burned" as const, transfer }
      : { state: "refused" as const, why: said.why }
  })
}

function pointsRoutes(
  server: Server,
  { campaign, standingOf }: Pick<Relay, "campaign" | "standingOf">,
  unitsOfToken: (process: string) => AoUnits,
): void {
  const known = campaign && unitsOfToken(campaign.process)
  const unitsOf = (id: string): AoUnits => {
    if (!known || id !== campaign?.id) throw new BridgeError("not-supported", { campaign: id })
    return known
  }

  serve(server, ROUTES.pointsHad, async ({ params }) => {
    const account = aoAddress(params.account)
    if (account === null) throw new BridgeError("bad-address")
    const units = unitsOf(params.campaign)
    const [balance, had = null] = await Promise.all([units.balance(account), units.had?.(account)])
    return { balance, had }
  })

  // A claim pays the account that it names, whoever has signed it: so that one is asked about.
  serve(server, ROUTES.passClaim, async ({ params, body }) => {
    const units = unitsOf(params.campaign)
    const made = signedFor(units, body.item, "Claim")
    const account = claimedBy(made.data)
    const standing = await standingOf(params.campaign, account)
    if (standing !== "allow") throw new BridgeError(`screening-${standing}`, { account })
    return passOn(units, made)
  })

  serve(server, ROUTES.claimOutcome, async ({ params: { campaign, message } }) => {
    const said = await saidOf(unitsOf(campaign), message, "Claim-Notice")
    if (said === null) return { state: "pending" as const }
    const quantity = said.notice && tagOf(said.notice.tags, "Quantity")
    const number = Number(said.notice && tagOf(said.notice.tags, "Payment-Number"))
    return quantity
      ? { state: "paid" as const, quantity, number }
      : { state: "refused" as const, why: said.why }
  })
}

interface Signed {
  readonly id: string
  readonly raw: Uint8Array
  readonly data: Uint8Array
}

/** A message to the units' own process; throws `bad-request` for what is no signed `action`. */
function signedFor({ process }: AoUnits, text: string, action: string): Signed {
  const raw = fromBase64url(text) ?? new Uint8Array()
  const item = decode(raw)
  const isOurs =
    item !== null &&
    Buffer.from(targetOf(process)).equals(item.target) &&
    tagOf(item.tags, "Action") === action
  if (!isOurs || !isGenuine(item))
    throw new BridgeError("bad-request", { wanted: `a signed ${action} for ${process}` })
  return { id: idOf(item.signature), raw, data: item.data }
}

async function passOn(units: AoUnits, { id, raw }: Signed) {
  await units.send({ id, raw })
  return { message: id }
}

/** The account that a claim names; throws `bad-request` when it names none. */
function claimedBy(data: Uint8Array): string {
  const { account } = Object(parsedJson(Buffer.from(data).toString())) as { account?: unknown }
  const known = typeof account === "string" ? aoAddress(account) : null
  if (known === null || known !== account)
    throw new BridgeError("bad-request", { wanted: "a claim" })
  return known
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** What the token said to a message: that notice, or why there is none; null while it has not been computed. */
async function saidOf(units: AoUnits, message: string, action: string) {
  if (!isId(message)) throw new BridgeError("bad-id", { message })
  const [slot] = await units.slotsOf(message)
  const result = slot === undefined ? null : await units.result({ id: message, slot })
  if (result === null) return null
  const notice = result.messages.find(({ tags }) => tagOf(tags, "Action") === action)
  const refusal = result.messages.find(({ tags }) =>
    (tagOf(tags, "Action") ?? "").endsWith("-Error"),
  )
  const code = refusal && tagOf(refusal.tags, "Error")
  return { notice, why: code ?? result.error?.slice(0, 200) ?? "no-notice" }
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
