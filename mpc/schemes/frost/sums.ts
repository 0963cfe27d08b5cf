// The multiplications that signing waits for: a nonce times the base point, and the nonce of a signature.
//
// By libsecp256k1, compiled to WebAssembly: a quarter of the time of big integers, and with a secret
// always the same steps. It makes the bytes that the library of curve.ts makes, which tests compare.

import { pointAdd, pointCompress, pointFromScalar, pointMultiply } from "tiny-secp256k1"
import { assert } from "../../../core/assert.ts"
import { POINT_BYTES, Scalars } from "./curve.ts"

/** A point that was read from its canonical bytes: uncompressed, so that no step takes a root again. */
export type Read = Uint8Array

/** Null for what is not a point's compressed form. */
export function readPoint(bytes: Uint8Array): Read | null {
  if (bytes.length !== POINT_BYTES) return null
  try {
    return pointCompress(bytes, false)
  } catch {
    return null
  }
}

/** `scalar`, 32 bytes from 1 to the order less 1, times the base point, compressed. For secrets. */
export function publicPoint(scalar: Uint8Array): Uint8Array {
  const point = pointFromScalar(scalar, true)
  assert(point !== null, "a scalar below the order has a point")
  return point
}

/** The sum of all `plain` and of scalar times point, compressed; null for the identity. Of public values alone. */
export function sumPoint(
  plain: readonly Read[],
  weighted: readonly { readonly point: Read; readonly scalar: bigint }[],
): Uint8Array | null {
  const terms = [
    ...plain,
    ...weighted.map(({ point, scalar }) => pointMultiply(point, Scalars.toBytes(scalar), false)),
  ]
  const sum = terms.reduce<Read | null>(added, null)
  return sum && pointCompress(sum, true)
}

/** Null is the identity here: the sum of opposite points, or zero times one. */
function added(sum: Read | null, term: Read | null): Read | null {
  return sum && term ? pointAdd(sum, term, false) : (sum ?? term)
}
