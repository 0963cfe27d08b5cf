// Tasks: what counts for each kind, what caps and budget leave of it, and that splitting a wallet pays nothing.

import fc from "fast-check"
import { describe, expect, test } from "vitest"
import type { Predicate, Task, TaskRules } from "../../../core/rewards/campaign.ts"
import { campaignJson } from "../../../core/rewards/campaign.ts"
import { campaignIn, timesOf } from "../../../core/rewards/campaign-form.ts"
import type { RewardEvent } from "../../../core/rewards/event.ts"
import { tally } from "../../../core/rewards/tally.ts"
import {
  AR,
  aCampaign,
  aTask,
  at,
  burn,
  DAY,
  EPOCH,
  mint,
  move,
  POINT,
  people,
  START,
  tasks,
} from "./builders.ts"

const { ada, bob, eve } = people
const SHOP = "s".repeat(43)

/** Points of Ada in whole, or of somebody else. */
function pointsOf(
  list: readonly Task[],
  events: readonly RewardEvent[],
  { who = ada, epoch = 1, ...rules }: Partial<TaskRules> & { who?: string; epoch?: number } = {},
): number {
  const campaign = aCampaign({ tasks: tasks(list, rules) })
  const one = tally(campaign, events, epoch).accounts.find(({ id }) => id === who)
  return Number((one?.points ?? 0n) / POINT)
}

const ofAr = <Kind extends Predicate["kind"]>(kind: Kind, more = {}) =>
  aTask({ kind, asset: "AR", min: 10n * AR, ...more } as Predicate)

describe("full minimums count for", () => {
  test.each<[string, Task, readonly RewardEvent[], number]>([
    [
      "the first bridge: all that was bridged, together",
      ofAr("first-bridge"),
      [mint(0, ada, 6n * AR), mint(1, ada, 15n * AR)],
      2,
    ],
    [
      "bridging at least so much: each deposit for itself",
      ofAr("bridge"),
      [mint(0, ada, 6n * AR), mint(1, ada, 25n * AR), mint(1, ada, 9n * AR)],
      2,
    ],
    [
      "a round trip: what came and went again",
      ofAr("round-trip"),
      [mint(0, ada, 50n * AR), burn(2, ada, 21n * AR)],
      2,
    ],
    [
      "distinct days: three of them, each with its minimum",
      ofAr("days", { days: 3 }),
      [0.1, 0.5, 1, 2].map((day) => mint(day, ada, 10n * AR)),
      1,
    ],
    [
      "two days of three",
      ofAr("days", { days: 3 }),
      [0, 1].map((day) => mint(day, ada, 90n * AR)),
      0,
    ],
    [
      "use of a process: what was sent to it",
      ofAr("use", { process: SHOP }),
      [mint(0, ada, 50n * AR), move(1, ada, SHOP, 21n * AR), move(1, ada, bob, 20n * AR)],
      2,
    ],
    [
      "signed terms: what was bridged",
      ofAr("terms", { version: "2" }),
      [mint(0, ada, 25n * AR), at(1, { kind: "terms", version: "2" })],
      2,
    ],
    [
      "other terms",
      ofAr("terms", { version: "2" }),
      [mint(0, ada, 25n * AR), at(1, { kind: "terms", version: "1" })],
      0,
    ],
    [
      "an external task: what was bridged",
      ofAr("external"),
      [at(0, { kind: "external", task: "external" }), mint(1, ada, 10n * AR)],
      1,
    ],
    ["an external task that nobody vouches for", ofAr("external"), [mint(1, ada, 10n * AR)], 0],
    [
      "another asset",
      ofAr("first-bridge"),
      [at(0, { kind: "mint", asset: "ETH", amount: 10n ** 20n, chain: "ao-eth" })],
      0,
    ],
  ])("%s", (_, task, events, times) => {
    expect(pointsOf([task], events)).toBe(times)
  })

  test("holding: so much for so many days, once it was held so long without a break", () => {
    const hold = ofAr("hold", { days: 5 })

    expect(pointsOf([hold], [mint(0, ada, 20n * AR)])).toBe(4)
    expect(pointsOf([hold], [mint(6, ada, 20n * AR)])).toBe(0)
    expect(pointsOf([hold], [mint(6, ada, 20n * AR)], { epoch: 2 })).toBe(5)
    // Twice four days, with a break.
    const broken = [mint(0, ada, 10n * AR), burn(4, ada, 1n), mint(6, ada, 1n)]
    expect(pointsOf([hold], broken)).toBe(0)
  })

  test("a referral: who was named, or oneself when nobody was", () => {
    const list = [ofAr("referral")]
    const events = [
      mint(0, bob, 25n * AR, { referrer: ada }),
      // The first word counts.
      mint(1, bob, 10n * AR, { referrer: eve }),
      mint(1, eve, 10n * AR),
    ]

    expect(pointsOf(list, events)).toBe(3)
    expect(pointsOf(list, events, { who: bob })).toBe(0)
    expect(pointsOf(list, events, { who: eve })).toBe(1)
  })

  test("a burn that came back is no way home, whenever that is known", () => {
    const out = burn(2, ada, 30n * AR, { transfer: `ao:${"b".repeat(43)}:0` })
    const back = at(15, { kind: "refund", amount: 30n * AR, transfer: `ao:${"b".repeat(43)}:0` })
    const list = [ofAr("round-trip")]

    expect(pointsOf(list, [mint(0, ada, 30n * AR), out])).toBe(3)
    expect(pointsOf(list, [mint(0, ada, 30n * AR), out, back], { epoch: 2 })).toBe(0)
  })
})

describe("no more is given than", () => {
  const deposits = [0, 0.5, 1, 2, 3].map((day) => mint(day, ada, 100n * AR))
  const first = ofAr("first-bridge")

  test("a task may be repeated by one person", () => {
    expect(pointsOf([{ ...first, repeat: 7 }], deposits)).toBe(7)
  })

  test("a task gives a person in a day; the rest comes on another day", () => {
    const capped = { ...first, cap: 12n * POINT }

    expect(pointsOf([capped], deposits.slice(0, 2))).toBe(20)
    expect(pointsOf([capped], deposits)).toBe(50)
    expect(pointsOf([{ ...capped, cap: 4n * POINT }], deposits)).toBe(20)
  })

  test("a person has in a day, and in all", () => {
    expect(pointsOf([first], deposits, { dayMax: 3n * POINT })).toBe(15)
    expect(pointsOf([first], deposits, { personMax: 9n * POINT })).toBe(9)
  })

  test("a person has, with however many wallets", () => {
    const both = [ada, bob].map((account) => at(9, { kind: "verdict", account, person: "p" }))
    const events = [...deposits, mint(1, bob, 100n * AR), ...both]
    const of = (who: string) => pointsOf([first], events, { who, personMax: 12n * POINT })

    expect(of(ada) + of(bob)).toBe(12)
  })

  test("the budget, whoever comes first", () => {
    const events = [mint(0, bob, 40n * AR), ...deposits.slice(1)]

    expect(pointsOf([first], events, { budget: 6n * POINT, who: bob })).toBe(4)
    expect(pointsOf([first], events, { budget: 6n * POINT })).toBe(2)
  })

  test("happens in the task's window", () => {
    const late: Task = { ...first, window: [START + 2 * DAY, START + 3 * DAY] }

    expect(pointsOf([late], deposits)).toBe(10)
  })

  test("follows what it needs", () => {
    const needing = { ...ofAr("bridge"), needs: ["round-trip"] }
    const list = [ofAr("round-trip"), needing]

    expect(pointsOf(list, deposits)).toBe(0)
    expect(pointsOf(list, [...deposits, burn(4, ada, 10n * AR)])).toBe(51)
  })
})

test("the budget is never exceeded, whatever happens", () => {
  const some = fc.array(
    fc.tuple(fc.constantFrom(ada, bob, eve), fc.nat(29), fc.bigInt({ min: 1n, max: 900n * AR })),
  )

  fc.assert(
    fc.property(some, (deposits) => {
      const list = [ofAr("first-bridge"), ofAr("bridge"), ofAr("hold", { days: 2 })]
      const rules = tasks(list, { budget: 20n * POINT + 7n })
      const events = deposits.map(([who, day, amount]) => mint(day, who, amount))

      const { accounts } = tally(aCampaign({ tasks: rules }), events, 3)

      const sum = accounts.reduce((all, { points }) => all + points, 0n)
      expect(sum).toBeLessThanOrEqual(20n * POINT)
    }),
    { numRuns: 40 },
  )
})

// What one wallet does is done by several instead, move by move or each move in parts; with the caps of a sound file.
test("splitting a wallet gains nothing, up to what the campaign calls whole", () => {
  const WHOLE = 300n * AR
  const list = [
    ...[ofAr("first-bridge"), ofAr("bridge"), ofAr("hold", { days: 2 }), ofAr("round-trip")],
    ...[ofAr("days", { days: 2 }), ofAr("use", { process: SHOP }), ofAr("referral")],
    ...[ofAr("terms", { version: "1" }), { ...ofAr("external"), needs: ["bridge"] }],
  ].map((task) => {
    const times = timesOf(task.predicate, WHOLE, 10 * EPOCH)
    return { ...task, repeat: Number(times), cap: times * POINT }
  })
  const max = list.reduce((sum, { cap }) => sum + cap, 0n)
  const rules = { whole: { AR: WHOLE }, personMax: max, dayMax: max }
  const campaign = aCampaign({
    tasks: tasks(list, { ...rules, budget: 10n ** 27n }),
    issuers: { shop: "A".repeat(43) },
  })
  // The file is one that is accepted.
  campaignIn(JSON.parse(JSON.stringify(campaignJson(campaign))))
  const wallets = ["x", "y", "z"].map((letter) => letter.repeat(43))
  const moves = fc.array(
    fc.record({
      kind: fc.constantFrom("mint", "mint", "burn", "use"),
      day: fc.integer({ min: 0, max: 25 }),
      // Parts of each wallet.
      parts: fc.tuple(fc.nat(40), fc.nat(20), fc.nat(15)),
    }),
    { minLength: 1, maxLength: 8 },
  )

  fc.assert(
    fc.property(moves, fc.subarray(wallets), (some, told) => {
      fc.pre(volumeOf(some) <= 300)
      const done = possible(some)
      const made = done.flatMap(({ kind, day, parts }) =>
        parts.flatMap((part, n) =>
          part === 0 ? [] : [eventOf(kind, day, wallets[n]!, BigInt(part) * AR)],
        ),
      )
      const whole = done.flatMap(({ kind, day, parts }) => {
        const sum = parts.reduce((all, one) => all + one, 0)
        return sum === 0 ? [] : [eventOf(kind, day, ada, BigInt(sum) * AR)]
      })
      const words = (who: string) => [
        at(0, { kind: "terms", account: who, version: "1" }),
        at(0, { kind: "external", account: who, task: "external" }),
      ]

      const split = tally(campaign, [...made, ...told.flatMap(words)], 3)
      const one = tally(campaign, [...whole, ...(told.length > 0 ? words(ada) : [])], 3)

      const sum = (of: typeof one) =>
        of.accounts.reduce((all, { id, points }) => (id === SHOP ? all : all + points), 0n)
      expect(sum(split)).toBeLessThanOrEqual(sum(one))
    }),
    { numRuns: 150 },
  )
})

function eventOf(kind: string, day: number, who: string, amount: bigint): RewardEvent {
  if (kind === "mint") return mint(day, who, amount)
  return kind === "burn" ? burn(day, who, amount) : move(day, who, SHOP, amount)
}

interface Deed {
  readonly kind: string
  readonly day: number
  readonly parts: readonly number[]
}

/** In order of time, and each wallet sends only what it has. */
function possible(some: readonly Deed[]): readonly Deed[] {
  const held = [0, 0, 0]
  const ordered = [...some].sort((a, b) => a.day - b.day)
  return ordered.map(({ kind, day, parts }) => {
    const sent = parts.map((part, n) => (kind === "mint" ? part : Math.min(part, held[n]!)))
    for (const [n, part] of sent.entries()) held[n]! += kind === "mint" ? part : -part
    return { kind, day, parts: sent }
  })
}

function volumeOf(some: readonly { readonly parts: readonly number[] }[]): number {
  return some.flatMap(({ parts }) => parts).reduce((all, one) => all + one, 0)
}
