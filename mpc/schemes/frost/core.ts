// Signing of RFC 9591 with BIP340's challenge: nonces, binding factors, a party's part, and the sum.
//
// The same bytes as the library's `schnorr_FROST` (FROST-secp256k1-SHA256-TR-v1) for a key with an
// even y, which tests compare call by call. It is written out for what a signer knows and the
// library does not: that its own commitments are its own, and that the key needs no adjusting.

import { randomBytes } from "node:crypto"
import { sha256 } from "@noble/hashes/sha2.js"
import { assert } from "../../../core/assert.ts"
import type { Index } from "../scheme.ts"
import {
  challengeOf,
  hashToScalar,
  POINT_BYTES,
  Point,
  pointFrom,
  Scalars,
  sumOf,
  weightOf,
} from "./curve.ts"
import { publicPoint, type Read, sumPoint } from "./sums.ts"

const SUITE = "FROST-secp256k1-SHA256-TR-v1"

/** Two secret scalars, 32 bytes each, good for one message. Whoever holds them wipes them. */
export interface Nonces {
  readonly hiding: Uint8Array
  readonly binding: Uint8Array
}

/** A party's commitments to its nonces, checked and ready to compute with. */
export interface Committed {
  readonly from: Index
  /** The hiding point, then the binding one, compressed. */
  readonly bytes: Uint8Array
  readonly hiding: Read
  readonly binding: Read
}

/** RFC 9591 §4.1: fresh randomness hashed with the share, so that neither alone gives a nonce away. */
export function drawNonces(share: Uint8Array, random: () => Uint8Array = fresh): Nonces {
  const draw = () => {
    const seed = Buffer.concat([random(), share])
    const nonce = hashToScalar(`${SUITE}nonce`, seed)
    seed.fill(0)
    assert(nonce !== 0n, "a nonce is not zero")
    return Scalars.toBytes(nonce)
  }
  const hiding = draw()
  return { hiding, binding: draw() }
}

/** RFC 9591 §5.1: what round one tells the others, hiding before binding. */
export function commitTo({ hiding, binding }: Nonces): Uint8Array {
  return Uint8Array.from([...publicPoint(hiding), ...publicPoint(binding)])
}

/** All that a list of commitments, a key and a message determine. Public. */
export interface Round {
  /** RFC 9591 §4.4, by party: ties its binding nonce to this very list, key and message. */
  readonly factors: ReadonlyMap<Index, bigint>
  /** The nonce of the signature (RFC 9591 §4.5), compressed. */
  readonly commitment: Uint8Array
  /** BIP340 signs with the nonce whose y is even: all parties negate theirs. */
  readonly isNegated: boolean
  readonly challenge: bigint
  readonly quorum: readonly Index[]
}

/** `list` is sorted by party, and `publicKey` x-only. */
export function roundOf(
  publicKey: Uint8Array,
  list: readonly Committed[],
  message: Uint8Array,
): Round {
  const encoded = list.flatMap(({ from, bytes }) => [identifier(from), bytes])
  const prefix = Buffer.concat([
    Uint8Array.of(2),
    publicKey,
    digest("msg", message),
    digest("com", ...encoded),
  ])
  const factors = new Map(
    list.map(({ from }) => {
      const input = Buffer.concat([prefix, identifier(from)])
      return [from, hashToScalar(`${SUITE}rho`, input)]
    }),
  )
  const commitment = sumPoint(
    list.map(({ hiding }) => hiding),
    list.map(({ from, binding }) => ({ point: binding, scalar: factors.get(from)! })),
  )
  // Nobody can bring it about: each factor depends on all the commitments.
  assert(commitment !== null, "the nonce of a signature is a point")
  return {
    factors,
    commitment,
    isNegated: commitment[0] === 3,
    challenge: challengeOf(commitment.subarray(1), publicKey, message),
    quorum: list.map(({ from }) => from),
  }
}

/** RFC 9591 §5.2: the part of `index`, a scalar. */
export function partOf(round: Round, index: Index, share: bigint, nonces: Nonces): bigint {
  const factor = round.factors.get(index)
  assert(factor !== undefined, "a signer is in its quorum")
  const bound = Scalars.mul(Scalars.fromBytes(nonces.binding), factor)
  const nonce = Scalars.add(Scalars.fromBytes(nonces.hiding), bound)
  const weighted = Scalars.mul(weightOf(index, round.quorum), share)
  return Scalars.add(
    round.isNegated ? Scalars.neg(nonce) : nonce,
    Scalars.mul(weighted, round.challenge),
  )
}

/** RFC 9591 §5.3, as 64 bytes of BIP340. Whether it is a signature is for its verifier to say. */
export function sumOfParts(round: Round, parts: readonly bigint[]): Uint8Array {
  const sum = parts.reduce((total, part) => Scalars.add(total, part), 0n)
  return Uint8Array.from([...round.commitment.subarray(1), ...Scalars.toBytes(sum)])
}

/** RFC 9591 §5.4: whether a part is of the party whose verifying share this is. */
export function isPart(
  round: Round,
  { from, bytes }: Committed,
  verifyingShare: Point,
  part: bigint,
): boolean {
  const hiding = pointFrom(bytes.subarray(0, POINT_BYTES))
  const binding = pointFrom(bytes.subarray(POINT_BYTES))
  assert(hiding !== null && binding !== null, "commitments were checked")
  const nonce = sumOf([{ point: binding, scalar: round.factors.get(from)! }]).add(hiding)
  const scalar = Scalars.mul(weightOf(from, round.quorum), round.challenge)
  const keyed = sumOf([{ point: verifyingShare, scalar }])
  const made = Point.BASE.multiplyUnsafe(part)
  return made.equals((round.isNegated ? nonce.negate() : nonce).add(keyed))
}

/** RFC 9591 §4.3: a party's number as a scalar. */
function identifier(index: Index): Uint8Array {
  return Scalars.toBytes(BigInt(index))
}

function digest(domain: string, ...parts: readonly Uint8Array[]): Uint8Array {
  return sha256(Buffer.concat([Buffer.from(`${SUITE}${domain}`), ...parts]))
}

function fresh(): Uint8Array {
  return randomBytes(32)
}
