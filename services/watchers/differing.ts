// Payouts that a chain states otherwise than they are owed: the group's key made them, and no plan of ours did.

import type { Settlement } from "../../chains/chain.ts"
import { isAsOwed, type PaidOut } from "../../chains/match.ts"
import type { TransferId } from "../../core/ids.ts"
import { isPayable, type Payout, payoutOf } from "../../core/payout.ts"
import { limitsOf, type Policy } from "../../core/policy.ts"
import type { Transfer } from "../../core/transfer.ts"
import type { StoredTransfer } from "../store/transfers.ts"

export interface Differing {
  readonly transfer: TransferId
  readonly transaction: string
  readonly paid: PaidOut
  /** Null: nothing is owed on that chain. */
  readonly owed: Payout | null
}

export interface Comparison {
  readonly policy: Policy
  readonly chain: string
  /** Books from a backup may not know yet that it was sent back. */
  readonly isRecovered: boolean
}

/** Of a settlement of known transfers: what it paid to somebody else, of something else, or too much or too little of. */
export function differingIn(
  { transaction, transfers, outcome, slot, paid }: Settlement,
  known: ReadonlyMap<TransferId, StoredTransfer>,
  comparison: Comparison,
): readonly Differing[] {
  if (outcome !== "paid" || slot !== undefined || paid === undefined) return []
  return transfers.flatMap((id, place) => {
    const transfer = known.get(id)
    const one = paid[place]
    // A second payout of what is paid stops everything, whatever it pays.
    if (!transfer || !one || transfer.state === "paid") return []
    const owed = owedHere(transfer, comparison)
    return owed && isAsOwed(one, owed) ? [] : [{ transfer: id, transaction, paid: one, owed }]
  })
}

function owedHere(transfer: StoredTransfer, { policy, chain, isRecovered }: Comparison) {
  // What the books know to be signed elsewhere is paid there.
  const isBack = isRecovered && transfer.source === chain && transfer.state !== "sent"
  const now = isBack ? goingBack(policy, transfer) : transfer
  if (!isPayable(now)) return null
  const owed = payoutOf(now)
  return owed.chain === chain ? owed : null
}

/** As operators would have sent it back. */
export function goingBack<T extends Transfer>(policy: Policy, transfer: T): T {
  if (transfer.refund) return transfer
  return { ...transfer, refund: true, fee: limitsOf(policy, transfer)?.refundFee ?? 0n }
}
