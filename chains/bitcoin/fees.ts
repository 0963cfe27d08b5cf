// What a transaction pays the miners: rates in satoshi for 1,000 virtual bytes, their floor and their cap. Pure.

import { vsizeOf } from "./transaction.ts"

/** Less is not relayed reliably: 1.5 sat/vB. */
export const RATE_MIN = 1_500n
/** More is never offered: 500 sat/vB. */
export const RATE_MAX = 500_000n
/** What a replacement pays above the one that it replaces, for its own size (BIP125, rule 4): 1 sat/vB. */
export const RATE_STEP = 1_000n

/** The fee of a transaction, satoshi, rounded up. */
export function feeOf(weight: number, rate: bigint): bigint {
  return (BigInt(vsizeOf(weight)) * rate + 999n) / 1_000n
}
