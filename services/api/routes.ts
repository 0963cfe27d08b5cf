// What can be asked: health, the bridge's public facts, transfers in our words and in AOX's.

import type { FastifyInstance } from "fastify"
import { ASSETS, type AssetName, CHAINS } from "../../core/assets.ts"
import { BridgeError } from "../../core/errors.ts"
import { originOf, transferId } from "../../core/ids.ts"
import * as blocks from "../store/blocks.ts"
import { pauses } from "../store/controls.ts"
import type { Sql } from "../store/database.ts"
import { balancesNow } from "../store/ledger.ts"
import { backlog } from "../store/outbox.ts"
import { plansById } from "../store/plans.ts"
import {
  countsUnderWay,
  findTransfer,
  historyOf,
  recentTransfers,
  type StoredTransfer,
  transfersOfAddress,
  transfersOfTransaction,
} from "../store/transfers.ts"
import { infoView } from "./info.ts"
import { type Ordering, takeOrder } from "./orders.ts"
import {
  aoxView,
  type Context,
  confirmationsOf,
  ledgerView,
  type TransferView,
  waitingOf,
} from "./views.ts"

export type Api = Ordering

/** Rows of one page. */
const COUNT_DEFAULT = 10
const COUNT_MAX = 100

export function routes(server: FastifyInstance, api: Api): void {
  const { sql } = api
  server.get("/health", async (_, reply) => {
    const health = await healthOf(api)
    return reply.code(health.ok ? 200 : 503).send(health)
  })

  server.get("/info", async () => infoView(await contextOf(api), await balancesOf(sql)))

  server.get("/ledger", async () => {
    const balances = await balancesOf(sql)
    return Object.fromEntries(
      Object.entries(balances).map(([asset, one]) => [asset, ledgerView(one)]),
    )
  })

  server.get<{ Params: { id: string } }>("/transfers/:id", async ({ params }) => {
    const transfer = await findTransfer(sql, transferId(originOf(params.id)))
    if (!transfer) throw new BridgeError("not-found", { transfer: params.id })
    return viewOf(api, transfer)
  })

  /** The signed payout, for anybody to hand to the chain when we do not. */
  server.get<{ Params: { id: string } }>("/transfers/:id/payout", async ({ params }) => {
    const transfer = await findTransfer(sql, transferId(originOf(params.id)))
    const plan = transfer?.plan ? (await plansById(sql, [transfer.plan])).get(transfer.plan) : null
    if (!plan?.raw) throw new BridgeError("not-found", { payout: params.id })
    return {
      chain: plan.chain,
      transaction: plan.transaction,
      raw: Buffer.from(plan.raw).toString("base64url"),
    }
  })

  server.get<{ Querystring: Paging }>("/transfers", async ({ query }) => {
    const { limit, cursor } = pageOf(query)
    const rows = query.address
      ? await transfersOfAddress(sql, query.address, { limit, cursor })
      : await recentTransfers(sql, { limit, cursor })
    const context = await contextOf(api)
    return {
      transfers: rows.map((one) => briefOf(one, context)),
      next: rows.length === limit ? String(rows.at(-1)!.number) : null,
    }
  })

  /** An operator's signed order; nobody else's is taken. */
  server.post("/orders", async ({ body }) => takeOrder(api, body))

  server.get<{ Params: { id: string } }>("/tx/:id", async ({ params }) => {
    const [transfer] = await transfersOfTransaction(sql, params.id.slice(0, 128))
    if (!transfer) throw new BridgeError("not-found", { transaction: params.id })
    return aoxView(transfer, transfer.number, await contextOf(api))
  })

  server.get<{ Querystring: Paging }>("/txs", async ({ query }) => {
    if (!query.address) throw new BridgeError("bad-request", { missing: "address" })
    const rows = await transfersOfAddress(sql, query.address, pageOf(query))
    const context = await contextOf(api)
    return rows.map((one) => aoxView(one, one.number, context))
  })
}

interface Paging {
  readonly address?: string
  readonly count?: string
  readonly cursor?: string
}

function pageOf({ count, cursor }: Paging) {
  const limit = count === undefined ? COUNT_DEFAULT : Number(count)
  if (!Number.isInteger(limit) || limit < 1 || limit > COUNT_MAX)
    throw new BridgeError("bad-request", { count: `1 to ${COUNT_MAX}` })
  if (cursor !== undefined && !/^[0-9]{1,18}$/.test(cursor))
    throw new BridgeError("bad-request", { cursor: "the number of the last row" })
  return { limit, cursor: cursor === undefined ? null : BigInt(cursor) }
}

async function contextOf({ sql, deployment, policy }: Api): Promise<Context> {
  const heads = await Promise.all(CHAINS.map((chain) => blocks.head(sql, chain)))
  const heights = Object.fromEntries(
    CHAINS.map((chain, n) => [chain, heads[n]?.height ?? null]),
  ) as Context["heights"]
  return { deployment, policy, heights, pauses: await pauses(sql) }
}

async function balancesOf(sql: Sql) {
  const assets = Object.keys(ASSETS) as AssetName[]
  const rows = await Promise.all(
    assets.map(async (asset) => [asset, await balancesNow(sql, asset)] as const),
  )
  return Object.fromEntries(rows) as Record<AssetName, Awaited<ReturnType<typeof balancesNow>>>
}

async function viewOf(api: Api, transfer: StoredTransfer): Promise<TransferView> {
  const [context, history] = await Promise.all([contextOf(api), historyOf(api.sql, transfer.id)])
  return {
    ...briefOf(transfer, context),
    refundTo: transfer.refundTo,
    block: transfer.block,
    history: history.map(({ at, event }) => {
      const { kind, ...detail } = event
      return { at: at.toISOString(), event: kind, detail: plain(detail) }
    }),
  }
}

function briefOf(transfer: StoredTransfer, context: Context) {
  const { id, version, state, asset, source, target } = transfer
  const { sender, recipient, refund, transaction } = transfer
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
    transaction,
    confirmations: confirmationsOf(transfer, context),
    waiting: waitingOf(transfer, transfer.changedAt, context),
  }
}

async function healthOf(api: Api) {
  const [context, work, counts] = await Promise.all([
    contextOf(api),
    backlog(api.sql),
    countsUnderWay(api.sql),
  ])
  return {
    ok: context.pauses.length === 0 && CHAINS.every((chain) => context.heights[chain] !== null),
    heights: context.heights,
    pauses: context.pauses.map(({ since, ...pause }) => ({ ...pause, since: since.toISOString() })),
    backlog: work.map(({ oldest, ...row }) => ({ ...row, oldest: oldest.toISOString() })),
    underWay: counts,
  }
}

/** The same with every bigint as text, as JSON needs it. */
function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, inner) => (typeof inner === "bigint" ? String(inner) : inner)),
  )
}
