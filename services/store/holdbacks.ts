// What the bridge's limits count, and whom they hold back until when.

import type { AssetName, ChainName } from "../../core/assets.ts"
import {
  type Flow,
  type Governor,
  oppositeOf,
  type Release,
  WINDOW_MS,
} from "../../core/governor.ts"
import type { TransferId } from "../../core/ids.ts"
import type { Sql, Statement } from "./database.ts"
import { answer } from "./failure.ts"

/** Transfers that wait at one time and are reckoned with; those behind them wait for their turn. */
const PENDING_MAX = 1_000

/** What the limits of a payout chain count, by the database's own clock. */
export interface Flows {
  /** In the 24 hours before now and before the oldest that waits. */
  readonly planned: readonly Flow[]
  readonly pending: readonly Flow[]
  readonly nowMs: number
}

/** All that the limits of a payout chain need to know. */
export async function flowsOf(sql: Sql, chain: ChainName): Promise<Flows> {
  const rows = await answer(sql<Row[]>`
    with ${pendingAndPlanned(sql, chain)}, flows as (
      select number, changed_at, true as waits from pending
      union all select number, changed_at, false from planned
    )
    select ${partiesOf(sql)}, f.waits, f.changed_at, now()
    from flows f join transfers t using (number) join sightings s using (number)
    where t.chain = ${chain}`)
  return flowsFrom(rows)
}

/**
 * The same for whoever only tells: what was planned, or of it what was planned after `sinceMs`, comes as one flow of
 * nobody's for each asset and minute, at the time of its last.
 */
export async function flowsByMinute(
  sql: Sql,
  chain: ChainName,
  sinceMs: number | null = null,
): Promise<Flows> {
  const since = sinceMs === null ? undefined : sql`to_timestamp(${sinceMs / 1_000}::float8)`
  const rows = await answer(sql<Row[]>`
    with ${pendingAndPlanned(sql, chain, since)}
    select ${partiesOf(sql)}, true as waits, f.changed_at, now()
    from pending f join transfers t using (number) join sightings s using (number)
    union all
    select ${`${chain}:planned:0`}, s.asset, sum(s.amount - t.fee), '', '', false, max(f.changed_at), now()
    from planned f join transfers t using (number) join sightings s using (number)
    where t.chain = ${chain}
    group by s.asset, date_trunc('minute', f.changed_at)`)
  return flowsFrom(rows)
}

/** What waits, and what was planned in the 24 hours before the first of it, or `since`. */
function pendingAndPlanned(sql: Sql, chain: ChainName, since?: Statement) {
  const day = sql`
    least(now(), (select min(changed_at) from pending)) - ${WINDOW_MS}::int * interval '1 ms'`
  return sql`
    pending as (
      select number, changed_at from transfers t
      where state = 'ready' and chain = ${chain} and not exists (
        select from slots where slots.transfer = t.number
      )
      order by changed_at, number limit ${PENDING_MAX}
    ), planned as (
      select transfer as number, max(taken_at) as changed_at from slots
      where taken_at > ${since ?? day} group by transfer
    )`
}

function partiesOf(sql: Sql) {
  return sql`
    s.id, s.asset, s.amount - t.fee as amount, s.sender as origin,
    case when t.refund then s.refund_to else coalesce(s.recipient, '') end as recipient`
}

function flowsFrom(rows: readonly Row[]): Flows {
  const flowOf = ({ waits: _, changed_at, now: __, ...row }: Row): Flow => {
    return { ...row, atMs: changed_at.getTime() }
  }
  return {
    planned: rows.filter(({ waits }) => !waits).map(flowOf),
    pending: rows.filter(({ waits }) => waits).map(flowOf),
    nowMs: rows[0]?.now.getTime() ?? 0,
  }
}

/** What was planned in the last 24 hours on the other chains of assets that come back to `chain`, where that makes room. */
export async function returnedTo(
  sql: Sql,
  chain: ChainName,
  { cancels = [] }: Governor,
  nowMs: number,
): Promise<readonly Flow[]> {
  const rows = cancels.filter(({ target }) => target === chain)
  const flows = await Promise.all(
    rows.map(async ({ asset }) => {
      const { planned } = await flowsOf(sql, oppositeOf(asset, chain))
      return planned.filter((flow) => flow.asset === asset && flow.atMs > nowMs - WINDOW_MS)
    }),
  )
  return flows.flat()
}

/** Those of `ids` that held a slot at any time. */
export async function everPlanned(
  sql: Sql,
  ids: readonly TransferId[],
): Promise<ReadonlySet<TransferId>> {
  if (ids.length === 0) return new Set()
  const rows = await answer(sql<{ id: TransferId }[]>`
    select s.id from sightings s where s.id = any(${[...ids]}) and exists (
      select from slots where slots.transfer = s.number
    )`)
  return new Set(rows.map(({ id }) => id))
}

/** Every slot that each of `ids` holds or ever held. */
export async function slotsEver(
  sql: Sql,
  ids: readonly TransferId[],
): Promise<ReadonlyMap<TransferId, readonly string[]>> {
  if (ids.length === 0) return new Map()
  const rows = await answer(sql<{ id: TransferId; slots: string[] }[]>`
    select s.id, array_agg(slots.slot) as slots
    from sightings s join slots on slots.transfer = s.number
    where s.id = any(${[...ids]}) group by s.id`)
  return new Map(rows.map(({ id, slots }) => [id, slots]))
}

/** Until when each is held back from now on; one that may go is forgotten. */
export async function holdBack(
  sql: Sql,
  releases: ReadonlyMap<TransferId, Release>,
): Promise<void> {
  const rows = [...releases].map(([transfer, { atMs, rule }]) => ({
    ...{ transfer, rule },
    release_at: new Date(Math.ceil(atMs)).toISOString(),
  }))
  const held = rows.filter(({ rule }) => rule !== null)
  const free = rows.filter(({ rule }) => rule === null).map(({ transfer }) => transfer)
  await answer(sql`delete from holdbacks where transfer = any(${free})`)
  if (held.length > 0)
    await answer(sql`
      insert into holdbacks (transfer, release_at, rule)
      select transfer, release_at, rule
      from json_populate_recordset(null::holdbacks, ${JSON.stringify(held)}::text::json)
      on conflict (transfer) do update set release_at = excluded.release_at, rule = excluded.rule`)
}

export interface Holdback {
  readonly transfer: TransferId
  readonly releaseAt: Date
  /** Milliseconds from now. */
  readonly leftMs: number
  readonly rule: string
}

/** Those of `ids` that are held back now. */
export async function holdbacksOf(
  sql: Sql,
  ids: readonly TransferId[],
): Promise<ReadonlyMap<TransferId, Holdback>> {
  if (ids.length === 0) return new Map()
  const rows = await answer(sql<Holdback[]>`
    select transfer, release_at as "releaseAt", rule,
      (extract(epoch from release_at - now()) * 1000)::float8 as "leftMs"
    from holdbacks
    where transfer = any(${[...ids]}) and release_at > now()`)
  return new Map(rows.map((row) => [row.transfer, row]))
}

interface Row {
  readonly id: TransferId
  readonly asset: AssetName
  readonly amount: bigint
  readonly origin: string
  readonly recipient: string
  /** When it was planned last, or could be. */
  readonly changed_at: Date
  readonly now: Date
  readonly waits: boolean
}
