// Sums of stretches of time: as if everything in them had been added up.

import fc from "fast-check"
import { expect, test } from "vitest"
import { Tally } from "../../core/tally.ts"

const moves = fc.array(fc.tuple(fc.integer({ min: -20, max: 20 }), fc.bigInt(0n, 100n)))
const edge = fc.integer({ min: -22, max: 22 })

test("a stretch sums to what moved in it, in whatever order that was told", () => {
  fc.assert(
    fc.property(moves, edge, edge, (all, after, until) => {
      const tally = new Tally()
      for (const [atMs, amount] of all) tally.add(atMs, amount)

      const inside = all.filter(([atMs]) => atMs > after && atMs <= until)
      const times = all.map(([atMs]) => atMs).sort((a, b) => a - b)
      expect(tally.sum(after, Math.max(after, until))).toBe(
        inside.reduce((sum, [, amount]) => sum + amount, 0n),
      )
      expect(tally.next(after)).toBe(times.find((atMs) => atMs > after))
      expect(tally.between(after, until)).toEqual(
        times.filter((atMs) => atMs > after && atMs < until),
      )
    }),
  )
})
