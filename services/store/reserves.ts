// The books now and then, for whoever wants to see custody beside supply over time.

import { ASSETS, type AssetName } from "../../core/assets.ts"
import type { Balances } from "../../core/ledger.ts"
import type { Sql } from "./database.ts"
import { answer } from "./failure.ts"

export interface ReservePoint extends Balances {
  readonly at: Date
  readonly homeHeight: number | null
  readonly ledgerHeight: number | null
}

/** Between two points of one asset, milliseconds: however many processes keep them, one does. */
export const POINT_MS = 300_000

/**
 * Keeps the books of some assets as they are at this moment, with the blocks that they are up to, in one view of the
 * database; and nothing when there is a point of the last five minutes.
 */
export async function keepReserves(sql: Sql, assets: readonly AssetName[]): Promise<void> {
  const rows = assets.map((asset) => {
    const { home, wrapped } = ASSETS[asset]
    return { asset, home, ledger: wrapped.ledger }
  })
  await answer(sql`
    insert into reserves (asset, at, custody, supply, pending, fees, home_height, ledger_height)
    select a.asset, to_timestamp(floor(extract(epoch from now()) * 1000 / ${POINT_MS}) * ${POINT_MS} / 1000),
      ${account(sql, "custody")}, -${account(sql, "supply")}, -${account(sql, "pending")},
      -${account(sql, "fees")}, ${height(sql, "home")}, ${height(sql, "ledger")}
    from json_to_recordset(${JSON.stringify(rows)}::text::json)
      as a (asset text, home text, ledger text)
    on conflict do nothing`)
}

function account(sql: Sql, name: string) {
  return sql`coalesce((
    select amount from balances b where b.asset = a.asset and b.account = ${name}
  ), 0)`
}

function height(sql: Sql, column: "home" | "ledger") {
  return sql`(
    select height from blocks where chain = a.${sql(column)} and canonical
    order by height desc limit 1
  )`
}

/** Points of an asset from one time to another, oldest first: at most `limit`, spread evenly. */
export async function reservesBetween(
  sql: Sql,
  asset: AssetName,
  { from, to, limit }: { readonly from: Date; readonly to: Date; readonly limit: number },
): Promise<readonly ReservePoint[]> {
  const stepMs = Math.max(POINT_MS, Math.ceil((to.getTime() - from.getTime()) / limit))
  const rows = await answer(sql<Row[]>`
    select distinct on (stretch) at, custody, supply, pending, fees,
      home_height as "homeHeight", ledger_height as "ledgerHeight"
    from (
      select *, floor(extract(epoch from at) * 1000 / ${stepMs}::float8) as stretch
      from reserves where asset = ${asset} and at >= ${from} and at <= ${to}
    ) as points
    order by stretch, at desc`)
  return rows.map(({ homeHeight, ledgerHeight, ...row }) => ({
    ...row,
    homeHeight: homeHeight === null ? null : Number(homeHeight),
    ledgerHeight: ledgerHeight === null ? null : Number(ledgerHeight),
  }))
}

interface Row extends Balances {
  readonly at: Date
  readonly homeHeight: bigint | null
  readonly ledgerHeight: bigint | null
}
