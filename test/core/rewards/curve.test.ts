// AO's curve, tick by tick, against the figures that were published of it.

import fc from "fast-check"
import { expect, test } from "vitest"
import { AO_CURVE, mintedAfter, mintedBetween, ticksAt } from "../../../core/rewards/curve.ts"
import vectors from "../../vectors/ao-curve.json" with { type: "json" }

const UNIT = 10n ** 12n
/** Since when two thirds go to bridged assets: 2024-06-18 15:00 UTC. */
const BRIDGED_TICKS = 32_256

test.each(vectors.minted)("$ticks ticks, at $atUtc, mint $armstrongs", (row) => {
  const { ticks, atUtc, armstrongs } = row

  const minted = mintedAfter(AO_CURVE, ticks)

  expect(`${minted}`).toBe(armstrongs)
  expect(ticksAt(AO_CURVE, Date.parse(atUtc) / 1_000)).toBe(ticks)
  if ("published" in row && row.published)
    expect(offPpm(minted, BigInt(row.published.tokens) * UNIT)).toBeLessThan(
      row.published.withinPpm,
    )
})

test.each(vectors.years)("$days days from 2024-06-18 mint $tokens", ({ days, tokens }) => {
  const year =
    mintedAfter(AO_CURVE, BRIDGED_TICKS + days * 288) - mintedAfter(AO_CURVE, BRIDGED_TICKS)

  expect(`${(year * 100n + UNIT / 2n) / UNIT}`).toBe(tokens.replace(".", ""))
})

test.each(vectors.shares)("$ofPoolPpm ppm of the pool earn $published AO a year", (row) => {
  const year =
    mintedAfter(AO_CURVE, BRIDGED_TICKS + 365 * 288) - mintedAfter(AO_CURVE, BRIDGED_TICKS)

  const share = (year * 2n * BigInt(row.ofPoolPpm)) / (3n * 1_000_000n)

  expect(offPpm(share, BigInt(row.published) * UNIT)).toBeLessThan(5_500)
})

test("an AR that is held for a year earns 0.016 AO", () => {
  const year =
    mintedAfter(AO_CURVE, BRIDGED_TICKS + 365 * 288) - mintedAfter(AO_CURVE, BRIDGED_TICKS)

  const perAr = year / 3n / BigInt(vectors.perAr.arLocked)

  expect(`0.0${perAr / 1_000_000n}`).toBe(vectors.perAr.computed)
  expect(offPpm(perAr, 16n * 10n ** 9n)).toBeLessThan(3_000)
})

test("what is minted between moments adds up to what is minted by the last, whatever the moments", () => {
  const moments = fc.array(fc.integer({ min: 1_709_000_000, max: 1_709_900_000 }), { minLength: 2 })

  fc.assert(
    fc.property(moments, (some) => {
      const inOrder = some.sort((a, b) => a - b)

      const parts = mintedBetween(AO_CURVE, inOrder)

      const by = (atS: number) => mintedAfter(AO_CURVE, ticksAt(AO_CURVE, atS))
      const sum = parts.reduce((all, one) => all + one, 0n)
      expect(sum).toBe(by(inOrder.at(-1)!) - by(inOrder[0]!))
    }),
    { numRuns: 20 },
  )
})

test("nothing is minted before the curve begins, and never more than its supply", () => {
  const small = { ...AO_CURVE, supply: 1_000n, numerator: 1n, denominator: 2n }

  expect(mintedBetween(AO_CURVE, [1, AO_CURVE.startS + 299])).toEqual([0n])
  expect(mintedAfter(small, 1_000)).toBe(999n)
})

function offPpm(one: bigint, other: bigint): number {
  const off = one > other ? one - other : other - one
  return Number((off * 1_000_000n) / other)
}
