// Asks at a steady rate, whatever the answers do: a slow answer does not make the next question wait for it.

import { setTimeout as delay } from "node:timers/promises"
import { Pool } from "undici"

export interface Seen {
  readonly count: number
  /** Answers that were none, or a failure of the server's. */
  readonly failed: number
  readonly perSecond: number
  readonly p50Ms: number
  readonly p95Ms: number
  readonly p99Ms: number
  readonly maxMs: number
}

const CONNECTIONS = 64
const TICK_MS = 2

/**
 * Each call asks `perSecond` questions of `url` for so many seconds; the `n`-th of all is `pathAt(n)`. The time of an
 * answer counts from when its question was due.
 */
export function steady(url: string, pathAt: (n: number) => string) {
  const pool = new Pool(url, { connections: CONNECTIONS, pipelining: 1 })
  let asked = 0
  return async (perSecond: number, seconds: number): Promise<Seen> => {
    const count = perSecond * seconds
    const times: number[] = []
    let failed = 0
    const startedAt = performance.now()
    const one = async (at: number) => {
      try {
        const { statusCode, body } = await pool.request({ method: "GET", path: pathAt(asked++) })
        await body.dump({ limit: 1_000_000 })
        if (statusCode >= 500 && statusCode !== 503) failed += 1
      } catch {
        failed += 1
      }
      times.push(performance.now() - at)
    }
    const open: Promise<void>[] = []
    while (open.length < count) {
      const due = Math.min(count, Math.floor(((performance.now() - startedAt) * perSecond) / 1_000))
      while (open.length < due) open.push(one(startedAt + (open.length * 1_000) / perSecond))
      await delay(TICK_MS)
    }
    await Promise.all(open)
    const tookMs = performance.now() - startedAt
    times.sort((a, b) => a - b)
    const quantile = (q: number) => times[Math.min(times.length - 1, Math.floor(q * times.length))]!
    return {
      ...{ count, failed, perSecond: (count * 1_000) / tookMs },
      ...{ p50Ms: quantile(0.5), p95Ms: quantile(0.95), p99Ms: quantile(0.99) },
      maxMs: times.at(-1)!,
    }
  }
}
