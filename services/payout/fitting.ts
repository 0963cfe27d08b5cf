// Payouts that wait for coins do not keep smaller ones waiting; not for long, or the smaller ones would take the coins for ever.

import { BridgeError } from "../../core/errors.ts"
import type { StoredTransfer } from "../store/transfers.ts"
import { triesOf } from "./batching.ts"

/**
 * What `plan` makes of all of them, or else of the smaller half, and so on (`triesOf`). Throws the `not-yet` of the first
 * try when not even the smallest fits, or when one that would be left out has waited longer than others may go before it.
 */
export async function planFitting<T>(
  transfers: readonly StoredTransfer[],
  nowMs: number,
  plan: (some: readonly StoredTransfer[]) => Promise<T>,
): Promise<T> {
  let first: unknown = null
  for (const some of triesOf(transfers, ({ changedAt }) => changedAt.getTime(), nowMs)) {
    try {
      return await plan(some)
    } catch (error) {
      if (!(error instanceof BridgeError) || error.code !== "not-yet") throw error
      first ??= error
    }
  }
  throw first
}
