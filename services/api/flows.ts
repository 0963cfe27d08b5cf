// What limits count on a payout chain, a few seconds old at most: asked for with every quote, and a lot to read on a busy day.

import type { ChainName } from "../../core/assets.ts"
import { flowsOf } from "../store/holdbacks.ts"
import type { Api } from "./context.ts"

export type Flows = Awaited<ReturnType<typeof flowsOf>>

/** What is told is an estimate anyway: payouts are held back by what is true when they are planned. */
const FRESH_MS = 3_000

/** The same for all who ask within a moment. */
export function flowReader({ sql }: Pick<Api, "sql">): (chain: ChainName) => Promise<Flows> {
  const known = new Map<ChainName, { readonly atMs: number; readonly flows: Promise<Flows> }>()
  return (chain) => {
    const now = performance.now()
    const last = known.get(chain)
    if (last && now - last.atMs < FRESH_MS) return last.flows
    const flows = flowsOf(sql, chain)
    known.set(chain, { atMs: now, flows })
    // What failed is no answer for others.
    flows.catch(() => known.delete(chain))
    return flows
  }
}
