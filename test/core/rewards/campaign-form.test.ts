// A campaign's file: read whole or not at all, and none that pays whoever splits a wallet, or gives more than there is.

import { describe, expect, test } from "vitest"
import { type Campaign, campaignJson, rulesHash } from "../../../core/rewards/campaign.ts"
import { campaignIn } from "../../../core/rewards/campaign-form.ts"
import { costOf } from "../../../core/rewards/dry-run.ts"
import { poolsOf } from "../../../core/rewards/pools.ts"
import example from "../../../docs/campaign-example.json" with { type: "json" }
import {
  AR,
  aCampaign,
  accrual,
  aTask,
  EPOCH,
  hashes,
  mint,
  POINT,
  people,
  START,
  tasks,
} from "./builders.ts"

const bridge = aTask(
  { kind: "bridge", asset: "AR", min: AR },
  { repeat: 50, cap: 50n * POINT, points: POINT },
)
const sound = (parts: Partial<Parameters<typeof tasks>[1]> = {}, task = bridge): Campaign =>
  aCampaign({
    accrual: accrual(),
    tasks: tasks([task], {
      ...{ budget: 1_000n * POINT, personMax: 50n * POINT, dayMax: 50n * POINT },
      ...{ whole: { AR: 50n * AR }, ...parts },
    }),
  })
const jsonOf = (campaign: Campaign) => JSON.parse(JSON.stringify(campaignJson(campaign)))

test("the example of the documentation is a sound one", () => {
  expect(campaignIn(example).tasks!.list.map(({ predicate }) => predicate.kind)).toHaveLength(8)
})

test("a campaign is read as it was written, and its name is the hash of its rules", () => {
  const read = campaignIn(jsonOf(sound()))

  expect(read).toEqual(sound())
  expect(rulesHash(read, hashes.hash)).toBe(rulesHash(sound(), hashes.hash))
  const other = { ...sound(), pendingS: EPOCH + 1 }
  expect(rulesHash(other, hashes.hash)).not.toBe(rulesHash(sound(), hashes.hash))
})

describe("no cap is so tight that splitting a wallet pays, up to what the file calls whole", () => {
  test.each<[string, Campaign, RegExp]>([
    ["times", sound({}, { ...bridge, repeat: 49 }), /repeat 50 or more/],
    ["points of a task in a day", sound({}, { ...bridge, cap: 50n * POINT - 1n }), /cap 50000/],
    ["points of a day", sound({ dayMax: 50n * POINT - 1n }), /dayMax of 50/],
    ["points of a person", sound({ personMax: 50n * POINT - 1n }), /personMax of 50/],
    ["nothing said of an asset", sound({ whole: { ETH: 1n } }), /whole for AR/],
    ["a minimum above it", sound({ whole: { AR: AR - 1n } }), /a min of at most/],
  ])("%s", (_, campaign, words) => {
    expect(() => campaignIn(jsonOf(campaign))).toThrow(words)
  })

  test("time counts for what is held: caps have room for all of it", () => {
    const hold = aTask({ kind: "hold", asset: "AR", min: AR, days: 10 })
    // Fifty, for each of the ten epochs of ten days.
    const held = (repeat: number) => sound({}, { ...hold, repeat, cap: 10n ** 20n })
    const wide = (campaign: Campaign) => ({
      ...campaign,
      tasks: { ...campaign.tasks!, personMax: 10n ** 20n, dayMax: 10n ** 20n },
    })

    expect(() => campaignIn(jsonOf(wide(held(499))))).toThrow(/repeat 500/)
    expect(campaignIn(jsonOf(wide(held(500)))).tasks!.list).toHaveLength(1)
  })
})

describe("a file is refused for", () => {
  const spoiled = (spoil: (json: Record<string, never>) => object) => () =>
    campaignIn(spoil(jsonOf(sound())))
  const ofTask = (change: object) => (json: Record<string, never>) => {
    const { tasks } = json as unknown as { tasks: { list: object[] } }
    return { ...json, tasks: { ...tasks, list: [{ ...tasks.list[0], ...change }] } }
  }
  const total = poolsOf(sound()).reduce((all, one) => all + one, 0n) + 1_000n * POINT

  test.each<[string, (json: Record<string, never>) => object, RegExp]>([
    [
      "an allocation below what can be given",
      (json) => ({ ...json, allocation: `${total - 1n}` }),
      /an allocation of/,
    ],
    ["a field that nobody knows", (json) => ({ ...json, bonus: 1 }), /bonus/],
    ["a name that no claim can hold", (json) => ({ ...json, id: "TAOX" }), /campaign.id/],
    ["an amount that is a number", (json) => ({ ...json, allocation: 5 }), /allocation/],
    [
      "neither tasks nor a curve",
      (json) => ({ ...json, tasks: null, accrual: null }),
      /tasks or accrual/,
    ],
    ["a need that stands nowhere before", ofTask({ needs: ["later"] }), /needs later/],
    ["a window that ends before it begins", ofTask({ window: [START + 5, START] }), /window/],
    [
      "a window before the campaign",
      ofTask({ window: [START - 5, START + 5] }),
      /begins with the campaign/,
    ],
    [
      "a kind of task that nobody knows",
      ofTask({ predicate: { kind: "follow", asset: "AR", min: "1" } }),
      /kind/,
    ],
    [
      "an external task without issuers",
      ofTask({ predicate: { kind: "external", asset: "AR", min: `${AR}` } }),
      /issuers/,
    ],
    [
      "more than all of a curve",
      (json) => ({
        ...json,
        accrual: { ...(json.accrual as unknown as object), part: ["4", "3"] },
      }),
      /at most one/,
    ],
    [
      "tables that begin late",
      (json) => ({ ...json, accrual: { ...(json.accrual as unknown as object), tables: [] } }),
      /epoch 1/,
    ],
  ])("%s", (_, spoil, words) => {
    expect(spoiled(spoil)).toThrow(words)
  })

  test("an allocation of just enough is enough", () => {
    expect(spoiled((json) => ({ ...json, allocation: `${total}` }))().allocation).toBe(total)
  })
})

test("a dry run tells the cost: at most, and by what people did in another campaign", () => {
  const past = 86_400 * 400
  const events = [mint(1, people.ada, 5n * AR), mint(2, people.bob, 80n * AR)].map((one) => {
    return { ...one, atS: one.atS - past }
  })

  const cost = costOf(sound(), events, START - past)

  expect(cost.most).toBe(cost.pools + 1_000n * POINT)
  expect(cost).toMatchObject({ accounts: 2, points: 55n * POINT, isBudgetSpent: false })
  expect(cost.tasks).toEqual([
    {
      ...{ id: "bridge", personMax: 50n * POINT, wholeMax: 50n * POINT },
      ...{ accounts: 2, points: 55n * POINT },
    },
  ])
  expect(costOf(sound({ budget: 20n * POINT }), events, START - past).isBudgetSpent).toBe(true)
})
