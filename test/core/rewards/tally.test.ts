// What is earned by holding: unit-seconds, shares of a pool, and who of them may have it.

import fc from "fast-check"
import { describe, expect, test } from "vitest"
import type { Action } from "../../../core/compliance/decision.ts"
import type { RewardEvent } from "../../../core/rewards/event.ts"
import { poolsOf } from "../../../core/rewards/pools.ts"
import { tally } from "../../../core/rewards/tally.ts"
import { AR, aCampaign, accrual, at, burn, mint, move, people, says } from "./builders.ts"

const { ada, bob, eve, zoe } = people
const campaign = aCampaign({ accrual: accrual() })
const [pool] = poolsOf(campaign, 1)
const everybody = Object.values(people).map((one) => says(0, one, "allow"))

function accruedOf(events: readonly RewardEvent[], epoch = 1, rules = campaign) {
  const { accounts } = tally(rules, events, epoch)
  return new Map(accounts.map((one) => [one.id, one.accrued]))
}

test("what comes in the middle of an epoch counts half", () => {
  const events = [...everybody, mint(0, ada, AR), mint(5, bob, AR)]

  const accrued = accruedOf(events)

  expect(accrued.get(ada)! - 2n * accrued.get(bob)!).toBeLessThanOrEqual(1n)
  expect(accrued.get(ada)! + accrued.get(bob)!).toBe(pool)
})

test("what was held before the campaign counts from its first second", () => {
  const early = [...everybody, mint(-20, ada, AR), mint(0, bob, AR)]

  const accrued = accruedOf(early)

  expect(accrued.get(ada)! - accrued.get(bob)!).toBeLessThanOrEqual(1n)
})

test("what is burned, or sent on, no longer counts for who had it", () => {
  const events = [...everybody, mint(0, ada, 2n * AR), move(5, ada, bob, AR), burn(5, ada, AR)]

  const accrued = accruedOf(events)

  // Two units for five days, against one unit for five.
  expect(accrued.get(ada)! - 2n * accrued.get(bob)!).toBeLessThanOrEqual(2n)
})

test("tokens that were not seen to come cannot be seen to go: nothing counts twice", () => {
  const events = [...everybody, mint(0, ada, AR), move(1, eve, zoe, AR), burn(2, eve, 3n * AR)]

  const { accounts, unseen } = tally(campaign, events, 1)

  expect(accounts.find(({ id }) => id === zoe)?.holdings.get("AR")?.balance ?? 0n).toBe(0n)
  expect(unseen.get("AR")).toBe(3n * AR)
})

test("assets weigh by amount, price and yield, whatever their decimals", () => {
  const rows = {
    AR: { price: 5_000_000n, yield: 40_000n },
    USDC: { price: 1_000_000n, yield: 200_000n },
  }
  const both = aCampaign({ accrual: accrual(rows) })
  const usdc = at(0, {
    kind: "mint",
    account: bob,
    asset: "USDC",
    amount: 10n ** 6n,
    chain: "ao-usdc",
  })

  const accrued = accruedOf([...everybody, mint(0, ada, AR), usdc], 1, both)

  expect(accrued.get(ada)! - accrued.get(bob)!).toBeLessThanOrEqual(1n)
})

test("a table holds from its epoch on", () => {
  const one = accrual()!
  const rows = { AR: { price: 0n, yield: 0n } }
  const later = { fromEpoch: 2, source: "a test", rows }
  const rules = aCampaign({ accrual: { ...one, tables: [...one.tables, later] } })

  const { unshared, accounts } = tally(rules, [...everybody, mint(0, ada, AR)], 2)

  // Nobody has any weight in the second epoch, so nobody gets its pool.
  const [first, second] = poolsOf(rules, 2)
  expect(accounts.find(({ id }) => id === ada)!.accrued).toBe(first)
  expect(unshared).toBe(second)
})

describe("whoever may not be rewarded", () => {
  const held = [mint(0, ada, AR), mint(0, bob, AR)]
  const fates = (action: Action | null, ...later: readonly RewardEvent[]) => {
    const said = action ? [says(1, ada, action)] : []
    return (epoch: number) => {
      const { accounts } = tally(
        campaign,
        [...held, ...said, says(1, bob, "allow"), ...later],
        epoch,
      )
      const { earned, waiting, returned, frozen } = accounts.find(({ id }) => id === ada)!
      return { earned, waiting, returned, frozen }
    }
  }
  const [first] = poolsOf(campaign, 1)
  const half = first! / 2n

  test.each<[string, ReturnType<typeof fates>, number, string]>([
    ["allowed: it is theirs", fates("allow"), 1, "earned"],
    ["never signed in: it waits", fates(null), 1, "waiting"],
    ["on hold: it waits", fates("hold"), 1, "waiting"],
    ["rejected: it goes back to the campaign", fates("reject"), 1, "returned"],
    ["blocked: it is frozen", fates("block"), 1, "frozen"],
  ])("%s", (_, of, epoch, name) => {
    const found = of(epoch)

    const amount = found[name as keyof typeof found]
    expect(amount - half === 0n || amount - half === 1n).toBe(true)
    expect(Object.values(found).filter((one) => one > 0n)).toHaveLength(1)
  })

  test("who signs in before the deadline has the share that waited; who does not loses it", () => {
    const late = fates(null, says(19, ada, "allow"))
    const tooLate = fates(null, says(20, ada, "allow"))

    expect(late(1).waiting > 0n && late(2).waiting === 0n).toBe(true)
    expect(late(2).earned > half).toBe(true)
    // Day 20 is the deadline of the first epoch; the second one still waited, and is earned in the third.
    expect(tooLate(3).returned).toBe(tooLate(1).waiting)
    expect(tooLate(3).earned > 0n).toBe(true)
  })

  test("an appeal that is granted gives the share of that epoch alone", () => {
    const rejected = fates("reject")
    const heard = fates("reject", says(15, ada, "allow", 1))

    expect(heard(2).earned).toBe(rejected(1).returned)
    expect(heard(2).returned).toBe(rejected(2).returned - rejected(1).returned)
  })

  test("what was frozen is theirs once they are off the list, without a deadline", () => {
    const freed = fates("block", says(45, ada, "allow"))

    expect(freed(4).frozen > 0n).toBe(true)
    expect(freed(5)).toMatchObject({ frozen: 0n, waiting: 0n, returned: 0n })
  })

  test("whatever is said of others changes nobody's share, not by a unit", () => {
    const action = fc.constantFrom<Action>("allow", "hold", "reject", "block")
    const words = fc.array(fc.tuple(fc.constantFrom(bob, eve, zoe), fc.nat(25), action), {
      maxLength: 6,
    })
    const events = [
      ...[mint(0, ada, 3n * AR), mint(1, bob, 5n * AR), mint(2, eve, 7n * AR)],
      ...[move(8, bob, zoe, AR), burn(12, eve, AR), says(0, ada, "allow")],
    ]
    const alone = tally(campaign, events, 3).accounts.find(({ id }) => id === ada)!

    fc.assert(
      fc.property(words, (said) => {
        const more = said.map(([who, day, what]) => says(day, who, what))

        const { accounts } = tally(campaign, [...events, ...more], 3)

        const { earned, accrued } = accounts.find(({ id }) => id === ada)!
        expect([earned, accrued]).toEqual([alone.earned, alone.accrued])
      }),
      { numRuns: 40 },
    )
  })
})

test("a verdict takes its part, for nobody, and a later one gives it back", () => {
  const events = [...everybody, mint(0, ada, AR), mint(0, bob, AR)]
  const half = at(9, { kind: "verdict", account: ada, person: "farm", weight: 5_000 })
  const cleared = at(15, { kind: "verdict", account: ada, person: ada, weight: 10_000 })
  const of = (more: readonly RewardEvent[], epoch: number, who = ada) =>
    tally(campaign, [...events, ...more], epoch).accounts.find(({ id }) => id === who)!

  expect(of([half], 1).earned).toBe(of([], 1).earned / 2n)
  expect(of([half], 1, bob).earned).toBe(of([], 1, bob).earned)
  expect(of([half, cleared], 2).earned).toBe(of([], 2).earned)
})

const random = fc.array(
  fc.record({
    kind: fc.constantFrom("mint", "burn", "move"),
    who: fc.constantFrom(...Object.values(people)),
    to: fc.constantFrom(...Object.values(people)),
    day: fc.double({ min: -5, max: 29, noNaN: true }),
    amount: fc.bigInt({ min: 1n, max: 100n * AR }),
  }),
  { minLength: 1, maxLength: 30 },
)
const eventsOf = (some: typeof random extends fc.Arbitrary<infer Rows> ? Rows : never) => {
  return some.map(({ kind, who, to, day, amount }) => {
    if (kind === "mint") return mint(day, who, amount)
    return kind === "burn" ? burn(day, who, amount) : move(day, who, to, amount)
  })
}

test("the shares of all epochs are their pools, to the unit", () => {
  fc.assert(
    fc.property(random, (some) => {
      const { accounts, shared, unshared } = tally(campaign, eventsOf(some), 3)

      const pools = poolsOf(campaign, 3).reduce((all, one) => all + one, 0n)
      expect(shared).toBe(pools)
      expect(accounts.reduce((all, { accrued }) => all + accrued, unshared)).toBe(pools)
    }),
    { numRuns: 40 },
  )
})

test("the order in which events arrive changes nothing", () => {
  fc.assert(
    fc.property(random, fc.infiniteStream(fc.nat()), (some, chance) => {
      const events = eventsOf(some)
      const keys = new Map(events.map((event) => [event, chance.next().value!]))
      const shuffled = [...events].sort((a, b) => keys.get(a)! - keys.get(b)!)

      expect(tally(campaign, shuffled, 3)).toEqual(tally(campaign, events, 3))
    }),
    { numRuns: 40 },
  )
})

test("what is spread over wallets earns no more by holding than what is not, but for a unit a wallet", () => {
  const parts = fc.array(fc.bigInt({ min: 1n, max: 50n * AR }), { minLength: 2, maxLength: 8 })

  fc.assert(
    fc.property(parts, fc.bigInt({ min: 1n, max: 500n * AR }), (amounts, others) => {
      const sum = amounts.reduce((all, one) => all + one, 0n)
      const wallets = amounts.map((_, n) => `${"w".repeat(42)}${n}`)
      const rest = mint(0, zoe, others)

      const whole = accruedOf([rest, mint(1, ada, sum)]).get(ada)!
      const split = accruedOf([rest, ...wallets.map((one, n) => mint(1, one, amounts[n]!))])

      const all = wallets.reduce((sum, one) => sum + split.get(one)!, 0n)
      expect(all - whole).toBeLessThanOrEqual(BigInt(wallets.length))
    }),
    { numRuns: 40 },
  )
})
