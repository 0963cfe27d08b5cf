// Quotes: the exact terms of a transfer before it is sent, under the API's own signature, and kept while they hold.

import { randomBytes } from "node:crypto"
import { bridgeName } from "../../chains/deployment.ts"
import { CHAIN_OF } from "../../chains/index.ts"
import { servedBy } from "../../chains/served.ts"
import { ASSETS, type ChainName, isLedger, networkOf } from "../../core/assets.ts"
import { canonical, type Json } from "../../core/compliance/canonical.ts"
import { BridgeError } from "../../core/errors.ts"
import { type Flow, releasesOf } from "../../core/governor.ts"
import type { Policy } from "../../core/policy.ts"
import { brokenBy, QUOTE_MS, type Terms, termsFor, type Wish } from "../../core/quotes.ts"
import type { Quote, QuoteStatus, QuoteWish, SignedQuote } from "../../sdk/schemas/quotes.ts"
import { ROUTES } from "../../sdk/schemas/routes.ts"
import { checkWish } from "../compliance/quote-check.ts"
import type { OwnKey } from "../own-key.ts"
import type { Sql } from "../store/database.ts"
import type { Flows } from "../store/holdbacks.ts"
import {
  findQuote,
  keepQuote,
  lastBurnFee,
  openQuotes,
  paceOf,
  transferOfQuote,
} from "../store/quotes.ts"
import { type Api, type Context, contextOf } from "./context.ts"
import { dayView } from "./controls.ts"
import { flowReader } from "./flows.ts"
import { NATIVE_TOKEN } from "./info.ts"
import { type Server, serve } from "./serving.ts"
import { BLOCK_MS, WORK_MS } from "./waiting.ts"

export function quoteRoutes(server: Server, api: Api): void {
  const { sql, deployment, key } = api
  if (!key) return
  const flowsOn = flowReader(api)

  serve(server, ROUTES.quote, async ({ body, request: { raw } }) => {
    const { asset, direction, amount } = body
    const { home, wrapped } = ASSETS[asset]
    const [source, target] = direction === "in" ? [home, wrapped.ledger] : [wrapped.ledger, home]
    const context = await contextOf(api)
    const recipient = recipientOn(api, target, body.recipient)
    const wish = { asset, source, target, amount: BigInt(amount) }
    demandOpen(context, wish)
    await demandCarried(api, { ...body, recipient }, wish, raw)
    const height = context.heights[source]
    if (height === null || height === undefined)
      throw new BridgeError("not-yet", { chain: source, height: "none was read" })
    const charged = isLedger(source) ? await lastBurnFee(sql, wish) : null
    const depth = CHAIN_OF[source]?.codec.depthFor?.(wish.amount)
    const terms = termsFor(api.policy, wish, height, { charged, depth })
    const quote: Quote = {
      ...{ id: randomBytes(32).toString("hex"), bridge: bridgeName(deployment) },
      issuedAt: new Date(context.nowMs).toISOString(),
      expiresAt: new Date(context.nowMs + QUOTE_MS).toISOString(),
      ...{ asset, source, target, recipient, amount },
      fee: String(terms.fee),
      arrives: String(wish.amount - terms.fee),
      heightMax: terms.heightMax,
      rules: rulesOf(context, wish, terms, await flowsOn(target)),
      expected: await expectedOf(sql, wish, terms),
      otherwise: otherwise(terms),
      pay: payTo(api, wish),
    }
    const signed = signedQuote(quote, key)
    await keepQuote(sql, {
      ...{ ...wish, ...terms, id: quote.id, height, recipient, sender: body.sender ?? null },
      ...{ signed, issuedAt: new Date(quote.issuedAt), expiresAt: new Date(quote.expiresAt) },
    })
    return signed
  })

  serve(server, ROUTES.quoteStatus, async ({ params: { id } }): Promise<QuoteStatus> => {
    const found = await findQuote(sql, id)
    if (!found) throw new BridgeError("not-found", { quote: id })
    const transfer = await transferOfQuote(sql, found)
    const state = transfer ? "used" : found.expiresAt.getTime() > Date.now() ? "open" : "expired"
    return { ...found.signed, state, transfer }
  })
}

/**
 * Throws `bad-config` when a policy would break terms that were promised and still hold: nothing starts by it before
 * they are over, and what they are is told.
 */
export async function demandHonoured(sql: Sql, policy: Policy): Promise<void> {
  const broken = (await openQuotes(sql)).flatMap((quote) => {
    const terms = brokenBy(policy, quote)
    const until = quote.expiresAt.toISOString()
    return terms.length > 0 ? [`${terms.join(", ")} of quote ${quote.id}, until ${until}`] : []
  })
  if (broken.length > 0)
    throw new BridgeError("bad-config", {
      problems: ["bridge.json: breaks what was promised", ...broken.slice(0, 20)].join("\n  "),
    })
}

export function signedQuote(quote: Quote, { key, sign }: OwnKey): SignedQuote {
  return { quote, key, signature: sign(`causeway quote\n${canonical(quote as Json)}`) }
}

function recipientOn({ deployment }: Api, target: ChainName, text: string): string {
  const codec = servedBy(deployment).includes(target) ? CHAIN_OF[target]?.codec : undefined
  if (!codec) throw new BridgeError("not-supported", { chain: target })
  const recipient = codec.address(text, deployment.network)
  if (recipient === null) throw new BridgeError("bad-address", { recipient: text, chain: target })
  return recipient
}

/** Throws `paused`. */
function demandOpen({ pauses }: Context, { source, target }: Wish): void {
  const pause = pauses.find(
    ({ chain, direction }) =>
      (chain === source && direction === "in") || (chain === target && direction === "out"),
  )
  if (pause)
    throw new BridgeError("paused", {
      ...{ chain: pause.chain, reason: pause.reason, since: pause.since.toISOString() },
      until: pause.until?.toISOString() ?? null,
    })
}

/** Throws `screening-…` for what would not be carried, by who its parties are. */
async function demandCarried(
  { screening }: Api,
  people: Pick<QuoteWish, "recipient" | "sender" | "refundTo">,
  { asset, source, target, amount }: Wish,
  raw: Parameters<NonNullable<Api["screening"]>["whereabouts"]["of"]>[0],
): Promise<void> {
  if (!screening) return
  const { recipient, sender = recipient, refundTo = "" } = people
  const found = await screening.whereabouts.of(raw, screening.desk.now())
  const wish = { asset, source, target, amount, sender, recipient, refundTo }
  const { decision, classes } = await checkWish(screening.desk, wish, found)
  if (decision.bridge !== "allow")
    throw new BridgeError(`screening-${decision.bridge}`, {
      classes,
      terms: screening.settings.terms,
    })
}

function rulesOf(
  context: Context,
  wish: Wish,
  terms: Terms,
  { planned, pending }: Flows,
): Quote["rules"] {
  const { nowMs, policy } = context
  const { governor } = policy
  const flow: Flow = {
    ...{ id: `${wish.source}:quote:0`, asset: wish.asset, amount: wish.amount - terms.fee },
    ...{ origin: "", recipient: "", atMs: nowMs },
  }
  const release =
    governor && releasesOf(governor, wish.target, planned, [...pending, flow], nowMs).get(flow.id)
  return {
    ...{ confirmations: terms.confirmations, payoutConfirmations: terms.payoutConfirmations },
    minimum: String(terms.minimum),
    cap: String(terms.cap),
    refundFee: String(terms.refundFee),
    dayLeft: dayView(wish, context, planned)?.left ?? null,
    waitsMs: Math.max(0, Math.ceil((release?.atMs ?? nowMs) - nowMs)),
  }
}

/** By how long such transfers took lately; where there are too few, by block times. */
async function expectedOf(sql: Sql, wish: Wish, terms: Terms): Promise<Quote["expected"]> {
  const pace = await paceOf(sql, wish)
  if (pace) return pace
  const blocks = (chain: ChainName, count: number) => count * BLOCK_MS[networkOf(chain)]
  const medianMs =
    blocks(wish.source, terms.confirmations) +
    WORK_MS +
    blocks(wish.target, terms.payoutConfirmations)
  return { medianMs, slowMs: 2 * medianMs, samples: 0 }
}

function otherwise({ heightMax }: Terms): string {
  return heightMax === null
    ? "The token charges the fee. Burn with `Max-Fee` of this fee: if it is more by then, the token destroys nothing."
    : `In a block above ${heightMax} the fee published for that block applies. The bridge takes up no fee, minimum, cap, ` +
        "refund fee or confirmations that would break this quote before it expires. Another amount is carried by the " +
        "same published rules; what they do not carry goes back, less the refund fee."
}

function payTo({ deployment }: Api, { asset, source }: Wish): Quote["pay"] {
  if (isLedger(source)) return { to: deployment.tokens[asset] ?? "", token: null }
  const { vaults } = deployment
  switch (source) {
    case "ethereum":
    case "bsc": {
      const vault = vaults?.[source]
      return { to: vault?.vault ?? "", token: vault?.contracts[asset] ?? null }
    }
    case "bitcoin":
      return { to: "an address of your own: POST /addresses", token: null }
    default:
      return { to: deployment.vault, token: NATIVE_TOKEN }
  }
}
