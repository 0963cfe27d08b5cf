// What a rule about an amount reads: cents by the same prices as the limits, and nothing where there are none.

import { expect, test } from "vitest"
import { usdCentsOf, usdCentsOfAll } from "../../../core/compliance/worth.ts"
import type { Prices, Worth } from "../../../core/governor.ts"

const AR = 10n ** 12n
const NOW = 1_795_910_400_000
const DAY = 86_400_000
const prices: Prices = new Map([["AR", { cents: 650n, atMs: NOW - DAY }]])
const two = { asset: "AR", amount: 2n * AR } as const

test.each([
  ["a price counts for a day", two, NOW, 1_300],
  ["a part of a cent is one", { asset: "AR", amount: 1n } as const, NOW, 1],
  ["an older price is none", two, NOW + 1, null],
  ["a price from the future is none", two, NOW - 2 * DAY - 1, null],
  ["an asset without a price has none", { asset: "ETH", amount: 1n } as const, NOW, null],
])("%s", (_, flow, nowMs, cents) => {
  expect(usdCentsOf(flow, prices, null, nowMs)).toBe(cents)
})

test("where the bridge bounds what an asset is worth, silence makes it worth the most", () => {
  const bounds = [{ asset: "AR", least: 1_000n, most: 3_000n }] as const
  const worth: Worth = { days: [], prices: bounds, freshMs: DAY }

  expect(usdCentsOf(two, prices, worth, NOW)).toBe(2_000)
  expect(usdCentsOf(two, new Map(), worth, NOW)).toBe(6_000)
})

test("sums stay whole numbers, however great, and what has no price adds nothing", () => {
  const sums = new Map([["AR", AR] as const, ["ETH", 1n] as const])

  expect(usdCentsOfAll(sums, prices, null, NOW)).toBe(650)
  expect(usdCentsOf({ asset: "AR", amount: 10n ** 40n }, prices, null, NOW)).toBe(
    Number.MAX_SAFE_INTEGER,
  )
})
