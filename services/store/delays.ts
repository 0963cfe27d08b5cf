// Why work on a transfer was not done yet: what its open orders failed with last.

import type { TransferId } from "../../core/ids.ts"
import type { Transfer } from "../../core/transfer.ts"
import type { Sql } from "./database.ts"
import { answer } from "./failure.ts"

/** An error code for each of the transfers whose own or whose plan's order failed at its last attempt. */
export async function delaysOf(
  sql: Sql,
  transfers: readonly Pick<Transfer, "id" | "plan">[],
): Promise<ReadonlyMap<TransferId, string>> {
  const ids = transfers.map(({ id }) => id)
  const plans = transfers.flatMap(({ plan }) => plan ?? [])
  if (ids.length === 0) return new Map()
  const rows = await answer(sql<{ transfer: TransferId; plan: string | null; failure: string }[]>`
    select transfer, plan, failure from outbox
    where failure is not null and (transfer = any(${ids}) or plan = any(${plans})) order by id`)
  const failureOf = ({ id, plan }: Pick<Transfer, "id" | "plan">) =>
    rows.find((row) => (row.plan === null ? row.transfer === id : row.plan === plan))?.failure
  return new Map(
    transfers.flatMap((one): [TransferId, string][] => {
      const failure = failureOf(one)
      return failure === undefined ? [] : [[one.id, failure]]
    }),
  )
}
