// Hands orders from the outbox to the queue as soon as they are committed, and again when the queue lost them.

import type { Log } from "../log.ts"
import type { Sql } from "../store/database.ts"
import { type OutboxRow, returnRows, sweepRows, takeRows, WAKE } from "../store/outbox.ts"
import type { JobQueue } from "./queue.ts"

export interface Dispatcher {
  close(): Promise<void>
}

export interface DispatchTimes {
  /** Looks without having been woken: a notification may be lost with its connection. */
  readonly pollMs: number
  /** Orders that were handed out and are not done after this long are handed out again. */
  readonly sweepMs: number
}

const TIMES: DispatchTimes = { pollMs: 1_000, sweepMs: 20_000 }
const ROWS_MAX = 1_000
/** Orders of one kind and chain that share a job; a plan to be signed is a lot of work by itself. */
const JOB_ROWS_MAX = { screen: 100, plan: 100, alarm: 100, sign: 4, broadcast: 8 } as const

/** Starts; any number of dispatchers may run side by side. */
export async function startDispatcher(
  sql: Sql,
  queue: JobQueue,
  log: Log,
  times: Partial<DispatchTimes> = {},
): Promise<Dispatcher> {
  const { pollMs, sweepMs } = { ...TIMES, ...times }
  let isClosed = false
  let isWoken = true
  let wake: () => void = () => {}
  const woken = () => {
    isWoken = true
    wake()
  }
  const listening = await sql.listen(WAKE, woken, woken)
  const run = async () => {
    while (!isClosed) {
      isWoken = false
      const handed = await handOut(sql, queue).catch((error: unknown) => {
        log.warn({ error: String(error) }, "orders could not be handed out")
        return 0
      })
      if (handed > 0 || isWoken || isClosed) continue
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, pollMs)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
        if (isWoken) wake()
      })
    }
  }
  const running = run()
  const sweeper = setInterval(
    () => {
      sweepRows(sql, sweepMs).catch((error: unknown) =>
        log.warn({ error: String(error) }, "orders could not be swept"),
      )
    },
    Math.max(100, sweepMs / 4),
  )
  return {
    async close() {
      isClosed = true
      clearInterval(sweeper)
      wake()
      await listening.unlisten().catch(() => {})
      await running
    },
  }
}

/** One round; returns how many orders were handed out. What the queue does not take goes back. */
export async function handOut(sql: Sql, queue: JobQueue): Promise<number> {
  const rows = await takeRows(sql, ROWS_MAX)
  const results = await Promise.allSettled(
    jobsOf(rows).map(async (job) => {
      const [first] = job
      const { kind, chain, id, round } = first!
      const wake = { rows: job.map((row) => String(row.id)) }
      try {
        await queue.add({ kind, chain }, `${kind}-${chain}-${id}-${round}`, wake)
      } catch (error) {
        await returnRows(
          sql,
          job.map((row) => row.id),
        )
        throw error
      }
    }),
  )
  for (const result of results) if (result.status === "rejected") throw result.reason
  return rows.length
}

function jobsOf(rows: readonly OutboxRow[]): OutboxRow[][] {
  const open = new Map<string, OutboxRow[]>()
  const jobs: OutboxRow[][] = []
  for (const row of rows) {
    const lane = `${row.kind}-${row.chain}`
    const job = open.get(lane)
    if (job && job.length < JOB_ROWS_MAX[row.kind]) job.push(row)
    else {
      const fresh = [row]
      open.set(lane, fresh)
      jobs.push(fresh)
    }
  }
  return jobs
}
