// What limits count on a payout chain, a few seconds old at most: asked for with every quote, and a lot on a busy day.

import type { ChainName } from "../../core/assets.ts"
import { type Flows, flowsByMinute } from "../store/holdbacks.ts"
import type { Api } from "./context.ts"

/** What is told is an estimate anyway: payouts are held back by what is true when they are planned. */
const FRESH_MS = 3_000
/** What was planned anew meanwhile counts twice until all of the day is read again. */
const WHOLE_MS = 600_000
const MINUTE_MS = 60_000
/** A commit may be so much later than the time that it says. */
const LATE_MS = 60_000

interface Known {
  readonly atMs: number
  readonly wholeMs: number
  readonly flows: Promise<Flows>
}

/** The same for all who ask within a moment; after the first time, only the last minutes are read again. */
export function flowReader({
  sql,
  nowMs = () => performance.now(),
}: Pick<Api, "sql"> & { readonly nowMs?: () => number }): (chain: ChainName) => Promise<Flows> {
  const known = new Map<ChainName, Known>()
  return (chain) => {
    const atMs = nowMs()
    const last = known.get(chain)
    if (last && atMs - last.atMs < FRESH_MS) return last.flows
    const isWhole = !last || atMs - last.wholeMs >= WHOLE_MS
    const flows = isWhole ? flowsByMinute(sql, chain) : last.flows.then((old) => newer(old, chain))
    known.set(chain, { atMs, wholeMs: isWhole ? atMs : last.wholeMs, flows })
    // What failed is no answer for others.
    flows.catch(() => known.delete(chain))
    return flows
  }

  async function newer(old: Flows, chain: ChainName): Promise<Flows> {
    const fromMs = minuteOf(old.nowMs - LATE_MS) * MINUTE_MS
    // Of a day without anything, all is as quickly read.
    const now = await flowsByMinute(sql, chain, old.planned.length > 0 ? fromMs - 1 : null)
    const kept = old.planned.filter(({ atMs }) => atMs < fromMs)
    return { ...now, planned: [...kept, ...now.planned] }
  }
}

const minuteOf = (ms: number) => Math.floor(ms / MINUTE_MS)
