// New shares of the same key without a dealer who knows it: refresh, and change of committee.
//
// Nobody knows the order that shares are taken modulo, so all of this is done over the integers
// (Frankel, Gemmell, MacKenzie, Yung 1997; Rabin 1998), with Feldman commitments to the
// verification base. Blinding exceeds what it hides by 128 bits.

import { assert } from "../../../core/assert.ts"
import { blame, oneOfEach, type Size, sizeAfter } from "../group.ts"
import {
  bitLength,
  evaluate,
  factorial,
  interpolation,
  randomBits,
  toBytes,
  toInteger,
} from "../integers.ts"
import { productOfPowers, type SecretPower, type Term } from "../modexp.ts"
import type { Dealing, Dealt, Index, Renewal } from "../scheme.ts"
import {
  delta,
  MODULUS_BITS,
  MODULUS_BYTES,
  type RsaKey,
  rsaKey,
  verificationValue,
} from "./key.ts"
import { checkShare, powerOfShare } from "./partial.ts"
import { decodeShare, encodeShare } from "./share.ts"

const HIDING_BITS = 128

/**
 * One dealer's part. Refresh: a polynomial that is zero at zero. Reshare: one whose constant is this
 * dealer's weighted share.
 *
 * Every coefficient is a multiple of the new group's delta. Without that factor the share of party j
 * would give away the constant modulo j (or, in a refresh, the old share modulo j).
 */
export function dealRenewal(
  power: SecretPower,
  key: RsaKey,
  index: Index,
  share: bigint,
  renewal: Renewal,
): Dealing {
  const next = termsOf(key, renewal)
  const place = renewal.dealers.indexOf(index)
  assert(place >= 0, "this party is among the dealers")
  const factor = factorial(next.parties)
  const bits = MODULUS_BITS + HIDING_BITS + bitLength(next.multiplier) + bitLength(factor)
  const random = Array.from({ length: next.threshold - 1 }, () => factor * randomBits(bits))
  const constant = renewal.kind === "refresh" ? 0n : factor * next.weights[place]! * share
  const committed = renewal.kind === "refresh" ? random : [constant, ...random]
  return {
    from: index,
    commitments: committed.map((coefficient) =>
      toBytes(powerOfShare(power, key.verificationBase, coefficient), MODULUS_BYTES),
    ),
    shares: new Map(
      Array.from({ length: next.parties }, (_, at) => [
        at + 1,
        encodeShare(evaluate([constant, ...random], BigInt(at + 1))),
      ]),
    ),
  }
}

export interface Renewed {
  readonly key: RsaKey
  readonly share: bigint
}

/**
 * A receiver's new share and key. `old` is its own share in a refresh, zero for a newcomer of a
 * reshare. Throws `bad-dealing` with `from`, the dealer to blame, and the reason.
 */
export function acceptRenewal(
  power: SecretPower,
  key: RsaKey,
  index: Index,
  old: bigint,
  renewal: Renewal,
  dealings: readonly Dealt[],
): Renewed {
  const renewed = renewKey(key, renewal, dealings)
  const limit = dealtBitsMax(key, renewed)
  let share = renewal.kind === "refresh" ? old : 0n
  for (const { from, commitments, share: bytes } of dealings) {
    const dealt = dealtShare(from, bytes)
    if (bitLength(dealt) > limit) blame(from, "the share is out of range")
    const expected = atIndex(key, renewal, commitments.map(toInteger), index)
    if (dealt === 0n || powerOfShare(power, key.verificationBase, dealt) !== expected) {
      blame(from, "the share does not match the commitments")
    }
    share += dealt
  }
  checkShare(power, renewed, index, share)
  return { key: renewed, share }
}

/** The public part of a renewal, for those who hold no share too; checks all but the shares. */
export function renewKey(
  key: RsaKey,
  renewal: Renewal,
  dealings: readonly Pick<Dealt, "from" | "commitments">[],
): RsaKey {
  const next = termsOf(key, renewal)
  const committed = oneOfEach(renewal.dealers, dealings).map((dealing, place) =>
    checkedCommitments(key, renewal, next, dealing, place),
  )
  const values = Array.from({ length: next.parties }, (_, at) => {
    const factors = committed.map((commitments) => atIndex(key, renewal, commitments, at + 1))
    const start = renewal.kind === "refresh" ? verificationValue(key, at + 1) : 1n
    return factors.reduce((product, factor) => (product * factor) % key.modulus, start)
  })
  return rsaKey({
    primes: key.primes,
    epoch: key.epoch + 1,
    threshold: next.threshold,
    parties: next.parties,
    modulus: key.modulus,
    multiplier: next.multiplier,
    verificationBase: key.verificationBase,
    verificationValues: values,
  })
}

/**
 * Whether a share is what its dealer committed to for `index`: for those who settle a dispute over it, so
 * that it is public by now. In variable time.
 */
export function isDealtBy(
  key: RsaKey,
  renewal: Renewal,
  { from, commitments }: Pick<Dealt, "from" | "commitments">,
  index: Index,
  bytes: Uint8Array,
): boolean {
  const place = renewal.dealers.indexOf(from)
  const next = termsOf(key, renewal)
  const values = checkedCommitments(key, renewal, next, { from, commitments }, place)
  const longest = dealtBitsMax(key, next)
  return isPower(key, bytes, atIndex(key, renewal, values, index), longest)
}

/** The same of a share that a dealer of the whole key sent. */
export function isShareOf(key: RsaKey, index: Index, bytes: Uint8Array): boolean {
  return isPower(key, bytes, verificationValue(key, index), Number.POSITIVE_INFINITY)
}

/** By the rules of a receiver, or a dealer could make one complain of what others find right. */
function isPower(key: RsaKey, bytes: Uint8Array, expected: bigint, bitsMax: number): boolean {
  try {
    const share = decodeShare(bytes)
    if (share === 0n || bitLength(share) > bitsMax) return false
    const term = { base: key.verificationBase, exponent: share }
    return productOfPowers([term], key.modulus) === expected
  } catch {
    return false
  }
}

interface Terms extends Size {
  readonly multiplier: bigint
  /** Of each dealer of a reshare, in order. */
  readonly weights: readonly bigint[]
}

/** What a renewal leads to; refuses one that could not work or would hand the key to too few. */
function termsOf(key: RsaKey, renewal: Renewal): Terms {
  const size = sizeAfter(key, renewal)
  if (renewal.kind === "refresh") return { ...size, multiplier: key.multiplier, weights: [] }
  const { weights, scale } = interpolation(key.parties, renewal.dealers)
  return { ...size, multiplier: key.multiplier * scale * factorial(size.parties), weights }
}

function checkedCommitments(
  key: RsaKey,
  renewal: Renewal,
  next: Terms,
  { from, commitments }: Pick<Dealt, "from" | "commitments">,
  place: number,
): readonly bigint[] {
  // One more would silently raise the threshold.
  const count = renewal.kind === "refresh" ? next.threshold - 1 : next.threshold
  if (commitments.length !== count) blame(from, `${commitments.length} commitments, not ${count}`)
  if (commitments.some(({ length }) => length !== MODULUS_BYTES)) blame(from, "a length is wrong")
  const values = commitments.map(toInteger)
  if (values.some((value) => value <= 1n || value >= key.modulus - 1n)) {
    blame(from, "a commitment is out of range")
  }
  if (renewal.kind === "reshare") {
    const exponent = factorial(next.parties) * next.weights[place]!
    const constant = productOfPowers(
      [{ base: verificationValue(key, from), exponent }],
      key.modulus,
    )
    if (values[0] !== constant) blame(from, "the constant is not this dealer's share")
  }
  return values
}

/** What the commitments say of a receiver's share: base^(polynomial at index). */
function atIndex(
  key: RsaKey,
  renewal: Renewal,
  commitments: readonly bigint[],
  index: Index,
): bigint {
  const first = renewal.kind === "refresh" ? 1 : 0
  const terms: Term[] = commitments.map((base, at) => ({
    base,
    exponent: BigInt(index) ** BigInt(at + first),
  }))
  const value = productOfPowers(terms, key.modulus)
  assert(value !== null, "no exponent is negative")
  return value
}

/** An honest dealing is far shorter; a longer one would slow every later signature. */
function dealtBitsMax(key: RsaKey, next: Pick<RsaKey, "multiplier" | "parties">): number {
  const factors = bitLength(delta(key)) + bitLength(delta(next))
  return MODULUS_BITS + 2 * HIDING_BITS + bitLength(next.multiplier) + 4 * factors
}

function dealtShare(from: Index, bytes: Uint8Array): bigint {
  try {
    return decodeShare(bytes)
  } catch {
    blame(from, "the share is malformed")
  }
}
