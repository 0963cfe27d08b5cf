// What RSA signs: the EMSA-PSS encoding of a message, with a salt that follows from key and message.

import { createHash } from "node:crypto"
import { assert } from "../../core/assert.ts"

/** Bytes of salt and of SHA-256; verifiers are told `saltLength: 32`. */
export const SALT_BYTES = 32

/**
 * The encoded message as big-endian bytes as long as `modulus` (512 for RSA-4096); as a number it is
 * below the modulus. The salt is derived, so every quorum, retry and coordinator gets one and
 * the same signature, hence one transaction id, and nobody gets to choose randomness.
 */
export function encodeMessage(modulus: Uint8Array, message: Uint8Array): Uint8Array<ArrayBuffer> {
  const digest = sha256(message)
  return emsaPss(digest, deterministicSalt(modulus, digest), 8 * modulus.length - 1)
}

/** SHA256("causeway/rsa-pss-salt/v1" | modulus | SHA256(message)). */
export function deterministicSalt(modulus: Uint8Array, digest: Uint8Array): Uint8Array {
  return sha256(Buffer.from("causeway/rsa-pss-salt/v1"), modulus, digest)
}

/** EMSA-PSS with SHA-256 and MGF1-SHA-256 (RFC 8017 §9.1.1); `bits` is the modulus's length less one. */
export function emsaPss(
  digest: Uint8Array,
  salt: Uint8Array,
  bits: number,
): Uint8Array<ArrayBuffer> {
  const length = Math.ceil(bits / 8)
  const blockLength = length - SALT_BYTES - 1
  assert(digest.length === 32 && salt.length === SALT_BYTES, "digest and salt have 32 bytes")
  assert(blockLength >= SALT_BYTES + 1, "the modulus has room for digest and salt")
  const hash = sha256(new Uint8Array(8), digest, salt)
  const encoded = new Uint8Array(length)
  const block = encoded.subarray(0, blockLength)
  block[blockLength - SALT_BYTES - 1] = 1
  block.set(salt, blockLength - SALT_BYTES)
  mask(block, hash)
  block[0]! &= 0xff >> (8 * length - bits)
  encoded.set(hash, blockLength)
  encoded[length - 1] = 0xbc
  return encoded
}

/** Applies MGF1 of `seed` in place. */
function mask(block: Uint8Array, seed: Uint8Array): void {
  const counter = new Uint8Array(4)
  for (let start = 0; start < block.length; start += 32) {
    new DataView(counter.buffer).setUint32(0, start / 32)
    const stream = sha256(seed, counter)
    const end = Math.min(start + 32, block.length)
    for (let at = start; at < end; at += 1) block[at]! ^= stream[at - start]!
  }
}

function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash("sha256")
  for (const part of parts) hash.update(part)
  return hash.digest()
}
