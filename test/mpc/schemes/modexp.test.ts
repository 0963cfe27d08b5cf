import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { randomBits, toBytes, toInteger } from "../../../mpc/schemes/integers.ts"
import { productOfPowers, publicPower, secretPower } from "../../../mpc/schemes/modexp.ts"
import { SAFE_PRIMES } from "../../fixtures/rsa-primes.ts"

const modulus = SAFE_PRIMES.p * SAFE_PRIMES.q

/** By squaring and multiplying, bit by bit. */
function naive(base: bigint, exponent: bigint, n: bigint): bigint {
  let power = 1n
  for (const bit of exponent.toString(2)) {
    power = (power * power) % n
    if (bit === "1") power = (power * base) % n
  }
  return power
}

describe("a power with a secret exponent", () => {
  const power = secretPower(modulus)

  test("is taken in constant time, whatever the exponent's length", () => {
    expect(power.constantTime).toBe(true)
    for (const bits of [2, 64, 4096, 4300]) {
      const base = randomBits(4090) + 2n
      const exponent = randomBits(bits) | (1n << BigInt(bits - 1))

      const result = power(toBytes(base, 512), toBytes(exponent))

      expect(result).toHaveLength(512)
      expect(toInteger(result)).toBe(naive(base, exponent, modulus))
    }
  })

  test.each([0n, 1n, modulus - 1n, modulus])("takes no base that has trivial powers", (base) => {
    expect(() => power(toBytes(base, 512), Uint8Array.of(5))).toThrow("a base lies between")
  })

  test("takes no base of another length", () => {
    expect(() => power(new Uint8Array(511).fill(7), Uint8Array.of(5))).toThrow("as long as")
  })

  // OpenSSL does no Diffie-Hellman below 512 bits.
  test("is refused where OpenSSL cannot take it in constant time", () => {
    expect(() => secretPower(253n)).toThrow(
      expect.objectContaining({ code: "constant-time-missing", remedy: "halt" }),
    )
  })

  test("is blinded where variable time was explicitly allowed", () => {
    const allowed = secretPower(253n, { allowVariableTime: true })

    expect(allowed.constantTime).toBe(false)
    for (let base = 2n; base < 252n; base += 1n) {
      if (base % 11n === 0n || base % 23n === 0n) continue
      const result = allowed(toBytes(base, 1), Uint8Array.of(37))
      expect(toInteger(result)).toBe(naive(base, 37n, 253n))
    }
  })
})

describe("a product of public powers", () => {
  const prime = 2n ** 127n - 1n
  const term = fc.record({
    base: fc.bigInt({ min: 1n, max: prime - 1n }),
    exponent: fc.bigInt({ min: -(2n ** 90n), max: 2n ** 90n }),
  })

  test("is the product of the powers, negative ones inverted", () => {
    fc.assert(
      fc.property(fc.array(term, { maxLength: 6 }), (terms) => {
        // Fermat: a negative exponent modulo prime - 1.
        const expected = terms.reduce((product, { base, exponent }) => {
          const upright = ((exponent % (prime - 1n)) + prime - 1n) % (prime - 1n)
          return (product * naive(base, upright, prime)) % prime
        }, 1n)

        expect(productOfPowers(terms, prime)).toBe(expected)
      }),
    )
  })

  test("is null when a base to invert shares a factor with the modulus", () => {
    expect(productOfPowers([{ base: 22n, exponent: -1n }], 253n)).toBeNull()
    expect(() => publicPower(22n, -1n, 253n)).toThrow("has an inverse")
  })
})
