// The queue: BullMQ on the bridge's own PostgreSQL, or on Redis. It spreads and repeats work; it is never the truth.

import { EventEmitter } from "node:events"
import { setTimeout as delay } from "node:timers/promises"
import {
  createPostgresBackend,
  type Job,
  Queue,
  runMigrations,
  UnrecoverableError,
  Worker,
  withBackend,
} from "bullmq"
import { Redis } from "ioredis"
import pg from "pg"
import { type ChainName, networkOf } from "../../core/assets.ts"
import type { Log } from "../log.ts"
import type { OrderKind } from "../store/outbox.ts"

/**
 * Work of one kind for one chain. The chains of a network share a line and its workers, as many as all of
 * them ask for, so that a slow network holds up no other.
 */
export interface Lane {
  readonly kind: OrderKind
  readonly chain: ChainName
}

/** What a job carries: the ids of outbox rows. The rows themselves say what is to be done. */
export interface Wake {
  readonly rows: readonly string[]
}

/** What to do with a job that failed: have the queue try again, or leave it to the sweep. */
export type Failure = "again" | "leave"

export interface JobQueue {
  /** A job of an id that is there already is not added again. */
  add(lane: Lane, id: string, wake: Wake): Promise<void>
  /** Runs jobs until `close`; `work` returns how a failed job goes on, or null when it is done. */
  work(lane: Lane, work: (wake: Wake) => Promise<Failure | null>, concurrency: number): void
  /** Throws away every job: for tests, and for people who want to know that nothing is lost. */
  flush(lanes: readonly Lane[]): Promise<void>
  close(): Promise<void>
}

/** Tries of one job, the first included; the wait doubles from `BACKOFF_MS`. Later ones are the sweep's. */
const ATTEMPTS = 8
const BACKOFF_MS = 100
/** A job whose worker died is given to another after so long. */
const LOCK_MS = 30_000
/** Until a worker that could not begin, or may have lost what it listened on, is made anew. */
const AGAIN_MS = 1_000
/**
 * What a worker that leaves has begun is over by then, or is done again. One that waits for its server to come back would
 * never end by itself (BullMQ 6.7.0).
 */
const LEAVING_MS = 5_000

/** Opens the queue; with `redis` there, otherwise in the schema `bullmq` of `database`, which it makes. */
export async function openQueue(
  { database, redis }: { readonly database: string; readonly redis: string | null },
  log: Log,
): Promise<JobQueue> {
  return redis ? onRedis(redis, database, log) : await onPostgres(database, log)
}

async function onPostgres(database: string, log: Log): Promise<JobQueue> {
  const client = new pg.Client(database)
  await client.connect()
  try {
    await runMigrations(client)
  } finally {
    await client.end()
  }
  const pool = new pg.Pool({
    connectionString: database,
    // Every worker keeps one to listen on: five kinds of work on five networks.
    max: 50,
    options: "-c search_path=bullmq",
  })
  // Without a listener, a restart of the database would end this process.
  pool.setMaxListeners(0)
  const losses = new EventEmitter()
  const lost = (error: Error) => {
    log.warn({ error: String(error) }, "queue connection lost")
    losses.emit("lost")
  }
  pool.on("error", lost)
  // The pool hears of those that nobody uses; one that is lost between two statements would end this process.
  pool.on("connect", (client) => {
    client.on("error", lost)
  })
  // The same class, but its types come from two places.
  const connection = pool as unknown as string
  const classes = withBackend(createPostgresBackend)
  return jobQueue(
    {
      queue: (name) => new classes.Queue(name, { connection }) as unknown as Queue,
      worker: (name, process, concurrency) =>
        new classes.Worker(name, process, {
          connection,
          concurrency,
          lockDuration: LOCK_MS,
        }) as unknown as Worker,
      // A worker that loses its connection just when it has begun to listen waits on what is no more (BullMQ 6.7.0).
      onLost: (hear) => losses.on("lost", hear),
      end: () => pool.end(),
    },
    log,
  )
}

function onRedis(redis: string, database: string, log: Log): JobQueue {
  // Job names are row numbers: two bridges on one Redis would take each other's.
  const prefix = `causeway-${new URL(database).pathname.slice(1)}`
  const open = () => {
    const connection = new Redis(redis, { maxRetriesPerRequest: null })
    connection.on("error", (error) => log.warn({ error: String(error) }, "queue connection lost"))
    return connection
  }
  const shared = open()
  return jobQueue(
    {
      queue: (name) => new Queue(name, { connection: shared, prefix }),
      worker: (name, process, concurrency) =>
        new Worker(name, process, {
          connection: shared,
          prefix,
          concurrency,
          lockDuration: LOCK_MS,
        }),
      onLost: () => {},
      // It is asked nothing any more, and may be away: nobody waits for its answer.
      end: async () => shared.disconnect(),
    },
    log,
  )
}

interface Backend {
  queue(name: string): Queue
  worker(name: string, process: (job: Job) => Promise<void>, concurrency: number): Worker
  /** `hear` is called for each loss of a connection after which workers may wait for ever. */
  onLost(hear: () => void): void
  end(): Promise<unknown>
}

function jobQueue(backend: Backend, log: Log): JobQueue {
  const queues = new Map<string, Queue>()
  const workers = new Map<string, Working>()
  const leaving = new Set<Promise<void>>()
  let isClosed = false
  const works = new Map<string, Parameters<JobQueue["work"]>[1]>()
  const heard = (error: Error) => log.warn({ error: String(error) }, "queue error")
  const queueOf = (lane: Lane) => {
    const name = nameOf(lane)
    const known = queues.get(name)
    if (known) return known
    const made = backend.queue(name)
    made.on("error", heard)
    queues.set(name, made)
    // One that was opened while the database was away fails for ever (BullMQ 6.7.0): the next order opens another.
    made.waitUntilReady().catch(() => {
      if (queues.get(name) === made) queues.delete(name)
      made.close().catch(() => {})
    })
    return made
  }
  const startWorker = (name: string, work: (job: Job) => Promise<void>, concurrency: number) => {
    const made = backend.worker(name, work, concurrency)
    made.on("error", heard)
    workers.set(name, { worker: made, work })
    // Nor does a worker find its way back, and it tries without a pause: it is ended before anything else has its turn.
    made.waitUntilReady().catch(async () => {
      made.close(true).catch(() => {})
      await delay(AGAIN_MS)
      if (!isClosed && workers.get(name)?.worker === made) startWorker(name, work, made.concurrency)
    })
  }
  let renewal: NodeJS.Timeout | null = null
  const renew = () => {
    renewal = null
    if (isClosed) return
    for (const [name, { worker, work }] of workers) {
      startWorker(name, work, worker.concurrency)
      const left = leave(worker).finally(() => leaving.delete(left))
      leaving.add(left)
    }
  }
  backend.onLost(() => {
    renewal ??= setTimeout(renew, AGAIN_MS)
  })
  return {
    async add(lane, jobId, wake) {
      await queueOf(lane).add(lane.chain, wake, {
        jobId,
        attempts: ATTEMPTS,
        backoff: { type: "exponential", delay: BACKOFF_MS },
        removeOnComplete: true,
        removeOnFail: true,
      })
    },
    work(lane, work, concurrency) {
      const name = nameOf(lane)
      works.set(`${lane.kind} ${lane.chain}`, work)
      const known = workers.get(name)
      if (known) {
        known.worker.concurrency += concurrency
        return
      }
      const doJob = async (job: Job) => {
        const run = works.get(`${lane.kind} ${job.name}`)
        const failure = run ? await run(job.data as Wake) : "again"
        if (failure === "again") throw new Error("again")
        if (failure === "leave") throw new UnrecoverableError("left to the sweep")
      }
      startWorker(name, doJob, concurrency)
    },
    async flush(lanes) {
      for (const lane of lanes) await queueOf(lane).obliterate({ force: true })
    },
    async close() {
      isClosed = true
      if (renewal) clearTimeout(renewal)
      await Promise.all([...workers.values()].map(({ worker }) => leave(worker)))
      await Promise.all(leaving)
      await Promise.all([...queues.values()].map((queue) => queue.close()))
      await backend.end()
    },
  }
}

interface Working {
  readonly worker: Worker
  readonly work: (job: Job) => Promise<void>
}

/** Ends it once what it does is done, which need not be waited for longer than `LEAVING_MS`. */
async function leave(worker: Worker): Promise<void> {
  const late = new AbortController()
  const closed = worker.close().catch(() => {})
  const hurried = delay(LEAVING_MS, undefined, { signal: late.signal }).catch(() => {})
  await Promise.race([closed, hurried])
  late.abort()
  // It still hears of every connection of the pool, and whoever took its place says so.
  worker.removeAllListeners("error").on("error", () => {})
}

function nameOf({ kind, chain }: Lane): string {
  return `${kind}-${networkOf(chain)}`
}
