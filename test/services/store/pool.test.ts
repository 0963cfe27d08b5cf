// Connections that PostgreSQL cuts, as when it is restarted or a firewall forgets: nobody's process ends, and nothing is done by halves.

import { setTimeout as delay } from "node:timers/promises"
import fc from "fast-check"
import { beforeEach, describe, expect, onTestFinished, test } from "vitest"
import { advance, type Change } from "../../../services/store/advance.ts"
import { openDatabase, type Queries, type Sql } from "../../../services/store/database.ts"
import { failureOf } from "../../../services/store/failure.ts"
import { aSighting, seen } from "../../builders.ts"
import { testDatabase } from "../../database.ts"

const CUTS = 8

let killer: Sql
let sql: Sql
beforeEach(async () => {
  const { sql: other, url } = await testDatabase()
  killer = other
  sql = openDatabase(url, { connections: 3 })
  onTestFinished(() => sql.end({ timeout: 1 }))
  await killer`create table pairs (key text primary key)`
})

async function cut(queries: Queries): Promise<void> {
  const [row] = await queries<{ pid: number }[]>`select pg_backend_pid() as pid`
  await killer`select pg_terminate_backend(${row!.pid})`
}

/** Cuts half of all connections again and again while `work` goes on, and then lets it end. */
async function cutting<T>(work: Promise<T>): Promise<T> {
  let isDone = false
  const done = work.finally(() => {
    isDone = true
  })
  for (let rounds = 0; rounds < 3 * CUTS && !isDone; rounds += 1) {
    await delay(15)
    await killer`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and random() < 0.5
        and pid <> pg_backend_pid()`
  }
  return done
}

const isAway = { code: "database-unavailable" }
const told = async (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: unknown) => failureOf(error),
  )

// Case 144
describe("a transaction whose connection is cut", () => {
  test.each<[string, (queries: Queries) => Promise<unknown>]>([
    ["while a statement runs", (queries) => queries`select pg_sleep(60)`],
    ["while several wait", (queries) => Promise.all([queries`select 1`, queries`select 2`])],
    [
      "and that goes on all the same",
      (queries) => queries`select 1`.catch(() => queries`select 2`),
    ],
    ["and that does something else meanwhile", () => delay(20)],
    ["and that then has more to do", (queries) => delay(20).then(() => queries`select 1`)],
  ])("fails, %s, and has done nothing", async (_, rest) => {
    for (let at = 0; at < CUTS; at += 1) {
      const failure = await told(
        sql.begin(async (queries) => {
          await queries`insert into pairs values (${`${at}`})`
          await cut(queries)
          await rest(queries)
        }),
      )

      expect(failure).toMatchObject(isAway)
      expect(await sql`select key from pairs`).toEqual([])
    }
  })

  test("leaves the others alone, and all connections are there again", async () => {
    const pair = async (key: string) => {
      for (;;) {
        const failure = await told(
          sql.begin(async (queries) => {
            await queries`insert into pairs values (${`${key} first`})`
            await queries`select pg_sleep(0.003)`
            await queries`insert into pairs values (${`${key} second`})`
          }),
        )
        // It was cut between its commit and the word of it.
        const isThere = /pairs_pkey/.test(String(failure))
        if (failure === null || isThere) return
        expect(failure).toMatchObject(isAway)
      }
    }
    const workers = ["a", "b", "c", "d", "e"].map(async (name) => {
      for (let at = 0; at < CUTS; at += 1) await pair(`${name}${at}`)
    })

    await cutting(Promise.all(workers))

    const [row] = await killer`select count(*)::int as rows from pairs`
    expect(row).toEqual({ rows: 5 * CUTS * 2 })
    const sleeps = () =>
      Promise.all(Array.from({ length: 12 }, () => told(sql`select pg_sleep(0.01)`.execute())))
    // The last cut may be news to a connection: whoever meets it is told so, and nobody after.
    for (const failure of await sleeps()) if (failure) expect(failure).toMatchObject(isAway)
    expect(await sleeps()).toEqual(Array(12).fill(null))
  })
})

test("what is told again after a cut counts once", async () => {
  const sightings = Array.from({ length: 3 * CUTS }, () => aSighting())
  const changes = sightings.map((one): Change => {
    return { transfer: one.id, key: "Seen", event: seen(one) }
  })
  const tell = async (change: Change) => {
    for (;;) {
      const failure = await told(advance(sql, [change]))
      if (failure === null) return
      expect(failure).toMatchObject(isAway)
    }
  }

  await cutting(Promise.all(changes.map(tell)))

  const [row] = await killer`
    select count(*)::int as events, count(distinct transfer)::int as transfers from events`
  expect(row).toEqual({ events: 3 * CUTS, transfers: 3 * CUTS })
})

test("any list of texts, and of bytes and numbers, comes back as it was", async () => {
  const text = fc.string({ unit: "binary" }).filter((one) => !one.includes("\0"))
  const odd = ["", "NULL", "null", "a,b", '"', "\\", "{}", " ", "\n", "ü€"]
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(text, fc.constantFrom(...odd), fc.constant(null))),
      async (list) => {
        const [row] = await sql`select ${list}::text[] as list`
        expect(row).toEqual({ list })
      },
    ),
    { numRuns: 15 },
  )
  const [row] = await sql`
    select ${["1", "-9007199254740993"]}::text[]::bigint[] as wholes, array[3, null, 5] as integers,
      ${["\\x00ff", "\\x"]}::text[]::bytea[] as bytes`
  expect(row).toEqual({
    ...{ wholes: [1n, -9007199254740993n], integers: [3, null, 5] },
    bytes: [Buffer.from([0, 255]), Buffer.alloc(0)],
  })
})
