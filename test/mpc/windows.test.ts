// The bridge's window in a signer's own journal: by asset and chain, exact over a restart, and a plan is all or nothing.

import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { beforeEach, describe, expect, test } from "vitest"
import type { ChainName } from "../../core/assets.ts"
import type { Governor } from "../../core/governor.ts"
import { type Plan, Pledges } from "../../mpc/pledges.ts"
import { anId } from "../builders.ts"
import { aPayout } from "../chains/builders.ts"

const DAY_MS = 86_400_000
const caps = [{ asset: "AR", signature: 1_000n, day: 1_000n }] as const
const governor: Governor = {
  ...{ delayMs: 0, worth: null },
  windows: [{ asset: "AR", target: "ao", day: 10n, large: 1_000n }],
}

let folder = ""
let pledges: Pledges
let count = 0
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "causeway-windows-"))
  pledges = await Pledges.open(folder)
  return async () => {
    await pledges.close()
    await rm(folder, { recursive: true })
  }
})

function aPlan(amounts: readonly bigint[], chain: ChainName = "ao"): Plan {
  const source = chain === "ao" ? "arweave" : "ao"
  const payouts = amounts.map((amount) =>
    aPayout(chain, { transfer: `${source}:${anId(`${++count}`)}:0`, amount }),
  )
  const slots = new Map(payouts.map(({ transfer }) => [transfer, `slot of ${transfer}`]))
  return { chain, payouts, terms: {}, slots }
}

const pledge = async (plan: Plan, nowMs: number) =>
  (await pledges.pledge(plan, caps, nowMs, { governor })).map(({ code }) => code)

test("it fills, slides, and is the same after a restart", async () => {
  expect(await pledge(aPlan([6n]), 0)).toEqual([])
  expect(await pledge(aPlan([4n]), 5)).toEqual([])
  await pledges.close()
  pledges = await Pledges.open(folder)

  expect(await pledge(aPlan([1n]), DAY_MS - 1)).toEqual(["not-yet"])
  expect(await pledge(aPlan([6n]), DAY_MS)).toEqual([])
  expect(await pledge(aPlan([1n]), DAY_MS)).toEqual(["not-yet"])
})

test("what is too much for one signature only beside others waits, and is signed alone", async () => {
  const both = aPlan([600n, 600n], "arweave")
  const alone = { ...both, payouts: both.payouts.slice(1) }

  expect(await pledge(both, 0)).toEqual(["not-yet"])
  expect(await pledge(aPlan([1_001n], "arweave"), 0)).toEqual(["over-cap"])
  expect(await pledge(alone, 0)).toEqual([])
})

// Case 144: a clock jump.
test("a clock that ran ahead and is right again forgets nothing of the day", async () => {
  expect(await pledge(aPlan([9n]), 0)).toEqual([])
  expect(await pledge(aPlan([1n]), 400 * DAY_MS)).toEqual([])

  // Both count: what was signed in a time that never was, too.
  expect(await pledge(aPlan([1n]), 1)).toEqual(["not-yet"])
  expect(await pledge(aPlan([1n]), DAY_MS - 1)).toEqual(["not-yet"])
  await pledges.close()
  pledges = await Pledges.open(folder)
  expect(await pledge(aPlan([1n]), 2)).toEqual(["not-yet"])
})

test("what is paid on another chain does not count", async () => {
  expect(await pledge(aPlan([900n], "arweave"), 0)).toEqual([])

  expect(await pledge(aPlan([10n]), 1)).toEqual([])
})

test("of a plan that does not fit nothing counts, and signing again what was pledged is free", async () => {
  const plan = aPlan([10n])
  expect(await pledge(aPlan([6n, 5n]), 0)).toEqual(["not-yet"])

  expect(await pledge(plan, 1)).toEqual([])
  expect(await pledge(plan, 2)).toEqual([])
})

test("more than a whole window, which operators let pass, takes a whole one", async () => {
  expect(await pledge(aPlan([1n]), 0)).toEqual([])
  const large = aPlan([500n])

  expect(await pledge(large, 1)).toEqual(["not-yet"])
  expect(await pledge(large, DAY_MS)).toEqual([])
  expect(await pledge(aPlan([1n]), DAY_MS + 1)).toEqual(["not-yet"])
})

test("what came back makes room on a listed corridor, and on no other", async () => {
  const open = { ...governor, cancels: [{ asset: "AR", target: "ao" }] } as const
  const into = async (plan: Plan, rules: Governor) =>
    (await pledges.pledge(plan, caps, 1, { governor: rules })).map(({ code }) => code)
  expect(await into(aPlan([10n]), open)).toEqual([])
  expect(await into(aPlan([6n], "arweave"), open)).toEqual([])

  expect(await into(aPlan([4n]), governor)).toEqual(["not-yet"])
  expect(await into(aPlan([6n]), open)).toEqual([])
  expect(await into(aPlan([1n]), open)).toEqual(["not-yet"])
  expect(await into(aPlan([90n], "arweave"), open)).toEqual([])
  expect(await into(aPlan([10n]), open)).toEqual([])
})

describe("what is large", () => {
  const window = { ...governor.windows[0]!, day: 500n, large: 10n }
  const rules = { ...governor, delayMs: DAY_MS, windows: [window] }
  const HOUR_MS = 3_600_000
  const from = (plan: Plan, senders: readonly string[], atMs: number | null = 0): Plan => {
    const origins = plan.payouts.map(({ transfer }, at) => {
      return [transfer, { sender: senders[at]!, atMs }] as const
    })
    return { ...plan, origins: new Map(origins) }
  }
  const to = (plan: Plan, recipient: string): Plan => ({
    ...plan,
    payouts: plan.payouts.map((payout) => ({ ...payout, recipient })),
  })
  const at = async (plan: Plan, nowMs: number) =>
    (await pledges.pledge(plan, caps, nowMs, { governor: rules })).map(({ detail }) =>
      detail.replace(/^not-yet: reason /, ""),
    )
  beforeEach(async () => {
    await pledges.close()
    pledges = await Pledges.open(folder, true)
  })
  const UNTIL = `large, until ${new Date(DAY_MS).toISOString()}`

  // Case 126.
  test("waits from its own block on, whoever asks and however often", async () => {
    const plan = to(from(aPlan([10n]), ["ann"]), "dan")

    expect(await at(plan, HOUR_MS)).toEqual([UNTIL])
    expect(await at(plan, DAY_MS - 1)).toEqual([UNTIL])
    expect(await at(plan, DAY_MS)).toEqual([])
    expect(await at(plan, DAY_MS)).toEqual([])
  })

  test("is as large in parts of one sender, or to one recipient, over a restart too", async () => {
    expect(await at(to(from(aPlan([6n]), ["ann"]), "dan"), HOUR_MS)).toEqual([])
    await pledges.close()
    pledges = await Pledges.open(folder, true)

    expect(await at(to(from(aPlan([4n]), ["ann"]), "eve"), HOUR_MS)).toEqual([UNTIL])
    expect(await at(to(from(aPlan([4n]), ["ben"]), "dan"), HOUR_MS)).toEqual([UNTIL])
    expect(await at(to(from(aPlan([4n]), ["ben"]), "eve"), HOUR_MS)).toEqual([])
    expect(await at(to(from(aPlan([5n, 5n]), ["cat", "cat"]), "fay"), HOUR_MS)).toEqual([UNTIL])
  })

  test("waits for good where nothing says when it came", async () => {
    expect(await at(to(from(aPlan([10n]), ["ann"], null), "dan"), 9 * DAY_MS)).toHaveLength(1)
    expect(await at(aPlan([1n]), 9 * DAY_MS), "who sent it is not known").toHaveLength(1)
  })
})

describe("by worth", () => {
  const worth = {
    days: [{ target: "ao", day: 1_000n }],
    // AR has twelve decimals: so many cents for 10^12 of what is paid here.
    prices: [{ asset: "AR", least: 10n ** 12n, most: 10n ** 14n }],
    freshMs: 60_000,
  } as const
  const rules: Governor = { ...governor, windows: [], worth, delayMs: 0 }
  const at = async (plan: Plan, nowMs: number, cents: bigint | null, saidMs = nowMs) => {
    const prices = new Map(cents === null ? [] : [["AR", { cents, atMs: saidMs }] as const])
    const asked = { governor: rules, prices }
    return (await pledges.pledge(plan, caps, nowMs, asked)).map(({ code }) => code)
  }

  // Case 36.
  test("no price, an old one, one from the future: the most; and a low one counts as the least", async () => {
    expect(await at(aPlan([11n]), 0, null)).toEqual([])
    expect(await at(aPlan([1n]), 1, null), "more than a whole window took one").toEqual(["not-yet"])
    const dayLater = DAY_MS + 1
    expect(await at(aPlan([600n]), dayLater, 1n)).toEqual([])
    expect(await at(aPlan([300n]), dayLater, 1n)).toEqual([])
    expect(await at(aPlan([101n]), dayLater, 1n)).toEqual(["not-yet"])
    for (const saidMs of [dayLater - 60_001, dayLater + 60_001])
      expect(await at(aPlan([1n]), dayLater, 1n, saidMs)).toEqual(["not-yet"])
    expect(await at(aPlan([100n]), dayLater, 2n * 10n ** 12n)).toEqual(["not-yet"])
    expect(await at(aPlan([100n]), dayLater, 1n)).toEqual([])
  })
})
