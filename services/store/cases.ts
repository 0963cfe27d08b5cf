// Cases of held money: the core's rule applied to a locked row, with the event and what was signed in the same commit.

import { type Case, type CaseEvent, type CaseStep, stepCase } from "../../core/compliance/case.ts"
import { BridgeError } from "../../core/errors.ts"
import type { TransferId } from "../../core/ids.ts"
import type { Queries, Sql } from "./database.ts"
import { answer, failureOf } from "./failure.ts"
import { encode } from "./json.ts"

export interface StoredCase extends Case {
  readonly transfer: TransferId
  /** The first case of a transfer is 1. */
  readonly round: number
  /** Policy and lists by which it was judged last. */
  readonly judgedBy: string
}

export interface CaseLine {
  readonly version: number
  readonly event: CaseEvent
  readonly signed: unknown
  readonly at: Date
}

export interface Telling {
  /** What somebody signed; null for what we tell ourselves. */
  readonly signed?: object | null
  /** The version that they saw; `stale-version` when the case has moved on. */
  readonly version?: number
  /** Policy and lists that an event of judging was made by. */
  readonly judgedBy?: string
}

/** The newest case of a transfer, or null. */
export async function findCase(sql: Queries, transfer: TransferId): Promise<StoredCase | null> {
  const rows = await answer(sql<Row[]>`
    select * from cases where transfer = ${transfer} order by round desc limit 1`)
  return rows.map(caseFrom)[0] ?? null
}

/** The newest case of each of these transfers that has one. */
export async function casesOf(
  sql: Sql,
  transfers: readonly TransferId[],
): Promise<ReadonlyMap<TransferId, StoredCase>> {
  if (transfers.length === 0) return new Map()
  const rows = await answer(sql<Row[]>`
    select distinct on (transfer) * from cases where transfer = any(${[...transfers]})
    order by transfer, round desc`)
  return new Map(rows.map((row) => [row.transfer, caseFrom(row)]))
}

/** Cases in these states, oldest first. */
export async function casesIn(
  sql: Sql,
  states: readonly Case["state"][],
  limit = 200,
): Promise<readonly StoredCase[]> {
  const rows = await answer(sql<Row[]>`
    select * from cases where state = any(${[...states]}) order by opened_at, transfer limit ${limit}`)
  return rows.map(caseFrom)
}

/** Cases that are decided while their transfer still waits, and those whose time is up. */
export async function casesToSettle(sql: Sql, nowMs: number): Promise<readonly TransferId[]> {
  const rows = await answer(sql<{ transfer: TransferId }[]>`
    select c.transfer from cases c
    where c.round = (select max(round) from cases o where o.transfer = c.transfer) and (
      (c.state = 'open' and c.lapses_at <= ${new Date(nowMs)})
      or (c.state in ('returning', 'returned', 'released') and exists (
        select from sightings s join transfers t using (number)
        where s.id = c.transfer and t.state = 'held'
      ))
    )
    order by c.opened_at limit 100`)
  return rows.map(({ transfer }) => transfer)
}

export async function caseHistory(
  sql: Sql,
  { transfer, round }: Pick<StoredCase, "transfer" | "round">,
): Promise<readonly CaseLine[]> {
  const rows = await answer(sql<{ version: number; body: CaseEvent; signed: unknown; at: Date }[]>`
    select version, body, signed, at from case_events
    where transfer = ${transfer} and round = ${round} order by version`)
  return rows.map(({ body, ...row }) => ({ ...row, event: body }))
}

/**
 * Applies one event to a transfer's case. Throws `illegal-move`, and `stale-version` when the case is not as it was
 * seen by whoever tells.
 */
export async function tellCase(
  sql: Sql,
  transfer: TransferId,
  event: CaseEvent,
  { signed = null, version, judgedBy }: Telling = {},
): Promise<CaseStep> {
  try {
    return await sql.begin(async (queries) => {
      // One teller a transfer at a time, from the first case on.
      await queries`select pg_advisory_xact_lock(hashtext(${`case of ${transfer}`}))`
      const found = await findCase(queries, transfer)
      const isOver = found?.state === "released" || found?.state === "returned"
      const before = event.kind === "Opened" && isOver ? null : found
      if (version !== undefined && before?.version !== version)
        throw new BridgeError("stale-version", { case: transfer, version: before?.version ?? 0 })
      const stepped = stepCase(before, event)
      const round = before ? found!.round : (found?.round ?? 0) + 1
      await write(queries, stepped.after, {
        ...{ transfer, round, event, signed },
        judgedBy: judgedBy ?? found?.judgedBy ?? "",
      })
      return stepped
    })
  } catch (error) {
    throw failureOf(error)
  }
}

async function write(
  sql: Queries,
  after: Case,
  rest: {
    readonly transfer: TransferId
    readonly round: number
    readonly event: CaseEvent
    readonly signed: object | null
    readonly judgedBy: string
  },
): Promise<void> {
  const { transfer, round, event, signed, judgedBy } = rest
  const lapses = after.lapsesMs === null ? null : new Date(after.lapsesMs)
  await sql`
    insert into cases (transfer, round, state, version, opened_at, lapses_at, judged_by, body)
    values (${transfer}, ${round}, ${after.state}, ${after.version}, ${new Date(after.openedMs)},
      ${lapses}, ${judgedBy}, ${JSON.stringify(encode(after))}::text::jsonb)
    on conflict on constraint cases_pkey do update set
      state = excluded.state, version = excluded.version, lapses_at = excluded.lapses_at,
      judged_by = excluded.judged_by, body = excluded.body`
  await sql`
    insert into case_events (transfer, round, version, body, signed)
    values (${transfer}, ${round}, ${after.version}, ${JSON.stringify(encode(event))}::text::jsonb,
      ${signed && JSON.stringify(encode(signed))}::text::jsonb)`
}

interface Row {
  readonly transfer: TransferId
  readonly round: number
  readonly judged_by: string
  readonly body: Case
}

function caseFrom({ transfer, round, judged_by, body }: Row): StoredCase {
  return { ...body, transfer, round, judgedBy: judged_by }
}
