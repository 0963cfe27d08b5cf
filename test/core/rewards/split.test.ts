// The division of a pool: exact, the same in any order, and of no use to whoever splits.

import fc from "fast-check"
import { expect, test } from "vitest"
import { split } from "../../../core/rewards/split.ts"

const weights = fc
  .uniqueArray(
    fc.tuple(fc.stringMatching(/^[a-z]{1,6}$/), fc.bigInt({ min: 0n, max: 10n ** 30n })),
    {
      selector: ([id]) => id,
      minLength: 1,
      maxLength: 30,
    },
  )
  .map((rows) => rows.map(([id, weight]) => ({ id, weight })))
  .filter((rows) => rows.some(({ weight }) => weight > 0n))
const pools = fc.bigInt({ min: 0n, max: 10n ** 24n })

test("the parts add up to the pool, each within one unit of its share", () => {
  fc.assert(
    fc.property(pools, weights, (pool, rows) => {
      const parts = split(pool, rows)!

      const sum = rows.reduce((all, { weight }) => all + weight, 0n)
      expect(parts.reduce((all, one) => all + one, 0n)).toBe(pool)
      for (const [at, { weight }] of rows.entries()) {
        const share = (pool * weight) / sum
        expect(parts[at]! - share === 0n || parts[at]! - share === 1n).toBe(true)
      }
    }),
  )
})

test("the order in which weights come changes nobody's part", () => {
  fc.assert(
    fc.property(pools, weights, (pool, rows) => {
      const turned = [...rows].reverse()

      const parts = new Map(rows.map(({ id }, at) => [id, split(pool, rows)![at]]))
      const others = new Map(turned.map(({ id }, at) => [id, split(pool, turned)![at]]))

      expect(others).toEqual(parts)
    }),
  )
})

test("equal remainders go to the ids that sort first", () => {
  const rows = ["c", "a", "b"].map((id) => ({ id, weight: 1n }))

  expect(split(2n, rows)).toEqual([0n, 1n, 1n])
})

test("without any weight there are no parts", () => {
  expect(split(5n, [{ id: "a", weight: 0n }])).toBeNull()
  expect(split(5n, [])).toBeNull()
})
