// How long ago something was by the database's clock, which may be set back at any time.

import type { Queries, Statement } from "./database.ts"

/** Statements that run at once have begun at slightly different times. */
const AHEAD_MS = 60_000

/**
 * A condition: `at` (a column) is `age` (an interval) or more ago. What is dated ahead was written by a clock that ran ahead,
 * nobody knows when. It counts as old: it would be left alone otherwise until the clock is there again, a day perhaps.
 */
export function isOld(sql: Queries, at: Statement, age: Statement): Statement {
  return sql`(${at} <= now() - ${age} or ${at} > now() + ${AHEAD_MS}::int * interval '1 ms')`
}
