// What the bridge has given out, or is giving out, for deposits that their chain has taken back since.

import type { AssetName, ChainName } from "../../core/assets.ts"
import type { TransferId } from "../../core/ids.ts"
import type { Sql } from "./database.ts"
import { answer } from "./failure.ts"
import { balancesNow } from "./ledger.ts"

/**
 * Base units by asset; empty when all is well. A deposit that is mined again, in a block of its chain that holds, is
 * backed again.
 */
export async function unbackedNow(sql: Sql): Promise<ReadonlyMap<AssetName, bigint>> {
  const rows = await answer(sql<{ asset: AssetName; amount: bigint }[]>`
    select s.asset, sum(s.amount) as amount
    from transfers t join sightings s using (number)
    where t.number in (
        select transfer from events
        where key like 'Vanished:%:late' or key like 'TakenBack:%:late'
      )
      and t.state in ('signing', 'sent', 'paid') and s.source !~ '^ao(-|$)'
      and not exists (
        select from blocks b
        where b.chain = s.source and b.canonical and b.facts->'sightings' @> to_jsonb(s.id)
          and not exists (
            select from events e where e.transfer = t.number and e.key like 'TakenBack:%:late'
          )
      )
    group by s.asset`)
  return new Map(rows.map(({ asset, amount }) => [asset, amount]))
}

/**
 * How much of an asset its vault still has for payouts that are not planned yet: what the books say it holds, less what
 * was taken back, less what is on its way out.
 */
export async function leftIn(
  sql: Sql,
  chain: ChainName,
  asset: AssetName,
  unbacked: bigint,
): Promise<bigint> {
  const { custody } = await balancesNow(sql, asset)
  const [row] = await answer(sql<{ going: bigint }[]>`
    select coalesce(sum(s.amount - t.fee), 0) as going
    from transfers t join sightings s using (number)
    where t.chain = ${chain} and s.asset = ${asset} and t.state in ('signing', 'sent')`)
  const left = custody - unbacked - (row?.going ?? 0n)
  return left > 0n ? left : 0n
}

/** Which of these are payouts that the vault can still make, in their order. */
export async function withinVault<Row extends { id: TransferId; asset: AssetName }>(
  sql: Sql,
  chain: ChainName,
  rows: readonly Row[],
  amountOf: (row: Row) => bigint,
): Promise<readonly Row[]> {
  const unbacked = await unbackedNow(sql)
  if (unbacked.size === 0) return rows
  const left = new Map<AssetName, bigint>()
  const within: Row[] = []
  for (const row of rows) {
    const lost = unbacked.get(row.asset)
    if (lost !== undefined) {
      const rest = left.get(row.asset) ?? (await leftIn(sql, chain, row.asset, lost))
      const amount = amountOf(row)
      left.set(row.asset, amount <= rest ? rest - amount : rest)
      if (amount > rest) continue
    }
    within.push(row)
  }
  return within
}
