// Partials into a signature, and the search for the partial that spoils one. Public values only.

import { assert } from "../../../core/assert.ts"
import { interpolation, inverse } from "../integers.ts"
import { productOfPowers } from "../modexp.ts"
import type { Index } from "../scheme.ts"
import { delta, PUBLIC_EXPONENT, type RsaKey } from "./key.ts"

/** The numbers of a key that combining needs. */
export type CombiningKey = Pick<RsaKey, "modulus" | "multiplier" | "threshold" | "parties"> & {
  readonly publicExponent?: bigint
}

export interface Partial {
  readonly index: Index
  readonly value: bigint
}

/**
 * The signature y of `encoded` from exactly `threshold` partials of distinct parties, or null when
 * they do not make one (Shoup 2000 §3.1). All quorums make the same y, the only root there is.
 *
 * With partials x^(2 * delta * share) and the whole Lagrange weights of the quorum,
 * w = product of partial^(2 * weight) satisfies w^e = x^f for f = 4 * delta * scale * multiplier.
 * With a * f + b * e = 1, y = w^a * x^b is the root: y^e = x. Shoup takes delta for the scale;
 * the smallest scale of the quorum gives the same y from much shorter exponents.
 */
export function combine(
  key: CombiningKey,
  encoded: bigint,
  partials: readonly Partial[],
): bigint | null {
  const { modulus, publicExponent: e = PUBLIC_EXPONENT } = key
  const quorum = checkedQuorum(key, partials)
  if (partials.some(({ value }) => value <= 1n || value >= modulus - 1n)) return null
  const { weights, scale } = interpolation(key.parties, quorum)
  const f = 4n * delta(key) * scale * key.multiplier
  const a = inverse(f, e)
  assert(a !== null, "the public exponent is prime to all that combining divides by")
  const b = (1n - a * f) / e
  const signature = productOfPowers(
    [
      ...partials.map(({ value }, place) => ({ base: value, exponent: 2n * weights[place]! * a })),
      { base: encoded, exponent: b },
    ],
    modulus,
  )
  if (signature === null) return null
  const back = productOfPowers([{ base: signature, exponent: e }], modulus)
  return back === encoded ? signature : null
}

export interface Combined {
  readonly signature: bigint | null
  readonly cheaters: readonly Index[]
}

/** Subsets that the search tries at most; 7 of 10 has 120, about a third of a second of arithmetic. */
const TRIES_MAX = 400

/**
 * A signature from `threshold` partials or more. When the first `threshold` fail, other subsets are tried
 * until one makes a signature; then each partial left out is tested in its place, so all wrong ones
 * are named. Groups with more subsets than `TRIES_MAX` need proofs instead (proof.ts).
 */
export function combineAny(
  key: CombiningKey,
  encoded: bigint,
  partials: readonly Partial[],
): Combined {
  let tries = 0
  for (const subset of subsetsOf(partials, key.threshold)) {
    const signature = combine(key, encoded, subset)
    if (signature !== null) {
      const cheaters = tries === 0 ? [] : wrongAmong(key, encoded, partials, subset)
      return { signature, cheaters }
    }
    tries += 1
    if (tries === TRIES_MAX) break
  }
  return { signature: null, cheaters: [] }
}

function wrongAmong(
  key: CombiningKey,
  encoded: bigint,
  partials: readonly Partial[],
  good: readonly Partial[],
): readonly Index[] {
  return partials
    .filter((partial) => !good.includes(partial))
    .filter((partial) => combine(key, encoded, [partial, ...good.slice(1)]) === null)
    .map(({ index }) => index)
}

/** All ways to pick `count` items in order, the first ones first. */
function* subsetsOf<Item>(items: readonly Item[], count: number): Generator<readonly Item[]> {
  if (count === 0) yield []
  for (let at = 0; count > 0 && at <= items.length - count; at += 1) {
    for (const rest of subsetsOf(items.slice(at + 1), count - 1)) yield [items[at]!, ...rest]
  }
}

function checkedQuorum(key: CombiningKey, partials: readonly Partial[]): readonly Index[] {
  const quorum = partials.map(({ index }) => index)
  assert(quorum.length === key.threshold, "a signature takes exactly the threshold of partials")
  assert(new Set(quorum).size === quorum.length, "each partial is of another party")
  assert(
    quorum.every((index) => Number.isInteger(index) && index >= 1 && index <= key.parties),
    "each partial is of a member of the group",
  )
  return quorum
}
