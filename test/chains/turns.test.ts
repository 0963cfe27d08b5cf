// Work in pieces leaves the thread to others in between.

import { expect, test } from "vitest"
import { ownTurn, shortTurn } from "../../chains/turns.ts"
import { turnsOf } from "./turns.ts"

/** A piece of work that takes so long. */
function busy(ms: number): void {
  const untilMs = performance.now() + ms
  while (performance.now() < untilMs);
}

test("those that wait together get a turn each, in their order", async () => {
  await turnsOf(async (turn) => {
    const seen = await Promise.all(
      Array.from({ length: 20 }, async (_, place) => {
        await ownTurn()
        return [place, turn()] as const
      }),
    )

    expect(new Set(seen.map(([, at]) => at)).size).toBe(20)
    expect(seen.map(([, at]) => at)).toEqual(seen.map(([, at]) => at).toSorted((a, b) => a - b))
  })
})

test("pieces of work that wait together share a turn only as long as it is young", async () => {
  await turnsOf(async (turn) => {
    const seen = await Promise.all(
      Array.from({ length: 30 }, async () => {
        await shortTurn()
        const at = turn()
        busy(2)
        return at
      }),
    )

    const most = Math.max(
      ...[...new Set(seen)].map((at) => seen.filter((one) => one === at).length),
    )
    // Four of them, and the one whose own turn it is.
    expect(most).toBeLessThanOrEqual(5)
  })
})
