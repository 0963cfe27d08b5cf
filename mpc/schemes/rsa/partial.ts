// What a holder of a share does with it alone: its part of a signature, and the check that it is its own.

import { BridgeError } from "../../../core/errors.ts"
import { absolute, inverse, toBytes, toInteger } from "../integers.ts"
import type { SecretPower } from "../modexp.ts"
import { delta, MODULUS_BYTES, type RsaKey, verificationValue } from "./key.ts"

/** The base to the power of a share, which may be negative, as an integer. */
export function powerOfShare(power: SecretPower, base: bigint, share: bigint): bigint {
  const magnitude = toBytes(absolute(share))
  const raised = toInteger(power(toBytes(base, MODULUS_BYTES), magnitude))
  magnitude.fill(0)
  if (share >= 0n) return raised
  const inverted = inverse(raised, power.modulus)
  if (inverted === null) throw new BridgeError("bad-key", { reason: "a base has no inverse" })
  return inverted
}

/** Throws `share-locked` unless the share is the one that the key's verification value commits to. */
export function checkShare(power: SecretPower, key: RsaKey, index: number, share: bigint): void {
  // OpenSSL has no result for an exponent of zero.
  const matches =
    share !== 0n &&
    powerOfShare(power, key.verificationBase, share) === verificationValue(key, index)
  if (!matches) {
    throw new BridgeError("share-locked", {
      reason: "the share does not belong to this key",
      index,
      epoch: key.epoch,
    })
  }
}

/**
 * Makes partials: the encoded message to the power 2 * delta * share (Shoup 2000 §3.1). The exponent
 * is worked out once, so that a signature touches no big integer. `encoded` is what `encodeMessage`
 * made from the signer's own message: never a base that somebody handed over.
 */
export function partialMaker(
  power: SecretPower,
  key: RsaKey,
  share: bigint,
): (encoded: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer> {
  const exponent = toBytes(2n * delta(key) * absolute(share))
  if (share >= 0n) return (encoded) => power(encoded, exponent)
  return (encoded) =>
    toBytes(powerOfShare(power, toInteger(encoded), 2n * delta(key) * share), MODULUS_BYTES)
}
