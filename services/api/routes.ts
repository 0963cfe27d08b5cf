// What can be asked: health, the bridge's public facts, transfers in our words and in AOX's.

import type { FastifyInstance } from "fastify"
import { aoAddress } from "../../chains/address.ts"
import type { Connection } from "../../chains/chain.ts"
import { CHAIN_OF } from "../../chains/index.ts"
import { assetsOf, chainNamed, servedBy } from "../../chains/served.ts"
import { ASSETS, type AssetName, type ChainName } from "../../core/assets.ts"
import { BridgeError } from "../../core/errors.ts"
import { originOf, type TransferId, transferId } from "../../core/ids.ts"
import type { Balances } from "../../core/ledger.ts"
import type { Compliance } from "../compliance/compliance.ts"
import * as blocks from "../store/blocks.ts"
import { pauses } from "../store/controls.ts"
import type { Sql } from "../store/database.ts"
import { delaysOf } from "../store/delays.ts"
import { heartbeats } from "../store/heartbeats.ts"
import { type Holdback, holdbacksOf } from "../store/holdbacks.ts"
import { balancesNow } from "../store/ledger.ts"
import { backlog } from "../store/outbox.ts"
import { plansById } from "../store/plans.ts"
import {
  countsUnderWay,
  findTransfer,
  historyOf,
  recentTransfers,
  type StoredTransfer,
  transfersById,
  transfersOfAddress,
  transfersOfTransaction,
} from "../store/transfers.ts"
import { makeAddress } from "./addresses.ts"
import { attestationRoutes } from "./attestations.ts"
import { claimedId, takeClaim } from "./claims.ts"
import { infoView } from "./info.ts"
import { officerRoutes } from "./officers.ts"
import { type Ordering, takeOrder } from "./orders.ts"
import { screeningOf } from "./screening-view.ts"
import { sessionRoutes } from "./sessions.ts"
import {
  aoxView,
  type Context,
  confirmationsOf,
  ledgerView,
  pauseView,
  type TransferView,
  waitingOf,
} from "./views.ts"

/** Deposit addresses that one IP address may ask for. */
export const ADDRESSES_PER_MINUTE = 60

export interface Api extends Ordering {
  /** To the chains themselves, for what is in no table. */
  readonly connections: Readonly<
    Partial<Record<ChainName, Pick<Connection, "unattributed" | "claim">>>
  >
  /** Null for a bridge without a policy about whom it serves. */
  readonly screening: Compliance | null
}

/** Rows of one page. */
const COUNT_DEFAULT = 10
const COUNT_MAX = 100

export function routes(server: FastifyInstance, api: Api): void {
  const { sql } = api
  server.get("/health", async (_, reply) => {
    const health = await healthOf(api)
    return reply.code(health.ok ? 200 : 503).send(health)
  })

  server.get("/info", async () => infoView(await contextOf(api), await balancesOf(api)))

  server.get("/ledger", async () => {
    const balances = await balancesOf(api)
    return Object.fromEntries([...balances].map(([asset, one]) => [asset, ledgerView(one)]))
  })

  server.get<{ Params: { id: string } }>("/transfers/:id", async ({ params }) => {
    const transfer = await findTransfer(sql, transferId(originOf(params.id)))
    if (!transfer) throw new BridgeError("not-found", { transfer: params.id })
    return viewOf(api, transfer)
  })

  /** The signed payout, for anybody to hand to the chain when we do not. */
  server.get<{ Params: { id: string } }>("/transfers/:id/payout", async ({ params }) => {
    const { chain, transaction, raw } = await signedPayout(sql, transferId(originOf(params.id)))
    return { chain, transaction, raw: Buffer.from(raw).toString("base64url") }
  })

  /** The same for one transfer of several that are paid together, where the chain takes it alone. */
  server.get<{ Params: { id: string } }>("/transfers/:id/approval", async ({ params }) => {
    const id = transferId(originOf(params.id))
    const { chain, raw } = await signedPayout(sql, id)
    const { codec } = chainNamed(CHAIN_OF, chain)
    if (!codec.approval) throw new BridgeError("not-supported", { chain, see: "payout" })
    return codec.approval(raw, id, api.deployment)
  })

  server.get<{ Querystring: Paging }>("/transfers", async ({ query }) => {
    const page = pageOf(query)
    const address = addressOf(query)
    const rows = await (address === null
      ? recentTransfers(sql, page)
      : transfersOfAddress(sql, address, page))
    const [context, delays, held] = await Promise.all([
      contextOf(api),
      delaysOf(sql, rows),
      holdbacksOf(
        sql,
        rows.map(({ id }) => id),
      ),
    ])
    return {
      transfers: rows.map((one) => briefOf(one, context, delays.get(one.id), held.get(one.id))),
      next: rows.length === page.limit ? String(rows.at(-1)!.number) : null,
    }
  })

  /** Tokens that came to a vault without being deposited: they wait there, and nobody has them on AO. */
  server.get("/unattributed", async () => {
    const connections = Object.values(api.connections)
    const all = await Promise.all(
      connections.map(async (one) => (await one.unattributed?.()) ?? []),
    )
    const rows = all.flat().map((one) => ({ ...one, transfer: claimedId(one) }))
    const known = await transfersById(
      sql,
      rows.map(({ transfer }) => transfer),
    )
    return {
      transfers: plain(
        // Once it is claimed, this is the transfer by which it goes back.
        rows.map((one) => ({ ...one, transfer: known.has(one.transfer) ? one.transfer : null })),
      ),
    }
  })

  if (api.screening) {
    sessionRoutes(server, api.deployment, api.screening)
    officerRoutes(server, api.deployment, api.screening)
    attestationRoutes(server, api.deployment, api.screening)
  }

  /** Each is kept, and watched, for ever: one client gets so many. */
  const rateLimit = { max: ADDRESSES_PER_MINUTE, timeWindow: "1 minute" }
  server.post("/addresses", { config: { rateLimit } }, async ({ body }) => makeAddress(api, body))

  /** The sender of tokens that came without a word says who is to have them back. */
  server.post("/claims", { config: { rateLimit } }, async ({ body }) => takeClaim(api, body))

  /** An operator's signed order; nobody else's is taken. */
  server.post("/orders", async ({ body }) => takeOrder(api, body))

  server.get<{ Params: { id: string } }>("/tx/:id", async ({ params }) => {
    if (!/^[A-Za-z0-9_-]{1,128}$/.test(params.id))
      throw new BridgeError("bad-id", { id: params.id })
    const [transfer] = await transfersOfTransaction(sql, params.id)
    if (!transfer) throw new BridgeError("not-found", { transaction: params.id })
    return aoxView(transfer, transfer.number, await contextOf(api))
  })

  server.get<{ Querystring: Paging }>("/txs", async ({ query }) => {
    const address = addressOf(query)
    if (address === null) throw new BridgeError("bad-request", { missing: "address" })
    const rows = await transfersOfAddress(sql, address, pageOf(query))
    const context = await contextOf(api)
    return rows.map((one) => aoxView(one, one.number, context))
  })
}

async function signedPayout(sql: Sql, id: TransferId) {
  const transfer = await findTransfer(sql, id)
  const plan = transfer?.plan ? (await plansById(sql, [transfer.plan])).get(transfer.plan) : null
  if (!plan?.raw) throw new BridgeError("not-found", { payout: id })
  return { ...plan, raw: plan.raw }
}

/** As it came: a field that is given twice is a list. */
type Paging = Readonly<Partial<Record<"address" | "count" | "cursor", unknown>>>

function pageOf({ count, cursor }: Paging) {
  if (count !== undefined && !(isText(count, /^[1-9][0-9]{0,3}$/) && Number(count) <= COUNT_MAX))
    throw new BridgeError("bad-request", { count: `1 to ${COUNT_MAX}` })
  if (cursor !== undefined && !isText(cursor, /^[0-9]{1,18}$/))
    throw new BridgeError("bad-request", { cursor: "the number of the last row" })
  return {
    limit: count === undefined ? COUNT_DEFAULT : Number(count),
    cursor: cursor === undefined ? null : BigInt(cursor),
  }
}

/** In the one spelling that transfers have it in; null when it is left out. */
function addressOf({ address }: Paging): string | null {
  if (address === undefined || address === "") return null
  if (!isText(address, /^[A-Za-z0-9_-]{1,128}$/)) throw new BridgeError("bad-address")
  return aoAddress(address) ?? address
}

function isText(value: unknown, pattern: RegExp): value is string {
  return typeof value === "string" && pattern.test(value)
}

async function contextOf({ sql, deployment, policy }: Api): Promise<Context> {
  const rows = servedBy(deployment).map(
    async (chain) => [chain, (await blocks.head(sql, chain))?.height ?? null] as const,
  )
  const heights: Context["heights"] = Object.fromEntries(await Promise.all(rows))
  return { deployment, policy, heights, pauses: await pauses(sql) }
}

async function balancesOf({ sql, deployment }: Api): Promise<ReadonlyMap<AssetName, Balances>> {
  const rows = assetsOf(deployment).map(
    async (asset) => [asset, await balancesNow(sql, asset)] as const,
  )
  return new Map(await Promise.all(rows))
}

async function viewOf(api: Api, transfer: StoredTransfer): Promise<TransferView> {
  const { sql } = api
  const [context, delays, held, history, screening] = await Promise.all([
    contextOf(api),
    delaysOf(sql, [transfer]),
    holdbacksOf(sql, [transfer.id]),
    historyOf(sql, transfer.id),
    screeningOf(sql, transfer.id),
  ])
  return {
    ...briefOf(transfer, context, delays.get(transfer.id), held.get(transfer.id)),
    refundTo: transfer.refundTo,
    screening,
    block: transfer.block,
    history: history.map(({ at, event }) => {
      const { kind, ...detail } = event
      return { at: at.toISOString(), event: kind, detail: plain(detail) }
    }),
  }
}

function briefOf(
  transfer: StoredTransfer,
  context: Context,
  failure: string | null = null,
  holdback: Holdback | null = null,
) {
  const { id, version, state, asset, source, target } = transfer
  const { sender, recipient, refund, reason, transaction } = transfer
  return {
    id,
    version,
    state,
    asset,
    decimals: ASSETS[asset].decimals,
    source,
    target,
    amount: String(transfer.amount),
    fee: String(transfer.fee),
    arrives: String(transfer.amount > transfer.fee ? transfer.amount - transfer.fee : 0n),
    sender,
    recipient,
    refund,
    reason,
    transaction,
    confirmations: confirmationsOf(transfer, context),
    waiting: waitingOf(transfer, transfer.changedAt, context, failure, holdback),
  }
}

async function healthOf(api: Api) {
  const [context, work, counts, beats] = await Promise.all([
    contextOf(api),
    backlog(api.sql),
    countsUnderWay(api.sql),
    heartbeats(api.sql),
  ])
  return {
    ok:
      context.pauses.length === 0 &&
      Object.values(context.heights).every((height) => height !== null),
    heights: context.heights,
    pauses: context.pauses.map(pauseView),
    backlog: work.map(({ oldest, ...row }) => ({ ...row, oldest: oldest.toISOString() })),
    underWay: counts,
    heartbeats: beats.map(({ at, ...beat }) => ({ ...beat, at: at.toISOString() })),
  }
}

/** The same with every bigint as text, as JSON needs it. */
function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, inner) => (typeof inner === "bigint" ? String(inner) : inner)),
  )
}
