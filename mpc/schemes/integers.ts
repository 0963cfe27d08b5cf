// Whole-number arithmetic that the schemes share: bytes, random bits, inverses, Lagrange weights.
//
// JavaScript's big integers take a time that depends on their value and can't be wiped from memory.
// What raises a base to a secret goes through modexp.ts; a sum or product of secrets done here
// leaks at most its length, and lives until the collector takes it.

import { randomBytes } from "node:crypto"
import { assert } from "../../core/assert.ts"

/** A non-negative integer from big-endian bytes; no bytes are zero. */
export function toInteger(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString("hex")}`)
}

/** Big-endian bytes, left-padded to `length`; without it as few as hold the value, at least one. */
export function toBytes(value: bigint, length?: number): Uint8Array<ArrayBuffer> {
  const hex = value.toString(16)
  const digits = 2 * (length ?? Math.ceil(hex.length / 2))
  assert(value >= 0n && hex.length <= digits, "an integer fits its bytes")
  // A Buffer from a string may lie in Node's shared pool; a copy has its own memory to wipe or move.
  return Uint8Array.from(Buffer.from(hex.padStart(digits, "0"), "hex"))
}

/** Bits of the absolute value: 0 has none, 255 and -255 have 8. */
export function bitLength(value: bigint): number {
  const size = absolute(value)
  return size === 0n ? 0 : (size.toString(16).length - 1) * 4 + leadingBits(size)
}

/** Uniform in [0, 2^bits). */
export function randomBits(bits: number): bigint {
  const bytes = randomBytes(Math.ceil(bits / 8))
  const value = toInteger(bytes) & ((1n << BigInt(bits)) - 1n)
  bytes.fill(0)
  return value
}

/** Within 2^-128 of uniform in [0, bound): 128 more bits than needed are drawn and reduced. */
export function randomBelow(bound: bigint): bigint {
  return randomBits(bitLength(bound) + 128) % bound
}

/** The remainder in [0, modulus), of negative values too. */
export function modulo(value: bigint, modulus: bigint): bigint {
  const rest = value % modulus
  return rest < 0n ? rest + modulus : rest
}

export function absolute(value: bigint): bigint {
  return value < 0n ? -value : value
}

export function gcd(left: bigint, right: bigint): bigint {
  let [a, b] = [absolute(left), absolute(right)]
  while (b !== 0n) [a, b] = [b, a % b]
  return a
}

/** The inverse in [1, modulus), or null when the two share a factor. */
export function inverse(value: bigint, modulus: bigint): bigint | null {
  let [rest, next] = [modulus, modulo(value, modulus)]
  let [held, factor] = [0n, 1n]
  while (next !== 0n) {
    const quotient = rest / next
    ;[rest, next] = [next, rest - quotient * next]
    ;[held, factor] = [factor, held - quotient * factor]
  }
  return rest === 1n ? modulo(held, modulus) : null
}

export function factorial(count: number): bigint {
  let product = 1n
  for (let factor = 2n; factor <= BigInt(count); factor += 1n) product *= factor
  return product
}

/** A polynomial over the integers at a point; `coefficients[k]` belongs to the power k. */
export function evaluate(coefficients: readonly bigint[], at: bigint): bigint {
  return coefficients.reduceRight((sum, coefficient) => sum * at + coefficient, 0n)
}

/**
 * `scale` times the Lagrange coefficient of `index` in `quorum` at a point: an integer whenever
 * `scale` is a multiple of the factorial of the group's size (Shoup 2000 §3).
 */
export function lagrange(scale: bigint, quorum: readonly number[], index: number, at = 0n): bigint {
  let numerator = scale
  let denominator = 1n
  for (const other of quorum) {
    if (other === index) continue
    numerator *= at - BigInt(other)
    denominator *= BigInt(index - other)
  }
  assert(numerator % denominator === 0n, "a Lagrange coefficient is whole")
  return numerator / denominator
}

export interface Interpolation {
  /** One whole number for each member of the quorum, in its order. */
  readonly weights: readonly bigint[]
  /** The sum of weight times f(index) is `scale` times f(0). It divides the factorial of the group's size. */
  readonly scale: bigint
}

/** The smallest whole weights that interpolate at zero: short exponents make combining fast. */
export function interpolation(parties: number, quorum: readonly number[]): Interpolation {
  const scale = factorial(parties)
  const weights = quorum.map((index) => lagrange(scale, quorum, index))
  // The weights sum to the scale (they interpolate the constant 1), so what divides all of them
  // divides the scale as well.
  const common = weights.reduce(gcd, 0n)
  return { weights: weights.map((weight) => weight / common), scale: scale / common }
}

function leadingBits(size: bigint): number {
  const digit = Number.parseInt(size.toString(16)[0]!, 16)
  return 32 - Math.clz32(digit)
}
