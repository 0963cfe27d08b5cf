// The fee formula, and which rule is in force at which height.

import fc from "fast-check"
import { expect, test } from "vitest"
import { type FeeRule, feeFor, isCovered, reserveOf } from "../../core/fees.ts"

const rule: FeeRule = {
  asset: "AR",
  source: "arweave",
  heightMin: 0,
  flat: 10n,
  basisPoints: 25n,
}
const deposit = { asset: "AR", source: "arweave", amount: 1_000_000n } as const

test("a fee is a flat part and a part of the amount", () => {
  expect(feeFor([rule], deposit, 5)).toBe(10n + 2_500n)
  expect(feeFor([{ ...rule, flat: 0n, basisPoints: 0n }], deposit, 5)).toBe(0n)
})

test.each([
  [1n, 1n],
  [399n, 1n],
  [400n, 1n],
  [401n, 2n],
])("the part of %s is rounded up", (amount, fee) => {
  expect(feeFor([{ ...rule, flat: 0n }], { ...deposit, amount }, 5)).toBe(fee)
})

// Case 12
test("a transfer costs what was in force at its block, whatever comes later", () => {
  const later = { ...rule, heightMin: 100, flat: 99n }
  const latest = { ...rule, heightMin: 200, flat: 500n }

  for (const rules of [
    [rule, later, latest],
    [latest, later, rule],
  ]) {
    expect(feeFor(rules, deposit, 99)).toBe(10n + 2_500n)
    expect(feeFor(rules, deposit, 100)).toBe(99n + 2_500n)
    expect(feeFor(rules, deposit, 199)).toBe(99n + 2_500n)
    expect(feeFor(rules, deposit, 200)).toBe(500n + 2_500n)
  }
})

test("a rule is of its own direction", () => {
  const burn = { ...rule, source: "ao", heightMin: 50, flat: 7n } as const

  expect(feeFor([rule, burn], deposit, 60)).toBe(10n + 2_500n)
  expect(feeFor([rule, burn], { ...deposit, source: "ao" }, 60)).toBe(7n + 2_500n)
})

test("no rule is no fee of zero, but a mistake in the configuration", () => {
  const missing = expect.objectContaining({ code: "bad-config" })

  expect(() => feeFor([], deposit, 5)).toThrow(missing)
  expect(() => feeFor([{ ...rule, heightMin: 6 }], deposit, 5)).toThrow(missing)
  expect(() => feeFor([rule], { ...deposit, source: "ao" }, 5)).toThrow(missing)
})

test("a greater amount never costs less, and the part is within one unit of exact", () => {
  const amount = fc.bigInt({ min: 1n, max: 10n ** 38n })
  fc.assert(
    fc.property(amount, amount, fc.bigInt({ min: 0n, max: 10_000n }), (a, b, basisPoints) => {
      const fee = (value: bigint) =>
        feeFor([{ ...rule, basisPoints }], { ...deposit, amount: value }, 0)

      expect(fee(a) <= fee(a + b)).toBe(true)
      const excess = (fee(a) - rule.flat) * 10_000n - a * basisPoints
      expect(excess >= 0n && excess < 10_000n).toBe(true)
    }),
  )
})

// Case 7
test.each([
  ["its own fee", { cost: 10n, fees: 10n }, 0n, true],
  ["one unit more than that", { cost: 11n, fees: 10n }, 0n, false],
  ["what others left", { cost: 15n, fees: 10n }, 5n, true],
  ["one unit more than both", { cost: 16n, fees: 10n }, 5n, false],
  ["its own fee, though others cost more than they brought", { cost: 10n, fees: 10n }, -5n, true],
] as const)("a network fee of %s is covered or not", (_, costing, reserve, holds) => {
  expect(isCovered(costing, reserve)).toBe(holds)
})

test("what is under way has spent what it costs beyond its fees, and leaves nothing before it lands", () => {
  const underWay = [
    { cost: 7n, fees: 10n },
    { cost: 30n, fees: 10n },
  ]

  expect(reserveOf(23n, underWay)).toBe(3n)
  expect(reserveOf(0n, underWay)).toBe(-20n)
})
