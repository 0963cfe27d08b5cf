// A share as bytes: one for the sign, then the magnitude, big-endian.

import { BridgeError } from "../../../core/errors.ts"
import { absolute, toBytes, toInteger } from "../integers.ts"

/** Far above what many renewals grow a share to; a dealer cannot slow a receiver down with a larger one. */
const SHARE_BYTES_MAX = 2048

/** Negative shares are legal: a committee change can make them. */
export function encodeShare(share: bigint): Uint8Array<ArrayBuffer> {
  const magnitude = toBytes(absolute(share))
  const bytes = new Uint8Array(magnitude.length + 1)
  bytes[0] = share < 0n ? 1 : 0
  bytes.set(magnitude, 1)
  magnitude.fill(0)
  return bytes
}

/** Throws `share-locked` for bytes that `encodeShare` does not write. */
export function decodeShare(bytes: Uint8Array): bigint {
  const sign = bytes[0]
  const fits = bytes.length >= 2 && bytes.length <= SHARE_BYTES_MAX
  if (!fits || (sign !== 0 && sign !== 1)) {
    throw new BridgeError("share-locked", { reason: "these bytes are not a share" })
  }
  const magnitude = toInteger(bytes.subarray(1))
  return sign === 1 ? -magnitude : magnitude
}
