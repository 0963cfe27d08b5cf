// The signed orders of operators.

import type { Sql } from "./database.ts"
import { answer } from "./failure.ts"

export interface SignedOrder {
  readonly body: string
  readonly operator: string
  /** Ed25519, base64url. */
  readonly signature: string
}

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
