// Which payouts the outputs of a transaction are: each output is one payout at most, and each payout one output. Pure.

import type { AssetName } from "../core/assets.ts"
import type { Payout } from "../core/payout.ts"

/** What is paid, and to whom. */
export interface Paid {
  readonly recipient: string
  /** Base units. */
  readonly amount: bigint
}

/** The same as a chain states it of one payout; `asset` where it carries more than one. */
export interface PaidOut extends Paid {
  readonly asset?: AssetName | undefined
}

export interface Matched<Owed extends Paid> {
  /** Those of `owed` that are paid; of equal ones the first. */
  readonly paid: readonly Owed[]
  /** What is paid to somebody who is not owed it. */
  readonly beyond: readonly Paid[]
}

/**
 * Payouts of one recipient and amount are as good as each other: which output is whose makes no difference
 * to anybody, so that the order of both lists decides.
 */
export function matched<Owed extends Paid>(
  outputs: readonly Paid[],
  owed: readonly Owed[],
): Matched<Owed> {
  const left = [...owed]
  const paid: Owed[] = []
  const beyond: Paid[] = []
  for (const output of outputs) {
    const place = left.findIndex(
      ({ recipient, amount }) => recipient === output.recipient && amount === output.amount,
    )
    if (place < 0) beyond.push(output)
    else paid.push(...left.splice(place, 1))
  }
  return { paid, beyond }
}

/** Whether a payout was made as it is owed: to whom, how much and of what. Both name the recipient canonically. */
export function isAsOwed(paid: PaidOut, { recipient, amount, asset }: Payout): boolean {
  return (
    paid.recipient === recipient &&
    paid.amount === amount &&
    (paid.asset === undefined || paid.asset === asset)
  )
}
