// The public side of a threshold RSA key: what it must satisfy, and its canonical bytes.

import { BridgeError } from "../../../core/errors.ts"
import { checkGroup, PARTIES_MAX } from "../group.ts"
import { bitLength, factorial, gcd, toBytes } from "../integers.ts"
import type { GroupKey } from "../scheme.ts"

/** Arweave's owner field has 512 bytes with the top bit set. */
export const MODULUS_BITS = 4096
export const MODULUS_BYTES = MODULUS_BITS / 8
export const PUBLIC_EXPONENT = 65537n

/**
 * `safe`: both primes are of the form 2r + 1 with r prime, which share proofs rely on. `ordinary`:
 * found in a second, for local networks; never to be used on a live one.
 */
export type Primes = "safe" | "ordinary"

/** Shoup 2000 §3. Integers are below the modulus, but for `multiplier`. */
export interface RsaKey extends GroupKey {
  readonly scheme: "rsa"
  readonly primes: Primes
  readonly modulus: bigint
  /**
   * The shares interpolate `multiplier` times the private exponent: 1 for a dealt key; a committee
   * change without a dealer multiplies it.
   */
  readonly multiplier: bigint
  /** A square: the base of the verification values. */
  readonly verificationBase: bigint
  /** Of party i at place i - 1: the base to the power of its share. */
  readonly verificationValues: readonly bigint[]
}

/** Delta of Shoup's paper: the factorial of the number of parties. */
export function delta(key: Pick<RsaKey, "parties">): bigint {
  return factorial(key.parties)
}

export function verificationValue(key: RsaKey, index: number): bigint {
  const value = key.verificationValues[index - 1]
  if (value === undefined) bad(`party ${index} is not in the group`)
  return value
}

/** The key with its derived fields, checked; throws `bad-key`. */
export function rsaKey(fields: Omit<RsaKey, "scheme" | "publicKey">): RsaKey {
  const { modulus, threshold, parties, multiplier } = fields
  checkGroup(threshold, parties)
  if (bitLength(modulus) !== MODULUS_BITS) bad(`the modulus has ${bitLength(modulus)} bits`)
  if (modulus % 2n === 0n) bad("the modulus is even")
  if (!isWhole(fields.epoch, 0, Number.MAX_SAFE_INTEGER)) bad("epoch is not a counter")
  if (multiplier < 1n || bitLength(multiplier) > MODULUS_BITS) bad("multiplier is out of range")
  // Combining needs it: the public exponent is a prime above the number of parties.
  if (gcd(multiplier, PUBLIC_EXPONENT) !== 1n) bad("multiplier shares a factor with the exponent")
  if (fields.verificationValues.length !== parties) bad("not one verification value a party")
  for (const value of [fields.verificationBase, ...fields.verificationValues]) {
    if (value <= 1n || value >= modulus - 1n) bad("a verification value is out of range")
  }
  return { ...fields, scheme: "rsa", publicKey: toBytes(modulus, MODULUS_BYTES) }
}

/** JSON with fields in one order and numbers in hexadecimal, so equal keys have equal bytes. */
export function encodeKey(key: RsaKey): Uint8Array {
  return Buffer.from(
    JSON.stringify({
      scheme: key.scheme,
      primes: key.primes,
      epoch: key.epoch,
      threshold: key.threshold,
      parties: key.parties,
      modulus: hex(key.modulus),
      multiplier: hex(key.multiplier),
      verificationBase: hex(key.verificationBase),
      verificationValues: key.verificationValues.map(hex),
    }),
  )
}

/** Throws `bad-key` for anything that `encodeKey` does not write, to the byte. */
export function decodeKey(bytes: Uint8Array): RsaKey {
  const key = rsaKey(fieldsOf(bytes))
  if (!Buffer.from(encodeKey(key)).equals(bytes)) bad("not the canonical bytes")
  return key
}

function fieldsOf(bytes: Uint8Array): Omit<RsaKey, "scheme" | "publicKey"> {
  const fields = parsed(bytes)
  const values = fields.verificationValues
  if (!Array.isArray(values) || values.length > PARTIES_MAX) bad("verificationValues is no list")
  return {
    primes: fields.primes === "safe" ? "safe" : "ordinary",
    epoch: Number(fields.epoch),
    threshold: Number(fields.threshold),
    parties: Number(fields.parties),
    modulus: integer(fields.modulus),
    multiplier: integer(fields.multiplier),
    verificationBase: integer(fields.verificationBase),
    verificationValues: values.map(integer),
  }
}

function parsed(bytes: Uint8Array): Record<string, unknown> {
  try {
    const fields: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"))
    if (typeof fields === "object" && fields !== null) return fields as Record<string, unknown>
  } catch {}
  bad("not JSON")
}

function integer(text: unknown): bigint {
  if (typeof text !== "string" || !/^[0-9a-f]{1,2048}$/.test(text))
    bad("a number is not hexadecimal")
  return BigInt(`0x${text}`)
}

function hex(value: bigint): string {
  return value.toString(16)
}

function isWhole(value: number, low: number, high: number): boolean {
  return Number.isSafeInteger(value) && value >= low && value <= high
}

function bad(reason: string): never {
  throw new BridgeError("bad-key", { reason })
}
