// secp256k1 as FROST needs it: points as canonical bytes, scalars, and the sums that take the time.

import { mulAddUnsafe } from "@noble/curves/abstract/curve.js"
import { schnorr, secp256k1, secp256k1_hasher } from "@noble/curves/secp256k1.js"
import type { Index } from "../scheme.ts"

export const { Point } = secp256k1
export type Point = InstanceType<typeof Point>
/** Arithmetic modulo the group's order. */
export const { Fn: Scalars } = Point

export const POINT_BYTES = 33
export const SCALAR_BYTES = 32

/**
 * A point from its compressed form, the only one there is here (RFC 9591 §6.5): null for any other
 * length, for what is not on the curve, and so for the identity, which has no such form.
 */
export function pointFrom(bytes: Uint8Array): Point | null {
  if (bytes.length !== POINT_BYTES) return null
  try {
    return Point.fromBytes(bytes)
  } catch {
    return null
  }
}

/** A scalar from 32 big-endian bytes; null for zero and for what is not below the order. */
export function scalarFrom(bytes: Uint8Array): bigint | null {
  if (bytes.length !== SCALAR_BYTES) return null
  const value = BigInt(`0x${Buffer.from(bytes).toString("hex")}`)
  return value > 0n && value < Scalars.ORDER ? value : null
}

/** Uniform in [1, order). */
export function randomScalar(): bigint {
  return Scalars.fromBytes(secp256k1.utils.randomSecretKey())
}

/** RFC 9591 §6.5: the scalar that a suite's hash of `message` stands for, under a domain of its own. */
export function hashToScalar(domain: string, message: Uint8Array): bigint {
  return secp256k1_hasher.hashToScalar(message, { DST: domain })
}

/** `scalar` times the base point. For secrets: blinded, and always the same steps. */
export function timesBase(scalar: bigint): Point {
  return Point.BASE.multiply(scalar)
}

export interface Term {
  readonly point: Point
  readonly scalar: bigint
}

/** The sum of scalar times point. Its time depends on all of it, so it is for public values alone. */
export function sumOf(terms: readonly Term[]): Point {
  return mulAddUnsafe(
    Point,
    terms.map(({ point }) => point),
    terms.map(({ scalar }) => scalar),
  )
}

/** What commitments to the coefficients of a polynomial say of its value at `index` (Feldman 1987). */
export function committedAt(commitments: readonly Point[], index: Index): Point {
  let scalar = 1n
  const terms = commitments.map((point) => {
    const term = { point, scalar }
    scalar = Scalars.mul(scalar, BigInt(index))
    return term
  })
  return sumOf(terms)
}

/** A polynomial's value at `index`; `coefficients[k]` belongs to the power k. */
export function valueAt(coefficients: readonly bigint[], index: Index): bigint {
  const at = BigInt(index)
  return coefficients.reduceRight((sum, one) => Scalars.add(Scalars.mul(sum, at), one), 0n)
}

/** The weight of `index` when `quorum` interpolates at zero (RFC 9591 §4.2). */
export function weightOf(index: Index, quorum: readonly Index[]): bigint {
  let numerator = 1n
  let denominator = 1n
  for (const other of quorum) {
    if (other === index) continue
    numerator *= BigInt(other)
    denominator *= BigInt(other - index)
  }
  return Scalars.div(Scalars.create(numerator), Scalars.create(denominator))
}

export function hasEvenY(point: Point): boolean {
  return point.toAffine().y % 2n === 0n
}

/** The x-only form of a point, BIP340. */
export function xOnly(point: Point): Uint8Array {
  return point.toBytes(true).slice(1)
}

/** BIP340: the point of this x that has an even y; null when there is none. */
export function liftX(x: Uint8Array): Point | null {
  return pointFrom(Uint8Array.of(2, ...x))
}

/** BIP341: what is added to an internal key that commits to no script. */
export function tapTweak(internalKey: Uint8Array): bigint {
  return Scalars.fromBytes(schnorr.utils.taggedHash("TapTweak", internalKey))
}

/** BIP340's challenge, modulo the order. */
export function challengeOf(x: Uint8Array, publicKey: Uint8Array, message: Uint8Array): bigint {
  const hash = schnorr.utils.taggedHash("BIP0340/challenge", x, publicKey, message)
  return Scalars.create(BigInt(`0x${Buffer.from(hash).toString("hex")}`))
}
