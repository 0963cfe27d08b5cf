// Which transfers have ended since one looked last: for those who tell of them afterwards, and may miss some.

import type { TransferId } from "../../core/ids.ts"
import type { Sql } from "./database.ts"
import { answer } from "./failure.ts"

/** Where a look stands. */
export interface Watched {
  /** Every transfer up to this number was looked at, but for what commits late. */
  readonly newest: bigint
  /** Those that had not ended. */
  readonly underWay: readonly bigint[]
}

/** Numbers are given before a commit: one that is lower than the newest may be seen after it. */
const LATE = 100n

/** Before anything was looked at: all that is under way now is waited for. */
export async function watchedNow(sql: Sql): Promise<Watched> {
  const [rows, [last]] = await Promise.all([
    answer(sql<{ number: bigint }[]>`
      select number from transfers where state not in ('paid', 'dropped')`),
    answer(sql<{ number: bigint | null }[]>`select max(number) as number from transfers`),
  ])
  return { newest: last?.number ?? 0n, underWay: rows.map(({ number }) => number) }
}

/** What has ended meanwhile, and where the next look begins. Some of the newest may be told twice. */
export async function endedSince(
  sql: Sql,
  { newest, underWay }: Watched,
): Promise<{ readonly ended: readonly TransferId[]; readonly watched: Watched }> {
  const rows = await answer(sql<{ number: bigint; id: TransferId; isOver: boolean }[]>`
    select number, s.id, t.state in ('paid', 'dropped') as "isOver"
    from transfers t join sightings s using (number)
    where number > ${`${newest - LATE}`}::text::bigint
      or number = any(${underWay.map(String)}::text[]::bigint[])
    order by number`)
  const last = rows.at(-1)?.number ?? newest
  return {
    ended: rows.filter(({ isOver }) => isOver).map(({ id }) => id),
    watched: {
      newest: last > newest ? last : newest,
      underWay: rows.filter(({ isOver }) => !isOver).map(({ number }) => number),
    },
  }
}
