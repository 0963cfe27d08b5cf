// Whose claims must wait: who may have no rewards any more, though an epoch that was closed before has a claim of theirs.

import type { RewardEvent } from "./event.ts"
import type { Given } from "./payable.ts"

/**
 * Accounts that are rejected or blocked by the last word about them, and were not said to be before `sinceS`, in the order
 * of their names. Events in their order.
 */
export function barredSince(events: Iterable<RewardEvent>, sinceS: number): readonly string[] {
  const since = new Map<string, number>()
  for (const event of events) {
    if (event.kind !== "standing" || event.epoch !== null) continue
    const isBarred = event.action === "reject" || event.action === "block"
    if (!isBarred) since.delete(event.account)
    else if (!since.has(event.account)) since.set(event.account, event.atS)
  }
  const fresh = [...since].filter(([, atS]) => atS >= sinceS)
  return fresh.map(([account]) => account).sort()
}

/** Of these accounts, those that an epoch has a claim for. */
export function claimantsOf({ rows }: Pick<Given, "rows">, accounts: Iterable<string>): string[] {
  const wanted = new Set(accounts)
  return rows.flatMap(({ account, index }) =>
    index !== null && wanted.has(account) ? [account] : [],
  )
}
