// Shows that a partial was made with the right share, without showing the share (Shoup 2000 §3.2).
//
// With x~ = x^(4 * delta), the logarithm of the verification value to the verification base equals
// that of partial^2 to the base x~: both are the share. Fiat-Shamir in a group of unknown order. It
// convinces only with safe primes, and only a dispute needs it: a finished signature is checked by
// itself.

import { createHash, randomBytes, timingSafeEqual } from "node:crypto"
import { assert } from "../../../core/assert.ts"
import { bitLength, toBytes, toInteger } from "../integers.ts"
import { productOfPowers, publicPower, type SecretPower } from "../modexp.ts"
import type { Partial } from "./combine.ts"
import { delta, MODULUS_BITS, MODULUS_BYTES, type RsaKey, verificationValue } from "./key.ts"

const CHALLENGE_BYTES = 16
/** Bits by which the blinding exceeds challenge times share, so that the response tells nothing. */
const SLACK_BITS = 128
/** A longer response would only cost the verifier time. */
const RESPONSE_BYTES_MAX = 2048

/** The challenge (16 bytes), then the response, big-endian. Two constant-time powers. */
export function prove(
  power: SecretPower,
  key: RsaKey,
  share: bigint,
  encoded: bigint,
  partial: Partial,
): Uint8Array<ArrayBuffer> {
  const bits = Math.max(bitLength(share), MODULUS_BITS) + 8 * CHALLENGE_BYTES + SLACK_BITS + 1
  const blind = randomBytes(Math.ceil(bits / 8))
  const message = raisedMessage(key, encoded)
  const challenge = challengeOf(key, message, partial, {
    base: powerOf(power, key.verificationBase, blind),
    message: powerOf(power, message, blind),
  })
  const response = share * toInteger(challenge) + toInteger(blind)
  blind.fill(0)
  // The blinding is longer than the product, so the sum is positive even for a negative share; a
  // blinding so small that it is not comes up once in 2^128.
  assert(response > 0n, "the blinding outweighs the share")
  return Uint8Array.from(Buffer.concat([challenge, toBytes(response)]))
}

/** Whether the proof shows that `partial` is right. `power` may be any for this modulus: all is public. */
export function isProven(
  power: SecretPower,
  key: RsaKey,
  encoded: bigint,
  partial: Partial,
  proof: Uint8Array,
): boolean {
  const challenge = proof.subarray(0, CHALLENGE_BYTES)
  const response = proof.subarray(CHALLENGE_BYTES)
  if (response.length === 0 || response.length > RESPONSE_BYTES_MAX) return false
  // OpenSSL has no result for an exponent of zero, and an honest response is never so short.
  if (bitLength(toInteger(response)) < MODULUS_BITS / 2) return false
  const { modulus } = key
  if (partial.value <= 1n || partial.value >= modulus - 1n) return false
  const c = toInteger(challenge)
  const message = raisedMessage(key, encoded)
  const back = [
    productOfPowers([{ base: verificationValue(key, partial.index), exponent: -c }], modulus),
    productOfPowers([{ base: partial.value, exponent: -2n * c }], modulus),
  ]
  if (back[0] == null || back[1] == null) return false
  const expected = challengeOf(key, message, partial, {
    base: (powerOf(power, key.verificationBase, response) * back[0]) % modulus,
    message: (powerOf(power, message, response) * back[1]) % modulus,
  })
  return timingSafeEqual(expected, challenge)
}

/** A power that the prover commits to, of the verification base and of the raised message. */
interface Commitment {
  readonly base: bigint
  readonly message: bigint
}

function challengeOf(key: RsaKey, message: bigint, partial: Partial, commitment: Commitment) {
  const index = new Uint8Array(4)
  new DataView(index.buffer).setUint32(0, partial.index)
  const hash = createHash("sha256").update("causeway/rsa-share-proof/v1").update(index)
  // Every number has the length of the modulus, so no two lists hash alike.
  for (const value of [
    key.modulus,
    key.verificationBase,
    message,
    verificationValue(key, partial.index),
    (partial.value * partial.value) % key.modulus,
    commitment.base,
    commitment.message,
  ]) {
    hash.update(toBytes(value, MODULUS_BYTES))
  }
  return hash.digest().subarray(0, CHALLENGE_BYTES)
}

function raisedMessage(key: RsaKey, encoded: bigint): bigint {
  return publicPower(encoded, 4n * delta(key), key.modulus)
}

function powerOf(power: SecretPower, base: bigint, exponent: Uint8Array): bigint {
  return toInteger(power(toBytes(base, MODULUS_BYTES), exponent))
}
