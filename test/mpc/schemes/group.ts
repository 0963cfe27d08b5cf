// A dealt key of the throw-away primes, with the arithmetic of its holders at hand.

import { toInteger } from "../../../mpc/schemes/integers.ts"
import { type SecretPower, secretPower } from "../../../mpc/schemes/modexp.ts"
import { encodeMessage } from "../../../mpc/schemes/pss.ts"
import type { Partial } from "../../../mpc/schemes/rsa/combine.ts"
import { deal, type NewKey } from "../../../mpc/schemes/rsa/deal.ts"
import type { RsaKey } from "../../../mpc/schemes/rsa/key.ts"
import { partialMaker } from "../../../mpc/schemes/rsa/partial.ts"
import { decodeShare } from "../../../mpc/schemes/rsa/share.ts"
import { SAFE_PRIMES } from "../../fixtures/rsa-primes.ts"

export interface Group {
  readonly key: RsaKey
  /** Of party i at place i - 1. */
  readonly shares: readonly bigint[]
}

export const power: SecretPower = secretPower(SAFE_PRIMES.p * SAFE_PRIMES.q)

export const message = new Uint8Array(48).fill(7)

/** Dealing takes a second, so a file deals each size of group once. */
export function aGroup(threshold = 3, parties = 5): Group {
  const size = `${threshold} of ${parties}`
  const { key, shares } = dealt.get(size) ?? deal(SAFE_PRIMES, threshold, parties)
  dealt.set(size, { key, shares })
  return { key, shares: shares.map(decodeShare) }
}

const dealt = new Map<string, NewKey>()

export function encodedFor(key: RsaKey, text = message): bigint {
  return toInteger(encodeMessage(key.publicKey, text))
}

export function partialsOf(group: Group, indices: readonly number[], text = message): Partial[] {
  const encoded = encodeMessage(group.key.publicKey, text)
  return indices.map((index) => {
    const value = partialMaker(power, group.key, group.shares[index - 1]!)(encoded)
    return { index, value: toInteger(value) }
  })
}

/** All ways to pick `count` of 1 to `parties`. */
export function quorums(parties: number, count: number, first = 1): number[][] {
  if (count === 0) return [[]]
  const heads = Array.from({ length: parties - first + 1 }, (_, at) => first + at)
  return heads.flatMap((head) => quorums(parties, count - 1, head + 1).map((q) => [head, ...q]))
}
