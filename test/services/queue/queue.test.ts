// The queue on both its backends: it wakes, spreads and repeats work, and may forget all of it.

import pg from "pg"
import { pino } from "pino"
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest"
import { BridgeError, type ErrorCode } from "../../../core/errors.ts"
import type { Sighting } from "../../../core/transfer.ts"
import { type DispatchTimes, startDispatcher } from "../../../services/queue/dispatch.ts"
import { type JobQueue, openQueue } from "../../../services/queue/queue.ts"
import { type Handler, type Station, startWorkers } from "../../../services/queue/workers.ts"
import { advance } from "../../../services/store/advance.ts"
import { pause, pauses, resume } from "../../../services/store/controls.ts"
import { openDatabase, type Sql } from "../../../services/store/database.ts"
import { balancesNow, balancesRecounted } from "../../../services/store/ledger.ts"
import { finishRows, type OutboxRow } from "../../../services/store/outbox.ts"
import { transfersById } from "../../../services/store/transfers.ts"
import { aSighting, pathTo } from "../../builders.ts"
import { testDatabase } from "../../database.ts"
import { BACKENDS, missing, type QueueServer, startQueueServer } from "./backends.ts"
import { wholeLife } from "./stations.ts"

/** So long that only a notification or the queue itself can be what woke us. */
const NEVER: DispatchTimes = { pollMs: 600_000, sweepMs: 600_000 }
const log = pino({ level: "silent" })

describe.each(BACKENDS)("on %s", (backend) => {
  const reason = missing(backend)
  if (reason) {
    test.skip(`skipped: ${reason}`, () => {})
    return
  }
  let server: QueueServer
  let sql: Sql
  let url: string
  const stops: (() => Promise<unknown>)[] = []
  const halts: unknown[] = []

  beforeAll(async () => {
    server = await startQueueServer(backend)
    ;({ sql, url } = await testDatabase())
  })
  afterEach(async () => {
    for (const stop of stops.splice(0).reverse()) await stop()
    for (const { chain, direction } of await pauses(sql))
      await resume(sql, { chain, direction, by: "test" })
    await sql`delete from outbox`
    halts.length = 0
  })
  afterAll(() => server.stop())

  /** A process with a dispatcher and stations, as far as the queue can tell. */
  async function start(stations: readonly Station[], times: DispatchTimes = NEVER) {
    const queue: JobQueue = await openQueue({ database: url, redis: server.redis }, log)
    stops.push(() => queue.close())
    startWorkers(sql, queue, stations, { log, onHalt: (error) => halts.push(error) })
    const dispatcher = await startDispatcher(sql, queue, log, times)
    stops.push(() => dispatcher.close())
    return { queue, dispatcher }
  }

  test("a committed order wakes its handler, one job for all of a lane", async () => {
    const jobs: (readonly OutboxRow[])[] = []
    await start([
      screening(async (rows) => {
        jobs.push(rows)
        await finish(rows)
      }),
    ])

    const sightings = await confirm(sql, 120)

    await vi.waitFor(async () => expect(await left(sql)).toBe(0))
    expect(jobs.map((rows) => rows.length).sort()).toEqual([100, 20])
    expect(new Set(jobs.flat().map(({ transfer }) => transfer))).toEqual(
      new Set(sightings.map(({ id }) => id)),
    )
  })

  // Case 105
  test("a flush with a hundred transfers under way loses nothing and doubles nothing", async () => {
    const times = { pollMs: 50, sweepMs: 200 }
    await start(wholeLife(sql), times)
    await start(wholeLife(sql), times) // A second process, on another machine for all it knows.
    const before = await balancesNow(sql, "AR")
    const sightings = await confirm(sql, 100)

    for (const version of [3, 4, 5]) {
      await server.flush(sql)
      await vi.waitFor(
        async () => expect(await furthest(sql, sightings)).toBeGreaterThanOrEqual(version),
        WAIT,
      )
    }
    await server.flush(sql)

    await vi.waitFor(async () => expect(await statesOf(sql, sightings)).toEqual(["paid"]), WAIT)
    const transfers = await transfersById(
      sql,
      sightings.map(({ id }) => id),
    )
    expect([...transfers.values()].filter(({ version }) => version !== 6)).toEqual([])
    const amount = sightings.reduce((sum, one) => sum + one.amount, 0n)
    const balances = await balancesNow(sql, "AR")
    expect(balances).toEqual({
      custody: before.custody + amount,
      supply: before.supply + amount - 100_000n,
      pending: before.pending,
      fees: before.fees + 100_000n,
    })
    expect(await balancesRecounted(sql, "AR")).toEqual(balances)
    await vi.waitFor(async () => expect(await left(sql)).toBe(0), WAIT)
    expect(halts).toEqual([])
  })

  // Cases 105 and 144
  test.runIf(backend === "Redis")(
    "a server that dies and comes back with work under way loses nothing and doubles nothing",
    async () => {
      await start(wholeLife(sql), { pollMs: 50, sweepMs: 200 })
      const sightings = await confirm(sql, 40)

      for (const version of [3, 4, 5]) {
        await server.restart!()
        await vi.waitFor(
          async () => expect(await furthest(sql, sightings)).toBeGreaterThanOrEqual(version),
          WAIT,
        )
      }

      await vi.waitFor(async () => expect(await statesOf(sql, sightings)).toEqual(["paid"]), WAIT)
      const transfers = await transfersById(
        sql,
        sightings.map(({ id }) => id),
      )
      expect([...transfers.values()].filter(({ version }) => version !== 6)).toEqual([])
      await vi.waitFor(async () => expect(await left(sql)).toBe(0), WAIT)
      expect(halts).toEqual([])
    },
  )

  // Case 100
  test("work of a paused chain waits, and goes on when the pause is lifted", async () => {
    const jobs: OutboxRow[] = []
    await start([
      screening(async (rows) => {
        jobs.push(...rows)
        await finish(rows)
      }),
    ])
    const arweaveIn = { chain: "arweave", direction: "in", by: "somebody" } as const
    await pause(sql, { ...arweaveIn, reason: "looking" })
    await confirm(sql, 3)
    await pause(sql, { ...arweaveIn, chain: "ao", reason: "another chain" })
    await vi.waitFor(async () => expect(await left(sql)).toBe(3))
    expect(jobs).toEqual([])

    await resume(sql, arweaveIn)

    await vi.waitFor(async () => expect(await left(sql)).toBe(0))
    expect(jobs).toHaveLength(3)
  })

  test("a pause that comes after the order was handed out stops it at the worker", async () => {
    const jobs: OutboxRow[] = []
    await start([])
    await confirm(sql, 3)
    await vi.waitFor(async () => expect(await handed(sql)).toBe(3))
    await pause(sql, { chain: "arweave", reason: "late", by: "somebody" })

    await start([
      screening(async (rows) => {
        jobs.push(...rows)
        await finish(rows)
      }),
    ])
    await vi.waitFor(async () => expect(await handed(sql)).toBe(0))
    expect(jobs).toEqual([])

    await resume(sql, { chain: "arweave", direction: "in", by: "somebody" })
    await vi.waitFor(async () => expect(await left(sql)).toBe(0))
    expect(jobs).toHaveLength(3)
  })

  test("what the world fails at is tried again by the queue itself", async () => {
    let tries = 0
    await start([
      screening(async (rows) => {
        tries += 1
        if (tries < 3) throw new BridgeError("rpc-unavailable")
        await finish(rows)
      }),
    ])

    await confirm(sql, 1)

    await vi.waitFor(async () => expect(await left(sql)).toBe(0), WAIT)
    expect(tries).toBe(3)
  })

  test("what is refused stays on record, and only the sweep brings it again", async () => {
    const rounds: number[] = []
    await start(
      [
        screening(async (rows) => {
          rounds.push(rows[0]!.round)
          if (rows[0]!.failure === null) throw new BridgeError("rpc-disagrees")
          await finish(rows)
        }),
      ],
      { ...NEVER, sweepMs: 300 },
    )

    await confirm(sql, 1)

    await vi.waitFor(async () => expect(await left(sql)).toBe(0), WAIT)
    expect(rounds).toEqual([0, 1])
  })

  // Case 144. The queue reckons by the clocks of its processes.
  test("a clock that runs a day ahead, or is set back by an hour, loses no order and halts nothing", async () => {
    const hour = 3_600_000
    let jumpMs = 0
    const now = Date.now
    const clock = vi.spyOn(Date, "now").mockImplementation(() => now() + jumpMs)
    const tries = new Map<string, number>()
    await start(
      [
        screening(async (rows) => {
          for (const { transfer } of rows) tries.set(transfer, (tries.get(transfer) ?? 0) + 1)
          // The queue is to try again in a moment, by its clock as it is now: which is long after, or was long ago.
          if (rows.some(({ transfer }) => tries.get(transfer) === 1)) {
            jumpMs = jumpMs === 0 ? 24 * hour : -hour
            throw new BridgeError("not-yet")
          }
          await finish(rows)
        }),
      ],
      { ...NEVER, sweepMs: 300 },
    )

    for (let jumps = 0; jumps < 2; jumps++) {
      const [one] = await confirm(sql, 1)
      await vi.waitFor(async () => expect(await left(sql)).toBe(0), WAIT)
      expect(tries.get(one!.id)).toBeGreaterThan(1)
    }

    clock.mockRestore()
    expect(halts).toEqual([])
  })

  test.each<ErrorCode>(["double-payout", "assertion"])("%s halts the process", async (code) => {
    await start([
      screening(async () => {
        throw new BridgeError(code)
      }),
    ])

    await confirm(sql, 1)

    await vi.waitFor(() => expect(halts).toMatchObject([{ code }]))
    expect(await left(sql)).toBe(1)
  })

  test("connections that the database cuts are made again, and work goes on", async () => {
    await start(wholeLife(sql), { pollMs: 50, sweepMs: 500 })
    const before = await confirm(sql, 5)
    await vi.waitFor(async () => expect(await statesOf(sql, before)).toEqual(["paid"]), WAIT)

    await sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`
    const after = await vi.waitFor(() => confirm(sql, 5), WAIT)

    await vi.waitFor(async () => expect(await statesOf(sql, after)).toEqual(["paid"]), WAIT)
    expect(halts).toEqual([])
  })

  // Case 144.
  test.runIf(backend === "PostgreSQL")(
    "a lane that is first used while the database is away works when it is back",
    async () => {
      const queue = await openQueue({ database: url, redis: null }, log)
      stops.push(() => queue.close())
      const admin = openDatabase(new URL("/postgres", url).href, { connections: 1 })
      stops.push(() => admin.end())
      const name = new URL(url).pathname.slice(1)
      const lane = { kind: "alarm", chain: "ao" } as const
      const done: string[] = []
      await admin`alter database ${admin(name)} with allow_connections false`
      await admin`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${name}`

      queue.work(
        lane,
        async ({ rows }) => {
          done.push(...rows)
          return null
        },
        1,
      )
      await expect(queue.add(lane, "first", { rows: ["1"] })).rejects.toThrow(/not currently/)
      await admin`alter database ${admin(name)} with allow_connections true`

      await vi.waitFor(() => queue.add(lane, "second", { rows: ["2"] }), WAIT)
      await vi.waitFor(() => expect(done).toEqual(["2"]), WAIT)
    },
  )

  test.runIf(backend === "PostgreSQL")(
    "a worker that is cut off just when it has begun to listen listens again, and works",
    async () => {
      const listeners: unknown[] = []
      const { query } = pg.Client.prototype
      const asking = vi.spyOn(pg.Client.prototype, "query").mockImplementation(async function (
        this: pg.Client,
        ...asked: unknown[]
      ) {
        const result = await Reflect.apply(query, this, asked)
        if (!/^listen /im.test(String(asked[0]))) return result
        listeners.push(this)
        if (listeners.length === 1) this.emit("error", new Error("cut off"))
        return result
      } as never)
      stops.push(async () => asking.mockRestore())
      const queue = await openQueue({ database: url, redis: null }, log)
      stops.push(() => queue.close())
      const lane = { kind: "alarm", chain: "ao" } as const
      const done: string[] = []
      queue.work(
        lane,
        async ({ rows }) => {
          done.push(...rows)
          return null
        },
        1,
      )

      await vi.waitFor(() => expect(new Set(listeners).size).toBe(2), WAIT)
      await queue.add(lane, "first", { rows: ["1"] })
      await vi.waitFor(() => expect(done).toEqual(["1"]), WAIT)
    },
  )

  function screening(handle: Handler): Station {
    return { kind: "screen", chain: "arweave", concurrency: 1, handle }
  }

  function finish(rows: readonly OutboxRow[]): Promise<void> {
    return finishRows(
      sql,
      rows.map(({ id }) => id),
    )
  }
})

const WAIT = { timeout: 30_000, interval: 20 }

/** New deposits that are final: each has an order to be screened. */
async function confirm(sql: Sql, count: number): Promise<readonly Sighting[]> {
  const sightings = Array.from({ length: count }, () => aSighting())
  await advance(
    sql,
    sightings.flatMap((one) =>
      pathTo("confirmed", one).map((event) => ({ transfer: one.id, key: event.kind, event })),
    ),
  )
  return sightings
}

async function statesOf(sql: Sql, sightings: readonly Sighting[]): Promise<readonly string[]> {
  const transfers = await transfersById(
    sql,
    sightings.map(({ id }) => id),
  )
  return [...new Set([...transfers.values()].map(({ state }) => state))]
}

/** How many events the furthest of them has had. */
async function furthest(sql: Sql, sightings: readonly Sighting[]): Promise<number> {
  const transfers = await transfersById(
    sql,
    sightings.map(({ id }) => id),
  )
  return Math.max(...[...transfers.values()].map(({ version }) => version))
}

async function left(sql: Sql): Promise<number> {
  return (await sql<{ count: number }[]>`select count(*)::int as count from outbox`)[0]!.count
}

async function handed(sql: Sql): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from outbox where handed_at is not null`
  return row!.count
}
