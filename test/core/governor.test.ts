// The day's window and the delay of what is large: exact, in any order, and not to be evaded in parts.

import fc from "fast-check"
import { describe, expect, test } from "vitest"
import {
  type Flow,
  type Governor,
  releasesOf,
  WINDOW_MS,
  type Worth,
  worthOf,
} from "../../core/governor.ts"
import { anId } from "../builders.ts"

const HOUR = 3_600_000
const governor: Governor = {
  delayMs: 6 * HOUR,
  windows: [{ asset: "AR", target: "arweave", day: 1_000n, large: 400n }],
  worth: null,
}

let count = 0
function aFlow(parts: Partial<Flow> = {}): Flow {
  const name = `${++count}`
  return {
    ...{ id: `ao:${anId(name)}:0`, asset: "AR", amount: 100n, atMs: 0 },
    ...{ origin: `from ${name}`, recipient: `to ${name}` },
    ...parts,
  }
}

/** Time goes on by itself: everything is planned at the moment for which it was released. */
function live(flows: readonly Flow[], rules = governor) {
  const planned: Flow[] = []
  let pending: Flow[] = []
  let nowMs = 0
  const arrivals = [...flows].sort((a, b) => a.atMs - b.atMs)
  while (arrivals.length + pending.length > 0) {
    const arrived = arrivals.filter(({ atMs }) => atMs <= nowMs)
    arrivals.splice(0, arrived.length)
    pending.push(...arrived)
    const oldest = Math.min(nowMs, ...pending.map(({ atMs }) => atMs))
    const recent = planned.filter(({ atMs }) => atMs > oldest - WINDOW_MS)
    const releases = releasesOf(rules, "arweave", recent, pending, nowMs)
    const free = pending.filter(({ id }) => releases.get(id)!.atMs <= nowMs)
    planned.push(...free.map((flow) => ({ ...flow, atMs: nowMs })))
    pending = pending.filter((flow) => !free.includes(flow))
    const next = [
      ...arrivals.map(({ atMs }) => atMs),
      ...pending.map(({ id }) => releases.get(id)!.atMs),
    ]
    nowMs = Math.min(...next.filter((atMs) => atMs > nowMs))
  }
  return planned
}

const flows = fc
  .array(
    fc.record({
      amount: fc.bigInt(1n, 600n),
      atMs: fc.integer({ min: 0, max: 60 }).map((hours) => hours * HOUR),
      origin: fc.constantFrom("ann", "ben", "cat"),
      recipient: fc.constantFrom("dan", "eve", "fay"),
    }),
    { minLength: 1, maxLength: 14 },
  )
  .map((all) => all.map((one) => aFlow(one)))

const sum = (all: readonly Flow[]) => all.reduce((total, { amount }) => total + amount, 0n)

// Case 124.
describe("the window", () => {
  test("lets out no more than the day's amount in any 24 hours, and everything in the end", () => {
    fc.assert(
      fc.property(flows, (all) => {
        const planned = live(all)

        expect(planned).toHaveLength(all.length)
        for (const { atMs: end } of planned) {
          const inside = planned.filter(({ atMs }) => atMs > end - WINDOW_MS && atMs <= end)
          expect(sum(inside) <= 1_000n).toBe(true)
        }
      }),
    )
  })

  test("slides: what fills it makes room exactly 24 hours after it, and the release time says so", () => {
    const planned = [aFlow({ amount: 990n, atMs: 5 * HOUR })]
    const late = aFlow({ amount: 20n, atMs: 6 * HOUR })

    const releases = releasesOf(governor, "arweave", planned, [late], 6 * HOUR)

    expect(releases.get(late.id)).toEqual({ atMs: 5 * HOUR + WINDOW_MS, rule: "day" })
  })

  test("lets pass what fits beside those that wait", () => {
    const planned = [aFlow({ amount: 900n })]
    const [big, small] = [aFlow({ amount: 200n, atMs: 1 }), aFlow({ amount: 50n, atMs: 2 })]

    const releases = releasesOf(governor, "arweave", planned, [small, big], 3)

    expect(releases.get(big.id)!.atMs).toBe(WINDOW_MS)
    expect(releases.get(small.id)).toEqual({ atMs: 3, rule: null })
  })

  test("of one asset or chain leaves the others alone, and an asset without one waits as large", () => {
    const planned = [aFlow({ amount: 1_000n })]
    const other = aFlow({ asset: "ETH", amount: 5n })

    const releases = releasesOf(governor, "arweave", planned, [other], 0)

    expect(releases.get(other.id)).toEqual({ atMs: governor.delayMs, rule: "large" })
  })

  test("is filled whole by what operators let pass above it", () => {
    const [large, small] = [aFlow({ amount: 5_000n }), aFlow({ amount: 1n, atMs: 7 * HOUR })]

    const releases = releasesOf(governor, "arweave", [], [large, small], 7 * HOUR)

    expect(releases.get(large.id)).toEqual({ atMs: 7 * HOUR, rule: null })
    expect(releases.get(small.id)).toEqual({ atMs: 7 * HOUR + WINDOW_MS, rule: "day" })
  })
})

test("the order in which transfers are told changes nothing", () => {
  fc.assert(
    fc.property(flows, fc.array(fc.nat(), { minLength: 14, maxLength: 14 }), (all, keys) => {
      const shuffled = all
        .map((flow, at) => ({ flow, key: keys[at]! }))
        .sort((a, b) => a.key - b.key)
        .map(({ flow }) => flow)
      const half = Math.floor(all.length / 2)
      const [planned, rest] = [all.slice(0, half), all.slice(half)]

      const entries = (some: readonly Flow[], others: readonly Flow[]) =>
        [...releasesOf(governor, "arweave", some, others, 60 * HOUR)].sort()

      expect(
        entries(
          planned.toReversed(),
          shuffled.filter((one) => rest.includes(one)),
        ),
      ).toEqual(entries(planned, rest))
    }),
  )
})

// Case 126.
describe("what is large", () => {
  test("waits, and goes by itself afterwards", () => {
    const large = aFlow({ amount: 400n, atMs: HOUR })

    expect(releasesOf(governor, "arweave", [], [large], HOUR).get(large.id)).toEqual({
      atMs: 7 * HOUR,
      rule: "large",
    })
    expect(releasesOf(governor, "arweave", [], [large], 7 * HOUR).get(large.id)!.rule).toBe(null)
  })

  test.each(["origin", "recipient"] as const)(
    "cannot be split to evade the delay: of one %s less than that goes at once in any 24 hours",
    (party) => {
      fc.assert(
        fc.property(flows, (all) => {
          const planned = new Map(live(all).map(({ id, atMs }) => [id, atMs]))
          const atOnce = all.filter(({ id, atMs }) => planned.get(id)! < atMs + governor.delayMs)
          for (const { [party]: who, atMs: end } of atOnce) {
            const inside = atOnce.filter(
              (one) => one[party] === who && one.atMs > end - WINDOW_MS && one.atMs <= end,
            )
            expect(sum(inside) < 400n).toBe(true)
          }
        }),
      )
    },
  )
})

// Case 36.
describe("worth", () => {
  const worth: Worth = {
    days: [{ target: "arweave", day: 10_000n }],
    prices: [{ asset: "AR", least: 500n, most: 3_000n }],
    freshMs: HOUR,
  }
  const unit = 10n ** 12n
  const said = (cents: bigint, atMs = 0) => new Map([["AR", { cents, atMs }] as const])
  const cents = (prices: ReturnType<typeof said>, nowMs = 0) =>
    worthOf(worth, { asset: "AR", amount: unit }, prices, nowMs)

  test.each([
    ["fresh and high", said(800n), 0, 800n],
    ["so low that somebody may have made it", said(1n), 0, 500n],
    ["old", said(800n), HOUR + 1, 3_000n],
    ["from the future", said(800n, HOUR + 1), 0, 3_000n],
    ["missing", new Map(), 0, 3_000n],
  ])("by a price that is %s", (_, prices, nowMs, expected) => {
    expect(cents(prices, nowMs)).toBe(expected)
  })

  test("a source never lets anything out earlier than none would without the worth", () => {
    const wide = {
      ...governor,
      windows: [{ ...governor.windows[0]!, day: 5n * unit, large: 9n * unit }],
    }
    const planned = [aFlow({ amount: 4n * unit })]
    const next = aFlow({ amount: unit, atMs: 1 })
    const at = (rules: Governor, prices?: ReturnType<typeof said>) =>
      releasesOf(rules, "arweave", planned, [next], 1, prices).get(next.id)

    expect(at(wide)).toEqual({ atMs: 1, rule: null })
    expect(at({ ...wide, worth }, said(1n, 1))).toEqual({ atMs: 1, rule: null })
    expect(at({ ...wide, worth })).toEqual({ atMs: WINDOW_MS, rule: "day-worth" })
    expect(at({ ...wide, worth }, said(90_000n, 1))).toEqual({ atMs: WINDOW_MS, rule: "day-worth" })
  })
})

describe("what comes back", () => {
  const open = { ...governor, cancels: [{ asset: "AR", target: "arweave" }] } as const
  const back = (amount: bigint, atMs: number) => aFlow({ amount, atMs })
  const planned = [aFlow({ amount: 900n, atMs: HOUR })]
  const wanted = aFlow({ amount: 300n, atMs: 2 * HOUR })
  const release = (rules: Governor, returned: readonly Flow[], nowMs = 2 * HOUR) =>
    releasesOf(rules, "arweave", planned, [wanted], nowMs, new Map(), returned).get(wanted.id)!

  test("makes room on a listed corridor, and on no other", () => {
    expect(release(open, [back(200n, HOUR)])).toEqual({ atMs: 2 * HOUR, rule: null })
    expect(release(governor, [back(200n, HOUR)]).rule).toBe("day")
    const elsewhere = { ...open, cancels: [{ asset: "ETH", target: "arweave" }] } as const
    expect(release(elsewhere, [back(200n, HOUR)]).rule).toBe("day")
  })

  test("makes no more room than was taken, and only for a day", () => {
    const all = release(open, [back(50_000n, HOUR)])
    expect(all).toEqual({ atMs: 2 * HOUR, rule: null })
    const whole = aFlow({ amount: 1_000n, atMs: 2 * HOUR })
    const small = aFlow({ amount: 1n, atMs: 3 * HOUR })
    const later = releasesOf(
      ...([{ ...open, delayMs: 0 }, "arweave", [], [whole, small], 3 * HOUR, new Map()] as const),
      [back(50_000n, -20 * HOUR)],
    )
    expect(later.get(whole.id)!.rule).toBe(null)
    // Four hours on what came back counts no more, and the window would be over.
    expect(later.get(small.id)).toEqual({ atMs: 3 * HOUR + WINDOW_MS, rule: "day" })
  })

  test("in any 24 hours no more goes than the window and what came back in them", () => {
    const returned = fc.array(
      fc.record({ amount: fc.bigInt(1n, 800n), atMs: fc.integer({ min: -30, max: 20 }) }),
      { maxLength: 5 },
    )
    fc.assert(
      fc.property(flows, returned, (all, backs) => {
        const came = backs.map(({ amount, atMs }) => back(amount, atMs * HOUR))
        const nowMs = 20 * HOUR
        const releases = releasesOf(open, "arweave", [], all, nowMs, new Map(), came)
        const out = all.map((flow) => ({ ...flow, atMs: releases.get(flow.id)!.atMs }))
        for (const { atMs: end } of out) {
          const isInside = ({ atMs }: Flow) => atMs > end - WINDOW_MS && atMs <= end
          const [gone, returnedThen] = [sum(out.filter(isInside)), sum(came.filter(isInside))]
          expect(gone <= 1_000n + returnedThen).toBe(true)
        }
      }),
    )
  })
})
