// What a transfer is owed, derived from the transfer alone; every signer derives it again for itself.

import { assert } from "./assert.ts"
import { ASSETS, type AssetName, type ChainName } from "./assets.ts"
import type { TransferId } from "./ids.ts"
import type { Transfer } from "./transfer.ts"

export interface Payout {
  readonly transfer: TransferId
  readonly chain: ChainName
  readonly asset: AssetName
  readonly recipient: string
  /** Base units that arrive. */
  readonly amount: bigint
  /** Base units that we keep. */
  readonly fee: bigint
  readonly refund: boolean
  readonly forward: Readonly<Record<string, string>>
}

/** What `payoutOf` reads: a transfer without its progress. */
type Owed = Omit<Transfer, "state" | "version" | "slot" | "plan" | "transaction" | "reason">

/** Whether somebody is named to be paid, and something is left for them after the fee. */
export function isPayable({ refund, recipient, refundTo, amount, fee }: Owed): boolean {
  return (refund ? refundTo !== "" : recipient !== null) && amount > fee
}

/** The one payout of a transfer: its recipient on the target chain, or its sender for a refund. */
export function payoutOf(transfer: Owed): Payout {
  const recipient = transfer.refund ? transfer.refundTo : transfer.recipient
  const chain = transfer.refund ? transfer.source : transfer.target
  const amount = transfer.amount - transfer.fee
  assert(recipient !== null, "a payout has a recipient")
  assert(amount > 0n, "a payout pays something")
  const { home, wrapped } = ASSETS[transfer.asset]
  assert(chain === wrapped.ledger || chain === home, "a payout goes to its ledger or home")
  return {
    transfer: transfer.id,
    chain,
    asset: transfer.asset,
    recipient,
    amount,
    fee: transfer.fee,
    refund: transfer.refund,
    forward: transfer.refund ? {} : transfer.forward,
  }
}
