// What a transaction pays the miners: rates in satoshi for 1,000 virtual bytes, their floor and their cap. Pure.

import { vsizeOf } from "./transaction.ts"

/** Less is not relayed reliably: 1.5 sat/vB. */
export const RATE_MIN = 1_500n
/** More is never offered: 500 sat/vB. */
export const RATE_MAX = 500_000n
/** Up to 5 sat/vB an hour is cheap: a time to bring coins together, and to move what can wait. */
export const CHEAP = 5_000n
/** What a replacement pays above the one that it replaces, for its own size (BIP125, rule 4): 1 sat/vB. */
export const RATE_STEP = 1_000n

/** The fee of a transaction, satoshi, rounded up. */
export function feeOf(weight: number, rate: bigint): bigint {
  return (BigInt(vsizeOf(weight)) * rate + 999n) / 1_000n
}

/** The least fee of a replacement: that of the replaced, and `RATE_STEP` for its own size (BIP125, rules 3 and 4). */
export function replacementFee(weight: number, replaced: bigint): bigint {
  return replaced + feeOf(weight, RATE_STEP)
}

/**
 * The rate to pay: what most of the nodes estimate, from `RATE_MIN` to `RATE_MAX`. A node that has seen too
 * little says null: with nothing to go by, as in an empty mempool, it is the floor.
 */
export function rateFrom(estimates: readonly (bigint | null)[]): bigint {
  const known = estimates.filter((rate) => rate !== null).sort((a, b) => (a < b ? -1 : 1))
  // Of two the greater one: too little would wait, too much costs little.
  const middle = known[known.length >> 1] ?? RATE_MIN
  return middle < RATE_MIN ? RATE_MIN : middle > RATE_MAX ? RATE_MAX : middle
}
