// Orders to the services, written with the change that caused them; they stay here until they are done.

import type { ChainName } from "../../core/assets.ts"
import type { TransferId } from "../../core/ids.ts"
import type { Effect } from "../../core/step.ts"
import type { Queries, Sql, Statement } from "./database.ts"
import { answer } from "./failure.ts"
import { isOld } from "./past.ts"

/** A pause is no order: it is written with the event itself. */
export type OrderKind = Exclude<Effect["kind"], "pause">

export interface OutboxRow {
  readonly id: bigint
  readonly kind: OrderKind
  /** Where the work is done: the payout chain for plan, sign and broadcast, else the source chain. */
  readonly chain: ChainName
  /** The transfer, or one of those that the plan pays. */
  readonly transfer: TransferId
  readonly plan: string | null
  readonly reason: string | null
  /** How often it was handed out before. */
  readonly round: number
  /** Why the last attempt did not do it: an error code, or null. */
  readonly failure: string | null
  readonly createdAt: Date
}

// Rows are picked in an array, once: as a joined subquery PostgreSQL may pick anew for each row of the table, when its
// statistics say that the table is as good as empty, as they do when a burst comes.

/** The channel on which a commit with new orders, or with a lifted pause, is heard. */
export const WAKE = "causeway_outbox"

/** Takes up to `limit` orders that nobody has and no pause holds back, oldest first. */
export async function takeRows(sql: Queries, limit: number): Promise<readonly OutboxRow[]> {
  const rows = await answer(sql<RawRow[]>`
    update outbox set handed_at = now()
    where id = any(array(
      select id from outbox o where handed_at is null and not ${isPaused(sql)}
      order by id limit ${limit} for update skip locked
    ))
    returning *`)
  return rows.map(rowFrom).sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** Those of `ids` that are still to be done, and those of them that a pause holds back now. */
export async function openRows(
  sql: Sql,
  ids: readonly bigint[],
): Promise<{ readonly open: readonly OutboxRow[]; readonly paused: readonly bigint[] }> {
  const rows = await answer(sql<(RawRow & { paused: boolean })[]>`
    select o.*, ${isPaused(sql)} as paused from outbox o
    where id = any(${texts(ids)}::text[]::bigint[]) order by id`)
  return {
    open: rows.filter(({ paused }) => !paused).map(rowFrom),
    paused: rows.filter(({ paused }) => paused).map(({ id }) => id),
  }
}

/** Gives orders back to be handed out again as soon as nothing holds them. */
export async function returnRows(sql: Sql, ids: readonly bigint[]): Promise<void> {
  await answer(sql`
    update outbox set handed_at = null, round = round + 1
    where id = any(${texts(ids)}::text[]::bigint[])`)
}

/** Records why orders were not done; the sweep hands them out again. */
export async function failRows(sql: Sql, ids: readonly bigint[], failure: string): Promise<void> {
  await answer(sql`
    update outbox set failure = ${failure} where id = any(${texts(ids)}::text[]::bigint[])`)
}

/** Marks orders done whose work is no change of a transfer; otherwise `advance` does it. */
export async function finishRows(sql: Sql, ids: readonly bigint[]): Promise<void> {
  for (const statement of deleteRows(sql, ids)) await answer(statement)
}

export function deleteRows(sql: Queries, ids: readonly bigint[]): Statement[] {
  return ids.length === 0
    ? []
    : [sql`delete from outbox where id = any(${texts(ids)}::text[]::bigint[])`]
}

/**
 * Takes back what was handed out and not done within `ageMs` (doubled by each round, up to 64 times):
 * the queue lost it, or the work failed. Returns how many.
 */
export async function sweepRows(sql: Sql, ageMs: number): Promise<number> {
  const swept = await answer(sql`
    update outbox set handed_at = null, round = round + 1
    where id = any(array(
      select id from outbox
      where ${isOld(sql, sql`handed_at`, sql`${ageMs}::int * least(power(2, round), 64) * interval '1 ms'`)}
      for update skip locked
    ))`)
  if (swept.count > 0) await answer(sql`select pg_notify(${WAKE}, '')`)
  return swept.count
}

/** How many orders of each kind are not done, and how old the oldest is. */
export async function backlog(
  sql: Sql,
): Promise<readonly { kind: OrderKind; chain: ChainName; count: number; oldest: Date }[]> {
  return await answer(sql<{ kind: OrderKind; chain: ChainName; count: number; oldest: Date }[]>`
    select kind, chain, count(*)::int as count, min(created_at) as oldest
    from outbox group by kind, chain order by kind, chain`)
}

/** Alarms are never held back; payout work waits for both its ends, and a plan for the day that limits name. */
function isPaused(sql: Queries) {
  return sql`((
    o.kind = 'plan' and exists (
      select from holdbacks h where h.transfer = o.transfer and h.release_at > now()
    )
  ) or (
    o.kind <> 'alarm' and exists (
      select from pauses p where p.lifted_at is null and (
        (p.direction = 'in' and p.chain = any(o.sources))
        or (p.direction = 'out' and p.chain = o.chain and o.kind <> 'screen')
      )
    )
  ))`
}

function texts(ids: readonly bigint[]): string[] {
  return ids.map(String)
}

interface RawRow extends Omit<OutboxRow, "createdAt"> {
  readonly sources: readonly ChainName[]
  readonly handed_at: Date | null
  readonly created_at: Date
}

function rowFrom(row: RawRow): OutboxRow {
  const { id, kind, chain, transfer, plan, reason, round, failure, created_at } = row
  return { id, kind, chain, transfer, plan, reason, round, failure, createdAt: created_at }
}
