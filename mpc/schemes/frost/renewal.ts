// New shares of the same key without a dealer who knows it: refresh, and change of committee.
//
// Each dealer shares a secret of its own, zero for a refresh and its weighted share for a change of
// committee, and commits to the polynomial (Herzberg, Jarecki, Krawczyk, Yung 1995; Desmedt,
// Jajodia 1997, with Feldman's commitments).

import { assert } from "../../../core/assert.ts"
import { blame, oneOfEach, type Size, sizeAfter } from "../group.ts"
import type { Dealing, Dealt, Index, Renewal } from "../scheme.ts"
import {
  committedAt,
  Point,
  pointFrom,
  randomScalar,
  Scalars,
  scalarFrom,
  timesBase,
  valueAt,
  weightOf,
} from "./curve.ts"
import { encodeKey, type FrostKey, frostKey, hashOf, pointsOf, verifyingShare } from "./key.ts"
import { encodeShare, matches } from "./share.ts"

/** One dealer's part; throws as `sizeAfter` does. */
export function dealRenewal(key: FrostKey, index: Index, share: bigint, renewal: Renewal): Dealing {
  const { threshold, parties } = sizeAfter(key, renewal)
  assert(renewal.dealers.includes(index), "this party is among the dealers")
  const constant =
    renewal.kind === "refresh" ? 0n : Scalars.mul(weightOf(index, renewal.dealers), share)
  const random = Array.from({ length: threshold - 1 }, randomScalar)
  const committed = renewal.kind === "refresh" ? random : [constant, ...random]
  return {
    from: index,
    commitments: committed.map((coefficient) => timesBase(coefficient).toBytes()),
    shares: new Map(
      Array.from({ length: parties }, (_, place) => [
        place + 1,
        encodeShare(valueAt([constant, ...random], place + 1)),
      ]),
    ),
  }
}

export interface Renewed {
  readonly key: FrostKey
  readonly share: bigint
}

/**
 * A receiver's new share and key. `old` is its own share in a refresh, zero for a newcomer of a
 * reshare. Throws `bad-dealing` with `from`, the dealer to blame, and the reason.
 */
export function acceptRenewal(
  key: FrostKey,
  index: Index,
  old: bigint,
  renewal: Renewal,
  dealings: readonly Dealt[],
): Renewed {
  const { renewed, polynomials } = publicPart(key, renewal, dealings)
  let share = renewal.kind === "refresh" ? old : 0n
  for (const [place, { from, share: bytes }] of oneOfEach(renewal.dealers, dealings).entries()) {
    const dealt = scalarFrom(bytes)
    if (dealt === null) blame(from, "the share is malformed")
    if (!matches(dealt, committedAt(polynomials[place]!, index))) {
      blame(from, "the share does not match the commitments")
    }
    share = Scalars.add(share, dealt)
  }
  assert(matches(share, verifyingShare(renewed, index)), "the new share is the new key's")
  return { key: renewed, share }
}

/** Whether a share is what its dealer committed to for `index`: for those who settle a dispute over it. */
export function isDealtIn(
  key: FrostKey,
  renewal: Renewal,
  dealing: Pick<Dealt, "from" | "commitments">,
  index: Index,
  bytes: Uint8Array,
): boolean {
  const share = scalarFrom(bytes)
  const points = polynomialOf(key, renewal, sizeAfter(key, renewal), dealing)
  return share !== null && matches(share, committedAt(points, index))
}

/** The public part of a renewal, for those who hold no share too; checks all but the shares. */
export function renewKey(
  key: FrostKey,
  renewal: Renewal,
  dealings: readonly Pick<Dealt, "from" | "commitments">[],
): FrostKey {
  return publicPart(key, renewal, dealings).renewed
}

function publicPart(
  key: FrostKey,
  renewal: Renewal,
  dealings: readonly Pick<Dealt, "from" | "commitments">[],
) {
  const size = sizeAfter(key, renewal)
  const ordered = oneOfEach(renewal.dealers, dealings)
  const polynomials = ordered.map((dealing) => polynomialOf(key, renewal, size, dealing))
  const before = renewal.kind === "refresh" ? pointsOf(key.commitments) : null
  const sums = Array.from({ length: size.threshold }, (_, at) =>
    polynomials.reduce((sum, points) => sum.add(points[at]!), before?.[at] ?? Point.ZERO),
  )
  // The weighted shares interpolate the old key, and in a refresh nothing was added to it.
  assert(Buffer.from(sums[0]!.toBytes()).equals(key.commitments[0]!), "the public key stays")
  const renewed = frostKey({
    scheme: key.scheme,
    epoch: key.epoch + 1,
    ...size,
    internalKey: key.internalKey,
    commitments: sums.map((point) => point.toBytes()),
    history: historyOf(key, renewal, ordered),
  })
  return { renewed, polynomials }
}

/** The commitments of one dealing as a whole polynomial, its constant included. */
function polynomialOf(
  key: FrostKey,
  renewal: Renewal,
  { threshold }: Size,
  { from, commitments }: Pick<Dealt, "from" | "commitments">,
): readonly Point[] {
  // One more would silently raise the threshold.
  const count = renewal.kind === "refresh" ? threshold - 1 : threshold
  if (commitments.length !== count) blame(from, `${commitments.length} commitments, not ${count}`)
  const points = commitments.map(
    (bytes) => pointFrom(bytes) ?? blame(from, "a commitment is not a point"),
  )
  if (renewal.kind === "refresh") return [Point.ZERO, ...points]
  const constant = verifyingShare(key, from).multiplyUnsafe(weightOf(from, renewal.dealers))
  if (!points[0]!.equals(constant)) blame(from, "the constant is not this dealer's share")
  return points
}

/** All who took part in the same renewals of the same key, and nobody else, have this hash. */
function historyOf(
  key: FrostKey,
  renewal: Renewal,
  dealings: readonly Pick<Dealt, "from" | "commitments">[],
): Uint8Array {
  const sorted = [...dealings].sort((a, b) => a.from - b.from)
  const dealers = Buffer.from(sorted.map(({ from }) => from).join(" "))
  const committed = sorted.flatMap(({ commitments }) => commitments)
  return hashOf(key.scheme, renewal.kind, encodeKey(key), dealers, ...committed)
}
