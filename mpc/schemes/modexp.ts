// Powers modulo an odd number: in constant time for secret exponents, fast for public ones.

import { createDiffieHellman, type DiffieHellman, randomBytes } from "node:crypto"
import { assert } from "../../core/assert.ts"
import { BridgeError } from "../../core/errors.ts"
import { bitLength, inverse, modulo, randomBits, toBytes, toInteger } from "./integers.ts"

/** Raises public bases to secret exponents modulo one public odd number. */
export interface SecretPower {
  readonly modulus: bigint
  /** False only when the caller allowed the blinded, variable-time fallback. */
  readonly constantTime: boolean
  /**
   * `base` and the result are as long as the modulus, big-endian; the exponent has any length, and
   * only its length shows in the time. The base must lie in [2, modulus - 2].
   */
  (base: Uint8Array, exponent: Uint8Array): Uint8Array<ArrayBuffer>
}

/**
 * OpenSSL's own constant-time exponentiation, reached through Diffie-Hellman with `modulus` in the
 * place of the prime: OpenSSL marks a Diffie-Hellman private value as secret, and computes with a
 * fixed window in Montgomery form, at the speed of its RSA code. The price is 14 ms once for a
 * modulus (OpenSSL looks whether it is prime) and that nobody documents this use; therefore a
 * self-test of 0.2 s at the start, over short, full and over-long exponents.
 *
 * Throws `constant-time-missing` (halt) where OpenSSL does not do this. `allowVariableTime` then
 * takes big integers with a blinded exponent instead, at 15 times the cost: never for a live key.
 */
export function secretPower(
  modulus: bigint,
  { allowVariableTime = false }: { allowVariableTime?: boolean } = {},
): SecretPower {
  assert((modulus & 1n) === 1n && modulus > 5n, "the modulus is odd")
  const length = toBytes(modulus).length
  const raise = viaDiffieHellman(modulus, length)
  const constantTime = raise !== null
  if (!constantTime && !allowVariableTime) {
    throw new BridgeError("constant-time-missing", { bits: bitLength(modulus) })
  }
  const chosen = raise ?? ((base, exponent) => blinded(modulus, length, base, exponent))
  const checked = (base: Uint8Array, exponent: Uint8Array) => {
    const value = toInteger(base)
    assert(base.length === length, "a base is as long as the modulus")
    assert(value > 1n && value < modulus - 1n, "a base lies between 2 and the modulus less 2")
    return chosen(base, exponent)
  }
  return Object.assign(checked, { modulus, constantTime })
}

export interface Term {
  readonly base: bigint
  /** May be negative. */
  readonly exponent: bigint
}

/**
 * The product of base to the exponent over all terms. Variable time: public values only. All terms
 * share one chain of squarings (Straus), all negative ones share one inversion.
 * Null when a base that must be inverted shares a factor with the modulus.
 */
export function productOfPowers(terms: readonly Term[], modulus: bigint): bigint | null {
  const upright = withoutNegatives(terms, modulus)
  if (!upright) return null
  const bits = Math.max(0, ...upright.map(({ exponent }) => bitLength(exponent)))
  const window = windowFor(bits)
  const mask = (1n << BigInt(window)) - 1n
  const tables = upright.map(({ base }) => powersOf(modulo(base, modulus), window, modulus))
  let product = 1n
  for (let at = Math.ceil(bits / window) - 1; at >= 0; at -= 1) {
    if (product !== 1n) {
      for (let turn = 0; turn < window; turn += 1) product = (product * product) % modulus
    }
    for (const [place, { exponent }] of upright.entries()) {
      const digit = Number((exponent >> BigInt(at * window)) & mask)
      if (digit > 0) product = (product * tables[place]![digit]!) % modulus
    }
  }
  return product
}

/** One public power; the base must have an inverse when the exponent is negative. */
export function publicPower(base: bigint, exponent: bigint, modulus: bigint): bigint {
  const power = productOfPowers([{ base, exponent }], modulus)
  assert(power !== null, "a base with a negative exponent has an inverse")
  return power
}

type Raise = (base: Uint8Array, exponent: Uint8Array) => Uint8Array<ArrayBuffer>

/** Null when OpenSSL refuses the modulus or fails the self-test. */
function viaDiffieHellman(modulus: bigint, length: number): Raise | null {
  try {
    const group = createDiffieHellman(toBytes(modulus, length), Uint8Array.of(2))
    const raise: Raise = (base, exponent) => raiseIn(group, length, base, exponent)
    return passesSelfTest(raise, modulus, length) ? raise : null
  } catch {
    return null
  }
}

function raiseIn(group: DiffieHellman, length: number, base: Uint8Array, exponent: Uint8Array) {
  group.setPrivateKey(exponent)
  const power = new Uint8Array(length)
  const secret = group.computeSecret(base)
  power.set(secret, length - secret.length)
  // OpenSSL wipes the value that this one replaces.
  group.setPrivateKey(Uint8Array.of(1))
  return power
}

function passesSelfTest(raise: Raise, modulus: bigint, length: number): boolean {
  const full = bitLength(modulus)
  return [64, full - 1, full + 170].every((bits) => {
    const base = modulo(toInteger(randomBytes(length)), modulus - 3n) + 2n
    const exponent = randomBits(bits) | (1n << BigInt(bits - 1))
    const power = raise(toBytes(base, length), toBytes(exponent))
    return toInteger(power) === publicPower(base, exponent, modulus)
  })
}

/** base^(exponent + r) / base^r for a random r longer than the modulus by 128 bits. */
function blinded(modulus: bigint, length: number, base: Uint8Array, exponent: Uint8Array) {
  const value = toInteger(base)
  const blind = randomBits(bitLength(modulus) + 128)
  const power = productOfPowers([{ base: value, exponent: toInteger(exponent) + blind }], modulus)
  const back = inverse(publicPower(value, blind, modulus), modulus)
  assert(power !== null && back !== null, "a base has an inverse")
  return toBytes((power * back) % modulus, length)
}

function withoutNegatives(terms: readonly Term[], modulus: bigint): readonly Term[] | null {
  const negative = terms.filter(({ exponent }) => exponent < 0n).map(({ base }) => base)
  const inverses = invertAll(negative, modulus)
  if (!inverses) return null
  let next = 0
  return terms.map(({ base, exponent }) =>
    exponent < 0n ? { base: inverses[next++]!, exponent: -exponent } : { base, exponent },
  )
}

/** Montgomery's trick: one inversion, which costs as much as a hundred products, serves all. */
function invertAll(values: readonly bigint[], modulus: bigint): readonly bigint[] | null {
  if (values.length === 0) return []
  const running = [1n]
  for (const value of values) running.push(modulo(running.at(-1)! * value, modulus))
  let back = inverse(running.at(-1)!, modulus)
  if (back === null) return null
  const inverses = new Array<bigint>(values.length)
  for (let at = values.length - 1; at >= 0; at -= 1) {
    inverses[at] = modulo(back * running[at]!, modulus)
    back = modulo(back * values[at]!, modulus)
  }
  return inverses
}

/** The width, in bits, that needs the fewest products for one base: its table and its digits. */
function windowFor(bits: number): number {
  const products = (width: number) => 2 ** width - 2 + (bits / width) * (1 - 2 ** -width)
  return [1, 2, 3, 4, 5, 6].reduce((best, width) =>
    products(width) < products(best) ? width : best,
  )
}

function powersOf(base: bigint, window: number, modulus: bigint): readonly bigint[] {
  const powers = [1n, base]
  while (powers.length < 2 ** window) powers.push((powers.at(-1)! * base) % modulus)
  return powers
}
