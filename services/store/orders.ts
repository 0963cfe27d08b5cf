// The signed orders of operators.

import type { TransferId } from "../../core/ids.ts"
import type { SignedOrder } from "../../core/orders.ts"
import type { Sql } from "./database.ts"
import { answer } from "./failure.ts"

/** Keeps an order for ever; the same one again changes nothing. Returns everybody who gave it, first to last. */
export async function giveOrder(sql: Sql, order: SignedOrder): Promise<readonly string[]> {
  const { body, operator, signature } = order
  await answer(sql`
    insert into orders (body, operator, signature) values (${body}, ${operator}, ${signature})
    on conflict on constraint an_operator_orders_once do nothing`)
  const rows = await answer(sql<{ operator: string }[]>`
    select operator from orders where body = ${body} order by number`)
  return rows.map((row) => row.operator)
}

/** Whether this very order was given before. */
export async function isGivenBefore(sql: Sql, { body, operator }: SignedOrder): Promise<boolean> {
  const rows = await answer(sql`
    select from orders where body = ${body} and operator = ${operator}`)
  return rows.length > 0
}

/** The orders to pay these transfers, for those who check them again. */
export async function approvalsOf(
  sql: Sql,
  ids: readonly TransferId[],
): Promise<readonly SignedOrder[]> {
  return await answer(sql<SignedOrder[]>`
    select body, operator, signature from orders
    where split_part(body, ' ', 1) = 'approve' and split_part(body, ' ', 2) = any(${[...ids]})
    order by number`)
}

/** Pauses that keys gave and what lifts them, of the last month, for those who obey them by themselves. */
export async function stoppingOrders(sql: Sql): Promise<readonly SignedOrder[]> {
  return await answer(sql<SignedOrder[]>`
    select body, operator, signature from orders
    where split_part(body, ' ', 1) in ('pause', 'lift') and at > now() - interval '31 days'
    order by number`)
}

/** The pauses of keys that are not lifted and not meant to be over, without `but`. */
export async function standingPauses(sql: Sql, but: string): Promise<readonly SignedOrder[]> {
  return await answer(sql<SignedOrder[]>`
    select body, operator, signature from orders o
    where split_part(body, ' ', 1) = 'pause' and body <> ${but}
      and split_part(body, ' ', 5)::timestamptz > now()
      and not exists (select from pauses where given = o.body and lifted_at is not null)
    order by number`)
}

/** Orders about a campaign of the last month, each with everybody who gave it, the newest first. */
export async function campaignOrders(
  sql: Sql,
  campaign: string,
): Promise<readonly { readonly body: string; readonly operators: readonly string[] }[]> {
  return await answer(sql<{ body: string; operators: string[] }[]>`
    select body, array_agg(operator order by number) as operators from orders
    where split_part(body, ' ', 1) = 'reward' and split_part(body, ' ', 3) = ${campaign}
      and at > now() - interval '31 days'
    group by body order by max(number) desc`)
}

/** Who gave each of these orders so far, first to last. */
export async function whoGave(
  sql: Sql,
  bodies: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await answer(sql<{ body: string; operator: string }[]>`
    select body, operator from orders where body = any(${[...bodies]}) order by number`)
  return new Map(
    bodies.map((body) => [
      body,
      rows.filter((row) => row.body === body).map(({ operator }) => operator),
    ]),
  )
}
