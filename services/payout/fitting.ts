// Payouts that wait for coins do not keep smaller ones waiting; not for long, or the smaller ones would take the coins for ever.

import { BridgeError } from "../../core/errors.ts"
import type { StoredTransfer } from "../store/transfers.ts"

/** How long others go before one for which the coins do not suffice, milliseconds. */
export const OVERTAKEN_MAX_MS = 3_600_000

/**
 * What `plan` makes of all of them, or else of the smaller half, and so on. Throws the `not-yet` of the first try
 * when not even the smallest fits, or when one that would be left out has waited longer than others may go before it.
 */
export async function planFitting<T>(
  transfers: readonly StoredTransfer[],
  nowMs: number,
  plan: (some: readonly StoredTransfer[]) => Promise<T>,
): Promise<T> {
  const bySize = [...transfers].sort(
    (a, b) => Number(a.amount > b.amount) - Number(a.amount < b.amount),
  )
  let first: unknown = null
  for (let count = transfers.length; count > 0; count = Math.floor(count / 2)) {
    const some = count === transfers.length ? transfers : bySize.slice(0, count)
    const isLate = bySize
      .slice(count)
      .some(({ changedAt }) => nowMs - changedAt.getTime() > OVERTAKEN_MAX_MS)
    if (isLate) break
    try {
      return await plan(some)
    } catch (error) {
      if (!(error instanceof BridgeError) || error.code !== "not-yet") throw error
      first ??= error
    }
  }
  throw first
}
