// The list of a quorum's nonce commitments, which a coordinator collects and nobody believes.

import { BridgeError } from "../../../core/errors.ts"
import { isMember, type Size } from "../group.ts"
import type { Contribution } from "../scheme.ts"
import type { Committed } from "./core.ts"
import { POINT_BYTES } from "./curve.ts"
import { readPoint } from "./sums.ts"

/** A party's round-one contribution, read; null for what `commitTo` does not make, to the byte. */
export function committed({ from, bytes }: Contribution): Committed | null {
  if (bytes.length !== 2 * POINT_BYTES) return null
  const hiding = readPoint(bytes.subarray(0, POINT_BYTES))
  const binding = readPoint(bytes.subarray(POINT_BYTES))
  return hiding && binding ? { from, bytes, hiding, binding } : null
}

/**
 * The list of a signing, checked as the library does not: exactly the threshold, members only, sorted
 * and so without repetition, every point canonical. Throws `bad-request`, with `from` where one party
 * is at fault.
 */
export function committedList(key: Size, commitments: readonly Contribution[]): Committed[] {
  if (commitments.length !== key.threshold) {
    refuse("commitments are not of exactly the threshold", { have: commitments.length })
  }
  return commitments.map((contribution, place) => {
    const { from } = contribution
    if (!isMember(key, from)) refuse("a commitment is of nobody in the group", { from })
    if (place > 0 && commitments[place - 1]!.from >= from) {
      refuse("commitments are not of distinct parties in their order", { from })
    }
    return committed(contribution) ?? refuse("a commitment is not two points", { from })
  })
}

function refuse(reason: string, detail: Record<string, unknown>): never {
  throw new BridgeError("bad-request", { reason, ...detail })
}
