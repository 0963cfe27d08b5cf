// Transfers: one by its id, many by address, transaction or state, and the signed payout that anybody may hand in.

import { aoAddress } from "../../chains/address.ts"
import { CHAIN_OF } from "../../chains/index.ts"
import { chainNamed } from "../../chains/served.ts"
import { BridgeError } from "../../core/errors.ts"
import { originOf, type TransferId, transferId } from "../../core/ids.ts"
import { ROUTES } from "../../sdk/schemas/routes.ts"
import type { TransferBrief, TransferStatus } from "../../sdk/schemas/transfers.ts"
import type { Sql } from "../store/database.ts"
import { delaysOf } from "../store/delays.ts"
import { holdbacksOf } from "../store/holdbacks.ts"
import { plansById } from "../store/plans.ts"
import { findTransfer, isOpen, pageOf, type StoredTransfer } from "../store/transfers.ts"
import { type Api, type Context, contextOf, type Heights, type Reading } from "./context.ts"
import { plain, type Server, serve } from "./serving.ts"
import { briefOf } from "./views.ts"

/** Rows of one page when nobody says. */
export const COUNT = 10

export function transferRoutes(server: Server, api: Reading): void {
  const { sql, reads } = api

  serve(server, ROUTES.transfers, async ({ query }) => {
    const { address, tx, state, count = COUNT, cursor = null } = query
    const of = {
      ...(address !== undefined && { address: spelling(address) }),
      ...(state !== undefined && { state }),
    }
    const page = { limit: count, cursor }
    const [rows, context] = await Promise.all([
      tx === undefined
        ? reads.page(of, page)
        : reads.begunBy(tx).then((all) => pageOf(all, of, page)),
      contextOf(api),
    ])
    if (tx !== undefined && rows.length === 0 && cursor === null)
      throw new BridgeError("not-found", { transaction: tx, seenUpTo: seenUpTo(context) })
    const reasons = await Promise.all(rows.map(reads.reasons))
    return {
      transfers: rows.map((one, at) => {
        const { failure, holdback } = reasons[at]!
        return briefOf(one, context, failure, holdback)
      }),
      next: rows.length === count ? String(rows.at(-1)!.number) : null,
    }
  })

  serve(server, ROUTES.transfer, async ({ params }) => {
    return statusOf(api, params.id)
  })

  serve(server, ROUTES.payout, async ({ params }) => {
    const { chain, transaction, raw } = await signedPayout(sql, idIn(params.id))
    return { chain, transaction: transaction!, raw: Buffer.from(raw).toString("base64url") }
  })

  serve(server, ROUTES.approval, async ({ params }) => {
    const id = idIn(params.id)
    const { chain, raw } = await signedPayout(sql, id)
    const { codec } = chainNamed(CHAIN_OF, chain)
    if (!codec.approval) throw new BridgeError("not-supported", { chain, see: "payout" })
    return codec.approval(raw, id, api.deployment)
  })
}

/** Throws `bad-id`. */
export function idIn(text: string): TransferId {
  return transferId(originOf(text))
}

/** Throws `bad-id`, and `not-found` that tells how far we have read. */
export async function demandTransfer(
  api: Reading,
  text: string,
): Promise<{ readonly transfer: StoredTransfer; readonly context: Context }> {
  // First: what is thrown beside a read that has begun would leave nobody to hear how that ends.
  const id = idIn(text)
  const [context, transfer] = await Promise.all([contextOf(api), api.reads.transfer(id)])
  if (!transfer) throw new BridgeError("not-found", { transfer: text, seenUpTo: seenUpTo(context) })
  return { transfer, context }
}

/** Whoever asks for what nobody has seen can tell whether we have read its block. */
export function seenUpTo({ heights }: Pick<Context, "heights">): Heights {
  return heights
}

/** An address in the one spelling that transfers have it in. */
export function spelling(address: string): string {
  return aoAddress(address) ?? address
}

export async function briefsOf(
  { sql }: Pick<Api, "sql">,
  rows: readonly StoredTransfer[],
  context: Context,
): Promise<readonly TransferBrief[]> {
  const open = rows.filter(isOpen)
  const ids = open.map(({ id }) => id)
  const [delays, held] = await Promise.all([delaysOf(sql, open), holdbacksOf(sql, ids)])
  return rows.map((one) => briefOf(one, context, delays.get(one.id), held.get(one.id)))
}

async function statusOf(api: Reading, text: string): Promise<TransferStatus> {
  const { reads } = api
  const id = idIn(text)
  const [{ transfer, context }, history, screening] = await Promise.all([
    demandTransfer(api, text),
    reads.history(id),
    reads.screening(id),
  ])
  const { failure, holdback } = await reads.reasons(transfer)
  return {
    ...briefOf(transfer, context, failure, holdback),
    refundTo: transfer.refundTo,
    screening,
    history: history.map(({ at, event }) => {
      const { kind, ...detail } = event
      return {
        ...{ at: at.toISOString(), event: kind },
        detail: plain(detail) as Record<string, unknown>,
      }
    }),
  }
}

async function signedPayout(sql: Sql, id: TransferId) {
  const transfer = await findTransfer(sql, id)
  const plan = transfer?.plan ? (await plansById(sql, [transfer.plan])).get(transfer.plan) : null
  if (!plan?.raw) throw new BridgeError("not-found", { payout: id })
  return { ...plan, raw: plan.raw }
}
