// Which transactions of the mempool the next block takes: those that pay most, with what they need.

import { WEIGHT_MAX } from "./block.ts"
import type { Entry, Mempool } from "./mempool.ts"

/** Room that a miner leaves for header and coinbase. */
const RESERVED = 8_000

/**
 * By the fee rate of each transaction together with all that waits before it, highest first. What is
 * spent stands before what spends it. What is in `omit` stays, and what spends it.
 */
export function chosenFrom(mempool: Mempool, omit: ReadonlySet<string> = new Set()): Entry[] {
  const held = new Set([...omit].flatMap((id) => [...mempool.descendantsOf(id)]))
  const packages = mempool
    .entries()
    .filter(({ tx }) => !held.has(tx.id))
    .map((entry) => {
      const ids = [...mempool.ancestorsOf(entry.tx), entry.tx.id]
      const { fee, vsize } = mempool.totalsOf(ids)
      return { ids, rate: Number(fee) / vsize }
    })
    .sort((a, b) => b.rate - a.rate)
  const place = new Map(mempool.ids().map((id, index) => [id, index]))
  const chosen = new Map<string, Entry>()
  let weight = RESERVED
  for (const { ids } of packages) {
    // The mempool is in order already: what is spent came first.
    const missing = ids
      .filter((id) => !chosen.has(id))
      .sort((a, b) => place.get(a)! - place.get(b)!)
      .map((id) => mempool.find(id)!)
    const more = missing.reduce((sum, { tx }) => sum + tx.weight, 0)
    if (weight + more > WEIGHT_MAX) continue
    weight += more
    for (const entry of missing) chosen.set(entry.tx.id, entry)
  }
  return [...chosen.values()]
}
