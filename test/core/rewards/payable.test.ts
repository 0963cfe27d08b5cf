// What follows from an epoch's artifact for its token: the root's facts, and who is credited without a claim.

import { deepEqual, equal, throws } from "node:assert/strict"
import { test } from "vitest"
import {
  type CampaignFacts,
  CREDIT_ROWS,
  creditsOf,
  type Given,
  rootFactsOf,
} from "../../../core/rewards/payable.ts"

const campaign: CampaignFacts = {
  ...{ id: "taox", rules: "5".repeat(64), process: "p", allocation: 10_000n },
  ...{ claimS: 50, pushMax: 100n },
}

function anEpoch(epoch: number, given: Readonly<Record<string, bigint>>): Given {
  let index = 0
  const rows = Object.entries(given).map(([account, amount]) => ({
    ...{ account, given: `${amount}`, index: amount > 0n ? index++ : null },
  }))
  return { epoch, untilS: 1_000 * epoch, rows, root: index > 0 ? "a".repeat(64) : null }
}

test("a root opens when its challenge is over, pays for its time, and counts all that was ever given", () => {
  const facts = rootFactsOf(anEpoch(2, { a: 70n, b: 0n, c: 30n }), "f".repeat(64), campaign, 7)

  deepEqual(facts, {
    ...{ epoch: 2, root: "a".repeat(64), total: 100n, artifact: "f".repeat(64) },
    ...{ opensAtMs: 2_007_000, closesAtMs: 2_057_000 },
  })
  equal(rootFactsOf(anEpoch(1, { b: 0n }), "f", campaign, 7), null)
})

test("whoever was given something new, and little in all, is credited; nobody else is", () => {
  const first = anEpoch(1, { a: 10n, b: 100n, c: 101n, d: 0n })
  const second = anEpoch(2, { a: 10n, b: 101n, c: 500n, d: 1n, e: 100n })

  const named = (credits: ReturnType<typeof creditsOf>) =>
    credits.map((rows) => rows.map(({ index, account, amount }) => [index, account, amount]))
  deepEqual(named(creditsOf(first, null, campaign)), [
    [
      [0, "a", 10n],
      [1, "b", 100n],
    ],
  ])
  deepEqual(named(creditsOf(second, first, campaign)), [
    [
      [3, "d", 1n],
      [4, "e", 100n],
    ],
  ])
  deepEqual(creditsOf(first, null, { ...campaign, pushMax: 0n }), [])
  throws(() => creditsOf(second, null, campaign), /follows the one before/)
})

test("credits have a hundred rows, the last the rest", () => {
  const many = anEpoch(1, Object.fromEntries(Array.from({ length: 250 }, (_, n) => [`a${n}`, 1n])))

  deepEqual(
    creditsOf(many, null, campaign).map(({ length }) => length),
    [CREDIT_ROWS, CREDIT_ROWS, 50],
  )
})
