// What it costs the store when a burst comes, after a time in which its tables had next to nothing in them.

import { beforeEach, expect, onTestFinished, test } from "vitest"
import { advance } from "../../../services/store/advance.ts"
import { openDatabase, type Sql } from "../../../services/store/database.ts"
import { sweepRows, takeRows } from "../../../services/store/outbox.ts"
import { aSighting, pathTo } from "../../builders.ts"
import { testDatabase } from "../../database.ts"

const BURST = 1_000

let sql: Sql

beforeEach(async () => {
  // One connection: each counts for itself first, and tells the others later.
  sql = openDatabase((await testDatabase()).url, { connections: 1 })
  onTestFinished(() => sql.end())
})

/** Orders of which PostgreSQL believes that there is one, as it does when they come just after it counted. */
async function aBurst(handed: boolean): Promise<void> {
  const insert = (rows: number) => sql`
    insert into outbox (kind, chain, sources, transfer, handed_at)
    select 'plan', 'ao', '{arweave}', n, ${handed ? sql`now() - interval '61 seconds'` : null}
    from generate_series(1, ${rows}::int) n`
  await insert(BURST + 1)
  await sql`delete from outbox where id <= ${BURST}`
  await sql`vacuum analyze outbox`
  await insert(BURST)
}

/** How many rows of all tables a piece of work read, by PostgreSQL's own count. */
async function rowsRead(work: () => Promise<unknown>): Promise<number> {
  const count = async () => {
    await sql`select pg_stat_force_next_flush()`
    const [row] = await sql<{ read: string }[]>`
      select sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) as read from pg_stat_user_tables`
    return Number(row!.read)
  }
  const before = await count()
  await work()
  return (await count()) - before
}

test("who sweeps a burst of orders reads each a few times, whatever the statistics say", async () => {
  await aBurst(true)
  const read = await rowsRead(async () => expect(await sweepRows(sql, 60_000)).toBe(BURST + 1))
  expect(read).toBeLessThan(5 * BURST)
})

test("who takes some of a burst of orders takes no more, and reads each a few times", async () => {
  await aBurst(false)
  const read = await rowsRead(async () => expect(await takeRows(sql, 500)).toHaveLength(500))
  expect(read).toBeLessThan(5 * BURST)
})

test("one more transfer costs as many rows as it did when there were ten, on a connection that keeps its plans", async () => {
  const arrive = (many: number) =>
    advance(
      sql,
      Array.from({ length: many }, () => aSighting()).flatMap((one) =>
        pathTo("ready", one).map((event, at) => ({ transfer: one.id, key: `${at}`, event })),
      ),
    )
  for (let round = 0; round < 10; round++) await arrive(1)
  await sql`vacuum analyze`
  for (let round = 0; round < 10; round++) await arrive(1)
  const few = await rowsRead(() => arrive(1))
  await arrive(BURST)

  expect(await rowsRead(() => arrive(1))).toBeLessThan(2 * few)
})
