// Whose claims must wait: the last word counts, and since when it is so.

import { expect, test } from "vitest"
import type { Action } from "../../../core/compliance/decision.ts"
import { barredSince, claimantsOf } from "../../../core/rewards/barred.ts"
import { OFFICE, type RewardEvent } from "../../../core/rewards/event.ts"

function said(account: string, ...words: readonly [atS: number, Action, epoch?: number][]) {
  return words.map(
    ([atS, action, epoch = null], index): RewardEvent => ({
      ...{ kind: "standing", account, action, epoch, atS, index, evidence: "0".repeat(64) },
      ...{ chain: OFFICE, block: 1 },
    }),
  )
}

test("who is rejected or blocked by the last word is barred since the first that was not taken back", () => {
  const events = [
    ...said("ada", [10, "allow"]),
    ...said("bob", [10, "reject"], [20, "block"]),
    ...said("cleared", [20, "block"], [30, "allow"]),
    ...said("again", [5, "block"], [10, "allow"], [25, "reject"]),
    ...said("pending", [25, "hold"]),
    ...said("one-epoch", [25, "block", 3]),
  ]

  expect(barredSince(events, 0)).toEqual(["again", "bob"])
  expect(barredSince(events, 10)).toEqual(["again", "bob"])
  expect(barredSince(events, 11)).toEqual(["again"])
  expect(barredSince(events, 26)).toEqual([])
})

test("only who has a place in the tree has a claim", () => {
  const rows = ["ada", "bob", "zoe"].map((account, at) => ({
    ...{ account, given: `${at}`, index: account === "bob" ? null : at },
  }))

  expect(claimantsOf({ rows }, ["bob", "zoe", "nobody"])).toEqual(["zoe"])
})
