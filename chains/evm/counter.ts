// Deposits have numbers without gaps, so that one which everybody leaves out is missed all the same. Pure.

import { BridgeError } from "../../core/errors.ts"
import type { ProvenBlock, ProvenLog } from "./reader.ts"

/** How a contract counts its logs of one kind. */
export interface Counter {
  /** The number of a log, from 1; null for a log of another kind. */
  numberOf(log: ProvenLog): bigint | null
  /** Calldata that asks the contract for its count, and the count in the answer. */
  readonly input: string
  countIn(answer: string): bigint
}

/**
 * The count after `blocks`. `before` and `after` are the contract's own counts in the states around them,
 * null where nobody would say. Throws `rpc-disagrees` when a number is missing or comes twice.
 */
export function countedIn(
  counter: Counter,
  blocks: readonly ProvenBlock[],
  before: bigint | null,
  after: bigint | null,
): bigint | null {
  const missed = (height: number | null, wanted: bigint, found: bigint) =>
    new BridgeError("rpc-disagrees", {
      ...(height !== null && { height }),
      ...{ wanted, found, why: "the numbers of the deposits have a gap: logs are withheld" },
    })
  let count = before
  for (const { height, logs } of blocks)
    for (const log of logs) {
      const number = counter.numberOf(log)
      if (number === null) continue
      if (count !== null && number !== count + 1n) throw missed(height, count + 1n, number)
      count = number
    }
  if (count !== null && after !== null && count !== after) throw missed(null, after, count)
  return after ?? count
}
