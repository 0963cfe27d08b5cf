// Amounts at the door: what is a number of base units, and everything that only looks like one.

import fc from "fast-check"
import { describe, expect, test } from "vitest"
import {
  AMOUNT_DIGITS_MAX,
  amountIn,
  formatUnits,
  fromUnits,
  parseAmount,
} from "../../core/amount.ts"

const bad = expect.objectContaining({ code: "bad-amount" })
const greatest = "9".repeat(AMOUNT_DIGITS_MAX)

// Case 11
const hostile: readonly unknown[] = [
  "",
  " ",
  "0",
  "00",
  "-0",
  "-5",
  "+5",
  "05",
  "1e3",
  "1E3",
  "0x10",
  "0b1",
  "1_000",
  "1,000",
  "1.0",
  "1.",
  ".5",
  "5 ",
  " 5",
  "5\n",
  "\n5",
  "5\0",
  "NaN",
  "Infinity",
  "5n",
  "٥",
  "５",
  "²",
  `1${"0".repeat(AMOUNT_DIGITS_MAX)}`,
  "9".repeat(1_000_000),
  5,
  5n,
  5.5,
  Number.NaN,
  null,
  undefined,
  true,
  ["5"],
  { toString: () => "5" },
  { toString: 1 },
  Object.create(null),
  Symbol("5"),
]

describe("hostile quantities are refused", () => {
  test.each(hostile.map((value, at) => ({ at, value })))("number $at", ({ value }) => {
    expect(() => parseAmount(value)).toThrow(bad)
    expect(amountIn(value)).toBeNull()
  })
})

test.each(["1", "10", "1000000000000", greatest])("%s is an amount", (text) => {
  expect(parseAmount(text)).toBe(BigInt(text))
  expect(amountIn(text)).toBe(BigInt(text))
})

test("a text is an amount exactly when it is how a positive whole number is written", () => {
  const digits = fc.string({ unit: fc.constantFrom(..."0123456789+-.eEx _"), maxLength: 45 })
  fc.assert(
    fc.property(fc.oneof(digits, fc.string()), (text) => {
      const amount = amountIn(text)
      if (amount !== null) expect(amount > 0n && amount.toString() === text).toBe(true)
      else expect(/^[1-9][0-9]{0,37}$/.test(text)).toBe(false)
    }),
    { numRuns: 1_000 },
  )
})

test.each([
  ["1", 12, 1_000_000_000_000n],
  ["1.25", 12, 1_250_000_000_000n],
  ["0.000000000001", 12, 1n],
  ["1.250", 3, 1_250n],
  ["7", 0, 7n],
])("%s with %s decimals is %s base units", (text, decimals, amount) => {
  expect(fromUnits(text, decimals)).toBe(amount)
})

test.each([
  "",
  "0",
  "0.0",
  "-1",
  "+1",
  "01",
  "1.",
  ".5",
  "1e3",
  "1.2.3",
  " 1",
  "1\n",
  "0.0000000000001",
  "1".repeat(AMOUNT_DIGITS_MAX),
  "9".repeat(1_000_000),
])("%j is no amount of AR", (text) => {
  expect(() => fromUnits(text, 12)).toThrow(bad)
})

test.each([
  [1_500n, 3, "1.5"],
  [1n, 12, "0.000000000001"],
  [0n, 12, "0"],
  [1_000n, 3, "1"],
  [-1_500n, 3, "-1.5"],
  [42n, 0, "42"],
])("%s with %s decimals is written %s", (amount, decimals, text) => {
  expect(formatUnits(amount, decimals)).toBe(text)
})

test("what is written for people is read back as the same amount", () => {
  const amount = fc.bigInt({ min: 1n, max: BigInt(greatest) })
  fc.assert(
    fc.property(amount, fc.nat({ max: 18 }), (value, decimals) => {
      expect(fromUnits(formatUnits(value, decimals), decimals)).toBe(value)
    }),
  )
})
