// A signature that pays nobody: it shows, every so often, that a quorum of the group can still sign.

import { createHash } from "node:crypto"
import type { Deployment } from "../chains/chain.ts"
import type { GroupKey } from "./schemes/scheme.ts"

/** One heartbeat in such a period, milliseconds. */
export const HEARTBEAT_MS = 600_000

/** Numbers the periods since 1970. */
export function periodAt(nowMs: number): number {
  return Math.floor(nowMs / HEARTBEAT_MS)
}

/**
 * What a group signs in a period. No payout has these bytes: RSA signs the text itself, which is longer than
 * the 48 bytes of a deep hash; the others sign its SHA-256, which no other digest of ours is.
 */
export function heartbeatMessage(
  network: Deployment["network"],
  { scheme, publicKey }: GroupKey,
  period: number,
): Uint8Array {
  const key = createHash("sha256").update(publicKey).digest("hex")
  const text = Buffer.from(`causeway heartbeat\n${network}\n${scheme} ${key}\n${period}`)
  return scheme === "rsa" ? text : createHash("sha256").update(text).digest()
}
