// What the parties of a transfer moved shortly before it.

import type { AssetName } from "../../core/assets.ts"
import type { TransferId } from "../../core/ids.ts"
import type { Sql } from "./database.ts"
import { answer } from "./failure.ts"

export interface Parties {
  readonly id: TransferId
  /** Of everybody who takes part (`chains/party.ts`). */
  readonly keys: readonly string[]
}

/**
 * Of each transfer, what came before it, was judged since then, and has a party in common with it: base units by asset.
 * What went back or never was final moved nothing.
 */
export async function movedBefore(
  sql: Sql,
  transfers: readonly Parties[],
  sinceMs: number,
): Promise<ReadonlyMap<TransferId, ReadonlyMap<AssetName, bigint>>> {
  const pairs = transfers.flatMap(({ id, keys }) => keys.map((key) => ({ id, key })))
  if (pairs.length === 0) return new Map()
  const rows = await answer(sql<Row[]>`
    with asked as (
      select distinct o.number, x.id, p.transfer as other
      from json_to_recordset(${JSON.stringify(pairs)}::text::json) as x (id text, key text)
      join sightings o on o.id = x.id
      join decision_parties p on p.key = x.key and p.transfer <> x.id
    )
    select a.id, s.asset, sum(s.amount) as amount
    from asked a
    join sightings s on s.id = a.other and s.number < a.number
    join transfers t on t.number = s.number and t.state <> 'dropped' and not t.refund
    where exists (
      select from decisions d
      where d.transfer = a.other and d.stage = 'screen' and (d.record->>'atMs')::bigint > ${sinceMs}
    )
    group by a.id, s.asset`)
  const found = new Map<TransferId, Map<AssetName, bigint>>()
  for (const { id, asset, amount } of rows)
    found.set(id, (found.get(id) ?? new Map<AssetName, bigint>()).set(asset, amount))
  return found
}

interface Row {
  readonly id: TransferId
  readonly asset: AssetName
  readonly amount: bigint
}
