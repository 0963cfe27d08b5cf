// A key that its members make together (Pedersen's, with proofs of knowledge: Komlo, Goldberg 2020 §5.1).
//
// The library's key generation does it; what it leaves out is here: the run that a message belongs
// to, whom to blame, and the public part for those who only watch.

import { schnorr_FROST as suite } from "@noble/curves/secp256k1.js"
import { assert } from "../../../core/assert.ts"
import { BridgeError } from "../../../core/errors.ts"
import { blame, checkGroup, isMember, oneOfEach } from "../group.ts"
import type { Contribution, Founding, Index } from "../scheme.ts"
import {
  committedAt,
  hasEvenY,
  hashToScalar,
  POINT_BYTES,
  Point,
  pointFrom,
  Scalars,
  scalarFrom,
  tapTweak,
  timesBase,
  xOnly,
} from "./curve.ts"
import { type FrostKey, type FrostName, frostKey, hashOf, verifyingShare } from "./key.ts"
import { matches } from "./share.ts"

type Round1 = ReturnType<typeof suite.DKG.round1>

/** One member's secrets under way; nothing of them is used for anything but this run. */
export interface Part {
  readonly scheme: FrostName
  readonly founding: Founding
  readonly index: Index
  readonly secret: Round1["secret"]
  /** What this member tells all others. */
  readonly announcement: Uint8Array
}

const TAG_BYTES = 32
const PROOF_BYTES = 64

/** Begins; throws `bad-key` for a group that must not be, `bad-request` for a bad run id or place. */
export function announce(scheme: FrostName, founding: Founding, index: Index): Part {
  checkFounding(founding)
  if (!isMember(founding, index)) {
    throw new BridgeError("bad-request", { reason: "not a place in the group", index })
  }
  const size = { min: founding.threshold, max: founding.parties }
  const { secret, public: said } = suite.DKG.round1(suite.Identifier.fromNumber(index), size)
  const announcement = Uint8Array.from([
    ...tagOf(scheme, founding, index),
    ...said.commitment.flatMap((point) => [...point]),
    ...said.proofOfKnowledge,
  ])
  return { scheme, founding, index, secret, announcement }
}

/**
 * What each other member gets, a scalar of 32 bytes, from the announcements of all. Throws `bad-dealing`
 * with `from` when an announcement is missing, doubled, malformed, of another run, or proves nothing;
 * `bad-request` when it is this member's own that was changed on its way.
 */
export function dealTo(
  { scheme, founding, index, secret, announcement }: Part,
  announcements: readonly Contribution[],
): ReadonlyMap<Index, Uint8Array> {
  const own = announcements.find(({ from }) => from === index)
  if (own && !Buffer.from(own.bytes).equals(announcement)) {
    throw new BridgeError("bad-request", { reason: "this member announced something else" })
  }
  const others = announcedBy(scheme, founding, announcements).filter(({ from }) => from !== index)
  const dealt = suite.DKG.round2(secret, others.map(packageOf))
  return new Map(
    others.map(({ from }) => {
      const share = dealt[suite.Identifier.fromNumber(from)]
      assert(share !== undefined, "every other member is dealt to")
      return [from, Uint8Array.from(share.signingShare)]
    }),
  )
}

/**
 * The key and this member's share of it. `announcements` are the ones that all echoed, `shares` one of
 * each other member. Throws `bad-dealing` with `from`, the member whose share does not fit its
 * announcement.
 */
export function complete(
  part: Part,
  announcements: readonly Contribution[],
  shares: readonly Contribution[],
): { readonly key: FrostKey; readonly share: bigint } {
  const { scheme, founding, index, secret } = part
  const announced = announcedBy(scheme, founding, announcements)
  const others = announced.filter(({ from }) => from !== index)
  const dealt = oneOfEach(
    others.map(({ from }) => from),
    shares,
  )
  // Round three of the library names nobody, so whoever is to blame is found before.
  for (const [place, { from, bytes }] of dealt.entries()) {
    const share = scalarFrom(bytes)
    if (share === null) blame(from, "the share is malformed")
    if (!matches(share, committedAt(others[place]!.points, index))) {
      blame(from, "the share does not match the commitments")
    }
  }
  const made = suite.DKG.round3(
    secret,
    others.map(packageOf),
    dealt.map(({ from, bytes }) => {
      return { identifier: suite.Identifier.fromNumber(from), signingShare: Uint8Array.from(bytes) }
    }),
  )
  const key = keyFrom(scheme, founding, announced)
  assert(
    made.public.commitments.every((point, at) =>
      Buffer.from(point).subarray(1).equals(key.commitments[at]!.subarray(1)),
    ),
    "the library makes the same key",
  )
  // The library leaves the y of the key as it falls; ours is even, and the share goes along.
  const own = Scalars.fromBytes(made.secret.signingShare)
  const share = made.public.commitments[0]![0] === 2 ? own : Scalars.neg(own)
  made.secret.signingShare.fill(0)
  assert(matches(share, verifyingShare(key, index)), "the share is the key's")
  return { key, share }
}

/**
 * Whether a share is what its dealer's announcement, which `dealTo` took, promises to member `index`: for
 * those who settle a dispute over it.
 */
export function isDealt(
  scheme: FrostName,
  founding: Founding,
  announcement: Contribution,
  index: Index,
  bytes: Uint8Array,
): boolean {
  const share = scalarFrom(bytes)
  const { points } = checked(scheme, founding, announcement)
  return share !== null && matches(share, committedAt(points, index))
}

/** Forgets what was not finished. */
export function abandon({ secret }: Part): void {
  suite.DKG.clean(secret)
}

/** The key that announcements of all members make, for whoever replays a run; throws as `dealTo` does. */
export function assemble(
  scheme: FrostName,
  founding: Founding,
  announcements: readonly Contribution[],
): FrostKey {
  checkFounding(founding)
  return keyFrom(scheme, founding, announcedBy(scheme, founding, announcements))
}

interface Announced extends Contribution {
  readonly points: readonly Point[]
}

function keyFrom(scheme: FrostName, founding: Founding, announced: readonly Announced[]): FrostKey {
  const { threshold, parties } = founding
  const sums = Array.from({ length: threshold }, (_, at) =>
    announced.reduce((sum, { points }) => sum.add(points[at]!), Point.ZERO),
  )
  const [first, ...rest] = evened(sums)
  const internalKey = xOnly(first!)
  // BIP341 with no script: the library tweaks what its key generation makes, and so must the public part.
  const tweaked = evened([first!.add(timesBase(tapTweak(internalKey))), ...rest])
  const history = hashOf(scheme, "generation", ...announced.map(({ bytes }) => bytes))
  const commitments = tweaked.map((point) => point.toBytes())
  return frostKey({ scheme, epoch: 0, threshold, parties, internalKey, commitments, history })
}

/** The same polynomial, or its negative, so that the y of its constant is even. */
function evened(points: readonly Point[]): readonly Point[] {
  return hasEvenY(points[0]!) ? points : points.map((point) => point.negate())
}

/** The announcements in the order of members, each checked; the run is in every one of them. */
function announcedBy(
  scheme: FrostName,
  founding: Founding,
  announcements: readonly Contribution[],
): readonly Announced[] {
  const members = Array.from({ length: founding.parties }, (_, place) => place + 1)
  return oneOfEach(members, announcements).map((one) => checked(scheme, founding, one))
}

function checked(scheme: FrostName, founding: Founding, { from, bytes }: Contribution): Announced {
  const pointsLength = bytes.length - TAG_BYTES - PROOF_BYTES
  const count = pointsLength / POINT_BYTES
  if (!Number.isInteger(count) || count < 1) blame(from, "the announcement is malformed")
  // A longer vector would silently raise the threshold.
  if (count !== founding.threshold) {
    blame(from, `${count} commitments, not ${founding.threshold}`)
  }
  if (!Buffer.from(tagOf(scheme, founding, from)).equals(bytes.subarray(0, TAG_BYTES))) {
    blame(from, "the announcement is of another run, place or purpose")
  }
  const points = Array.from({ length: count }, (_, at) => {
    const start = TAG_BYTES + at * POINT_BYTES
    const point = pointFrom(bytes.subarray(start, start + POINT_BYTES))
    return point ?? blame(from, "a commitment is not a point")
  })
  if (!knows(from, points[0]!, bytes.subarray(-PROOF_BYTES))) {
    blame(from, "the proof of knowledge is wrong")
  }
  return { from, bytes, points }
}

/** The library's proof that a member knows the constant that it committed to, which names nobody there. */
function knows(index: Index, constant: Point, proof: Uint8Array): boolean {
  const nonce = pointFrom(Uint8Array.of(2, ...proof.subarray(0, 32)))
  const response = scalarFrom(proof.subarray(32))
  if (!nonce || response === null) return false
  const identifier = Scalars.toBytes(BigInt(index))
  const challenge = hashToScalar(
    "FROST-secp256k1-SHA256-TR-v1dkg",
    Buffer.concat([identifier, constant.toBytes(), nonce.toBytes()]),
  )
  const shown = Point.BASE.multiplyUnsafe(response).subtract(constant.multiplyUnsafe(challenge))
  return shown.equals(nonce)
}

/** An announcement as the library takes it. */
function packageOf({ from, bytes }: Contribution) {
  const commitment: Uint8Array<ArrayBuffer>[] = []
  for (let at = TAG_BYTES; at < bytes.length - PROOF_BYTES; at += POINT_BYTES) {
    commitment.push(Uint8Array.from(bytes.subarray(at, at + POINT_BYTES)))
  }
  const proofOfKnowledge = Uint8Array.from(bytes.subarray(-PROOF_BYTES))
  return { identifier: suite.Identifier.fromNumber(from), commitment, proofOfKnowledge }
}

/** The proof of knowledge does not cover the run, so every announcement says which one it is of. */
function tagOf(scheme: FrostName, { run, threshold, parties }: Founding, index: Index): Uint8Array {
  const numbers = Buffer.from(`${threshold} of ${parties}, party ${index}`)
  return hashOf(scheme, "announcement", run, numbers)
}

function checkFounding({ run, threshold, parties }: Founding): void {
  checkGroup(threshold, parties)
  if (run.length !== 32) throw new BridgeError("bad-request", { reason: "a run id has 32 bytes" })
}
