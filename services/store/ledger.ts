// Reading the books.

import type { AssetName } from "../../core/assets.ts"
import type { TransferId } from "../../core/ids.ts"
import { type Balances, balancesOf, type Entry } from "../../core/ledger.ts"
import type { Sql } from "./database.ts"
import { answer } from "./failure.ts"

/** Running balances of an asset, as of the last commit. */
export async function balancesNow(sql: Sql, asset: AssetName): Promise<Balances> {
  const rows = await answer(sql<Entry[]>`
    select asset, account, amount from balances where asset = ${asset}`)
  return balancesOf(rows)
}

/** The same from every entry and cost ever posted: slow, for checks. */
export async function balancesRecounted(sql: Sql, asset: AssetName): Promise<Balances> {
  const rows = await answer(sql<Entry[]>`
    select asset, account, sum(amount) as amount from (
      select asset, account, amount from entries
      union all select asset, 'custody', -amount from costs
      union all select asset, 'fees', amount from costs
    ) posted where asset = ${asset} group by asset, account`)
  return balancesOf(rows)
}

/** What we owe by the transfers themselves (invariant 2: equal to `pending`), base units. */
export async function owedNow(sql: Sql, asset: AssetName): Promise<bigint> {
  const [row] = await answer(sql<{ owed: bigint }[]>`
    select coalesce(sum(s.amount), 0) as owed
    from transfers t join sightings s using (number)
    where t.state in ('confirmed', 'held', 'ready', 'signing', 'sent') and s.asset = ${asset}`)
  return row?.owed ?? 0n
}

/** All that was ever deposited of an asset and became final, base units. */
export async function depositedOf(sql: Sql, asset: AssetName): Promise<bigint> {
  const [row] = await answer(sql<{ amount: bigint }[]>`
    select coalesce(sum(amount), 0) as amount from deposits where asset = ${asset}`)
  return row?.amount ?? 0n
}

/** The postings of a transfer in the order of its events. */
export async function entriesOf(sql: Sql, id: TransferId): Promise<readonly Entry[]> {
  return await answer(sql<Entry[]>`
    select asset, account, amount from entries
    where transfer = (select number from sightings where id = ${id}) order by version, account`)
}
