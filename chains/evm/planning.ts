// What a vault's approval is planned on, what a signer demands of it, and what became of it. Pure.

import { BridgeError } from "../../core/errors.ts"
import type { TransferId } from "../../core/ids.ts"
import type { Fate, Terms } from "../chain.ts"

/** `key`: the one that the vault obeys; `vault`: named when it is not the bridge's first. */
export function approvalTerms(attempt: number, key: string, vault: string | null): Terms {
  return { attempt: attempt.toString(), key, ...(vault !== null && { vault }) }
}

/**
 * A signer's own look at the numbers of a plan in the vault: no approval holds what is paid. Throws `signer-refused`.
 * `used`: in the order of `transfers`.
 */
export function demandUnpaid(transfers: readonly TransferId[], used: readonly boolean[]): void {
  const paid = transfers.find((_, at) => used[at])
  if (paid !== undefined)
    throw new BridgeError("signer-refused", {
      reason: "not so: the vault has not paid it yet",
      transfer: paid,
    })
}

/**
 * The vault keeps every number that it has paid; one that it has not paid can be paid at any time, unless the approval is
 * good no more: by a key that the vault does not obey, or for a former vault that has closed the token.
 */
export function fateIn(used: readonly boolean[], isGood: boolean): Fate {
  if (used.every((is) => is)) return "landed"
  return isGood || used.some((is) => is) ? "open" : "dead"
}
