// The multiplications that signing waits for: a nonce times the base point, and the nonce of a signature.
//
// All that they need of points is here, so that other arithmetic can take this file's place.

import { type Point, pointFrom, Scalars, sumOf, timesBase } from "./curve.ts"

/** A point that was read from its canonical bytes. */
export type Read = Point

/** Null for what is not a point's compressed form, as `pointFrom`. */
export function readPoint(bytes: Uint8Array): Read | null {
  return pointFrom(bytes)
}

/** `scalar`, 32 bytes from 1 to the order less 1, times the base point, compressed. For secrets. */
export function publicPoint(scalar: Uint8Array): Uint8Array {
  return timesBase(Scalars.fromBytes(scalar)).toBytes()
}

/** The sum of all `plain` and of scalar times point, compressed; null for the identity. Of public values alone. */
export function sumPoint(
  plain: readonly Read[],
  weighted: readonly { readonly point: Read; readonly scalar: bigint }[],
): Uint8Array | null {
  const sum = plain.reduce((total, point) => total.add(point), sumOf(weighted))
  return sum.is0() ? null : sum.toBytes()
}
