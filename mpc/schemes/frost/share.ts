// A share as bytes, a scalar of 32, and the check that it is its key's.

import { BridgeError } from "../../../core/errors.ts"
import type { Index } from "../scheme.ts"
import { type Point, Scalars, scalarFrom, timesBase } from "./curve.ts"
import type { FrostKey } from "./key.ts"
import { verifyingShare } from "./key.ts"

export function encodeShare(share: bigint): Uint8Array<ArrayBuffer> {
  // A copy with memory of its own, which can be wiped or moved.
  return Uint8Array.from(Scalars.toBytes(share))
}

/** Throws `share-locked` for bytes that are no share, or the share of another key, epoch or place. */
export function decodeShare(key: FrostKey, index: Index, bytes: Uint8Array): bigint {
  const share = scalarFrom(bytes)
  if (share === null) {
    throw new BridgeError("share-locked", { reason: "these bytes are not a share" })
  }
  if (!matches(share, verifyingShare(key, index))) {
    const reason = "the share does not belong to this key"
    throw new BridgeError("share-locked", { reason, index, epoch: key.epoch })
  }
  return share
}

export function matches(share: bigint, verifying: Point): boolean {
  return timesBase(share).equals(verifying)
}
