// What a campaign's token is told, kept apart from all that moves the bridge's money.

import type { Order } from "../../chains/ao/campaign.ts"
import type { Sealed } from "../../chains/chain.ts"
import { BridgeError } from "../../core/errors.ts"
import type { Sql } from "./database.ts"
import { answer } from "./failure.ts"
import { decode, encode } from "./json.ts"

export interface RewardOrder {
  readonly campaign: string
  readonly epoch: number
  /** 0: the root; n: the n-th credit. */
  readonly number: number
  readonly artifact: string
  readonly order: Order
  /** Milliseconds since 1970; it is not handed in before. */
  readonly dueAtMs: number
  readonly sealed: Sealed | null
  /** `done`, or the code of the token's refusal; null while it is not known. */
  readonly outcome: string | null
}

export type NewRewardOrder = Omit<RewardOrder, "sealed" | "outcome">

/**
 * Writes down the orders of one epoch, all or none; the same again changes nothing. Throws `bad-request` when the epoch
 * has orders of another artifact: it has one, ever.
 */
export async function planOrders(sql: Sql, orders: readonly NewRewardOrder[]): Promise<void> {
  const written = sql.begin(async (tx) => {
    for (const { campaign, epoch, number, artifact, order, dueAtMs } of orders) {
      const body = JSON.stringify(encode(order))
      await tx`
        insert into reward_orders (campaign, epoch, number, artifact, body, due_at)
        values (
          ${campaign}, ${epoch}, ${number}, ${artifact}, ${body}::text::jsonb,
          to_timestamp(${dueAtMs / 1000}::float8)
        ) on conflict on constraint an_order_is_given_once do nothing`
    }
    const [first] = orders
    if (!first) return
    const { campaign, epoch, artifact } = first
    const rows = await tx<{ artifact: string; count: number }[]>`
      select artifact, count(*)::int as count from reward_orders
      where campaign = ${campaign} and epoch = ${epoch} group by artifact`
    if (rows.length !== 1 || rows[0]!.artifact !== artifact || rows[0]!.count !== orders.length)
      throw new BridgeError("bad-request", { campaign, epoch, reason: "it has other orders" })
  })
  await answer(written)
}

/** In their order: an epoch's root, then its credits. `open`: those alone whose outcome is not known. */
export async function rewardOrders(
  sql: Sql,
  campaign: string,
  open = false,
): Promise<readonly RewardOrder[]> {
  const rows = await answer(sql<Row[]>`
    select campaign, epoch, number, artifact, body::text, transaction, raw, outcome,
      extract(epoch from due_at)::float8 * 1000 as due
    from reward_orders
    where campaign = ${campaign} and (not ${open}::boolean or outcome is null)
    order by epoch, number`)
  return rows.map(({ body, transaction, raw, due, ...row }) => ({
    ...row,
    order: decode(body) as Order,
    dueAtMs: Math.round(due),
    sealed:
      transaction !== null && raw !== null ? { id: transaction, raw: Uint8Array.from(raw) } : null,
  }))
}

/** The newest epoch whose root the token has taken; 0 for none. */
export async function newestRoot(sql: Sql, campaign: string): Promise<number> {
  const [row] = await answer(sql<{ epoch: number }[]>`
    select coalesce(max(epoch), 0)::int as epoch from reward_orders
    where campaign = ${campaign} and number = 0 and outcome = 'done'`)
  return row?.epoch ?? 0
}

interface Row {
  readonly campaign: string
  readonly epoch: number
  readonly number: number
  readonly artifact: string
  readonly body: string
  readonly transaction: string | null
  readonly raw: Uint8Array | null
  readonly outcome: string | null
  readonly due: number
}

type Named = Pick<RewardOrder, "campaign" | "epoch" | "number">

/** The first bytes stay; others that were made at the same time are the same. */
export async function keepSealed(sql: Sql, { campaign, epoch, number }: Named, sealed: Sealed) {
  await answer(sql`
    update reward_orders set transaction = ${sealed.id}, raw = ${Buffer.from(sealed.raw)}
    where campaign = ${campaign} and epoch = ${epoch} and number = ${number} and raw is null`)
}

/** The first outcome stays. */
export async function keepOutcome(sql: Sql, { campaign, epoch, number }: Named, outcome: string) {
  await answer(sql`
    update reward_orders set outcome = ${outcome}
    where campaign = ${campaign} and epoch = ${epoch} and number = ${number} and outcome is null`)
}
