// A pool that outlives what is done to its connections: the driver takes badly that one of them is cut.
//
// postgres.js 3.4.9 ends a transaction whose connection is gone by a rollback, written to a socket that is no more, which
// ends the process, or to the next one of that connection, in the middle of somebody else's work. And a connection that
// is cut while something waits to be written is never opened again. So a transaction that is cut writes nothing any more,
// and a pool that has lost a connection is left to what it has begun, and another one takes its place.

import { setTimeout as delay } from "node:timers/promises"
import type postgres from "postgres"
import { BridgeError } from "../../core/errors.ts"

/** What the driver tells while it works. */
export interface Telling {
  readonly onclose: () => void
  readonly onparameter: () => void
}

/** What a pool has begun when another takes its place is over by then, or is a transaction; those have this long more. */
const RETIRED_MS = 15_000
const LEFT_S = 600
/** Between the word that a connection ends and its end. */
const ENDING_MS = 5_000

/** Behaves as what `open` makes, again whenever a connection is lost. Listening goes on by itself, on one of its own. */
export function lastingPool<Sql extends postgres.Sql>(open: (telling: Telling) => Sql): Sql {
  const pools = new Set<Sql>()
  let isEnding = false
  let listener: Sql | null = null
  let current = opened()

  function opened(): Sql {
    let hasLived = false
    const pool: Sql = open({
      onparameter: () => {
        hasLived = true
      },
      // A server that is away is asked again by the same pool, less and less often.
      onclose: () => {
        if (pool === current && hasLived && !isEnding) retire(pool)
      },
    })
    pools.add(pool)
    return pool
  }

  function retire(pool: Sql): void {
    current = opened()
    const timer = setTimeout(() => {
      pool.end({ timeout: LEFT_S }).finally(() => pools.delete(pool))
    }, RETIRED_MS)
    timer.unref()
  }

  const own = {
    begin: (...all: unknown[]) => begin(current, all),
    listen: (channel: string, heard: (value: string) => void, began?: () => void) => {
      listener ??= opened()
      return listener.listen(channel, heard, began)
    },
    end: async (options?: { timeout?: number }) => {
      isEnding = true
      const ended = Promise.all([...pools].map((pool) => pool.end(options)))
      const mostMs = (options?.timeout ?? LEFT_S) * 1_000
      await Promise.race([ended, delay(mostMs, undefined, { ref: false })])
    },
  }
  return new Proxy(current, {
    apply: (_, __, all) => Reflect.apply(current, undefined, all),
    get: (_, name) => Reflect.get(Object.hasOwn(own, name) ? own : current, name),
  })
}

type Work = (queries: postgres.TransactionSql) => unknown

async function begin(pool: postgres.Sql, all: readonly unknown[]): Promise<unknown> {
  const [options, work] = (all.length > 1 ? all : ["", all[0]]) as [string, Work]
  const never = new Promise<never>(() => {})
  let isOver = false
  let isLost = false
  const queries = (own: postgres.TransactionSql) =>
    guarded(own, {
      isGone: () => isLost || isOver,
      failed: (error) => {
        isLost ||= isCut(error)
      },
    })
  const running = pool.begin(options, async (own) => {
    try {
      const result = await work(queries(own))
      if (!isLost && !isOver) return result
    } catch (error) {
      if (!isLost && !isOver) throw error
    }
    // The end of the connection is the end of `running`; should it not come, the rollback may as well be written.
    if (!isOver) await delay(ENDING_MS, undefined, { ref: false })
    if (isOver) await never
    throw cutOff()
  })
  try {
    return await running
  } finally {
    isOver = true
  }
}

interface Guard {
  readonly isGone: () => boolean
  readonly failed: (error: unknown) => void
}

/** A statement that comes after the end would be written into another life of the connection. */
function guarded(queries: postgres.TransactionSql, guard: Guard): postgres.TransactionSql {
  return new Proxy(queries, {
    apply: (target, _, all) => {
      if (guard.isGone()) throw cutOff()
      const made: unknown = Reflect.apply(target as never, undefined, all)
      if (isStatement(made)) {
        const { reject } = made
        // At once: what waits for it may have the next statement ready.
        made.reject = (error) => {
          guard.failed(error)
          reject(error)
        }
      }
      return made
    },
  })
}

/** What the driver settles by a property of it. */
function isStatement(made: unknown): made is { reject: (error: unknown) => void } {
  return made instanceof Promise && "reject" in made && typeof made.reject === "function"
}

function cutOff(): BridgeError {
  return new BridgeError("database-unavailable", { code: "CONNECTION_CLOSED" })
}

/** By the driver's words, the socket's, or the server's last ones. */
function isCut(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code, severity } = error as { code?: unknown; severity?: unknown }
  if (severity === "FATAL" || /^(CONNECT|57P|25P0[34])|^E[A-Z]+$/.test(String(code))) return true
  return isCut(error.cause)
}
