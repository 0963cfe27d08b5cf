import fc from "fast-check"
import { describe, expect, test } from "vitest"
import {
  bitLength,
  factorial,
  gcd,
  interpolation,
  inverse,
  lagrange,
  randomBelow,
  toBytes,
  toInteger,
} from "../../../mpc/schemes/integers.ts"
import { privateExponent, valuesOf } from "../../../mpc/schemes/rsa/deal.ts"

// Known answers as published in the tests of cloudflare/circl (tss/rsa).
describe("published figures of Shoup's scheme", () => {
  test("p 23, q 11, e 3 and the coefficient 33 give the shares 15, 48 and 26", () => {
    const order = 11n * 5n

    const secret = privateExponent(order, 3n)

    expect(secret).toBe(37n)
    expect(valuesOf([secret, 33n], order, 3)).toEqual([15n, 48n, 26n])
  })

  test.each([
    [5, [1, 2, 3, 4, 5], 3, 0n, 1200n],
    [32, [7, 14, 21], 7, 0n, 789392510801080590501654036480000000n],
    [32, [7, 14, 21], 7, 19n, -26850085401397298996654899200000000n],
  ])("the Lagrange coefficient of %d parties in %j", (parties, quorum, index, at, expected) => {
    expect(lagrange(factorial(parties), quorum, index, at)).toBe(expected)
  })
})

test("the weights of every quorum interpolate at zero and have no common factor", () => {
  const group = fc.integer({ min: 2, max: 12 }).chain((parties) =>
    fc.record({
      parties: fc.constant(parties),
      quorum: fc.shuffledSubarray(
        Array.from({ length: parties }, (_, at) => at + 1),
        { minLength: 1 },
      ),
    }),
  )
  fc.assert(
    fc.property(group, fc.array(fc.bigInt(), { minLength: 12, maxLength: 12 }), (g, values) => {
      const { weights, scale } = interpolation(g.parties, g.quorum)
      const coefficients = values.slice(0, g.quorum.length)
      const at = (x: bigint) => coefficients.reduceRight((sum, c) => sum * x + c, 0n)

      const sum = g.quorum.reduce((all, x, place) => all + weights[place]! * at(BigInt(x)), 0n)

      expect(sum).toBe(scale * coefficients[0]!)
      expect(factorial(g.parties) % scale).toBe(0n)
      expect(weights.reduce(gcd, 0n)).toBe(1n)
    }),
  )
})

test("bytes and integers say the same", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 600n }), (value) => {
      expect(toInteger(toBytes(value))).toBe(value)
      expect(toInteger(toBytes(value, 80))).toBe(value)
      expect(bitLength(value)).toBe(value === 0n ? 0 : value.toString(2).length)
    }),
  )
  expect(() => toBytes(256n, 1)).toThrow("an integer fits its bytes")
  expect(() => toBytes(-1n)).toThrow()
})

test("an inverse undoes a product, and there is none with a common factor", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 2n, max: 2n ** 200n }), fc.bigInt(), (modulus, value) => {
      const found = inverse(value, modulus)
      expect(found === null).toBe(gcd(value, modulus) !== 1n)
      if (found !== null) expect((((found * value) % modulus) + modulus) % modulus).toBe(1n)
    }),
  )
})

test("random numbers stay below their bound and reach all of it", () => {
  const seen = new Set(Array.from({ length: 400 }, () => randomBelow(5n)))

  expect([...seen].sort()).toEqual([0n, 1n, 2n, 3n, 4n])
})
