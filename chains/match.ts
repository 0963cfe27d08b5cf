// Which payouts the outputs of a transaction are: each output is one payout at most, and each payout one output. Pure.

/** What is paid, and to whom. */
export interface Paid {
  readonly recipient: string
  /** Satoshi. */
  readonly amount: bigint
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
