// Not by chance but altogether: every state of two transfers that share a transaction keeps the invariants, and leads on.

import { expect, test } from "vitest"
import { step } from "../../core/step.ts"
import { batchesOf, letGo } from "../../services/payout/batching.ts"
import { exploreShared, SUITE } from "./explore-shared.ts"
import type { SharedRules, Step } from "./shared-world.ts"

test.each(Object.entries(SUITE))("two transfers that share a transaction: %s", (_, bounds) => {
  const { states, moves } = exploreShared(bounds)

  console.info(`${bounds.kind}: ${states} states, ${moves} moves`)
  expect(states).toBeGreaterThan(bounds.isCapped ? 20 : 5_000)
})

type Fault = Partial<SharedRules> & { readonly step?: Step }
const { mints, asked, coins, capped } = {
  asked: SUITE["a mint of both, asked for by others as well"]!,
  mints: SUITE["a mint of both"]!,
  coins: SUITE["coins that pay both, asked for by others as well"]!,
  capped: SUITE["a mint of both that no signer signs"]!,
}

test.each<[string, typeof mints, Fault, RegExp]>([
  [
    "a plan is recorded as signed for one of two",
    mints,
    { recordsWhole: false },
    /nobody asks for: .*Vanished \d > .*recorded/,
  ],
  [
    "what the token refused before its message was known is not heard again",
    asked,
    { hearsBefore: false },
    /nothing leads on: .*sent by another > 0 refused > refusal of 0 told/,
  ],
  ["a signer looks at the block of the first alone", mints, { looksAtEach: false }, /no block: /],
  ["a signer promises one of two", coins, { promisesWhole: false }, /two payouts.*: .*mined/],
  ["a signer lets a slot go that is not dead", coins, { demandsDeadSlot: false }, /two payouts/],
  [
    "a slot that is dead for one of two is let go for both",
    coins,
    { buriesEach: false },
    /was let go/,
  ],
  [
    "what is not signed together is planned together again",
    capped,
    {
      batchesOf: (ready, terms) => {
        const forgotten = ready.map((one) => ({ ...one, reason: null }))
        return batchesOf(forgotten, terms) as never
      },
    },
    /nothing leads on/,
  ],
  [
    "a plan that is let go is let go for the first of two",
    mints,
    { letGo: (...all) => letGo(...all).slice(0, 1) },
    /nobody asks for: .*refused/,
  ],
  [
    "what vanished while it was being paid is taken from the books",
    mints,
    {
      step: (before, event) => {
        const next = step(before, event)
        const isLate = event.kind === "Vanished" && before?.slot != null
        const [entry] = next.entries
        return isLate && entry === undefined ? { ...next, entries: TAKEN } : next
      },
    },
    /owed/,
  ],
])("a planted fault is found: %s", (_, bounds, fault, words) => {
  expect(() => exploreShared(bounds, fault)).toThrow(words)
})

// Breadth first it is a long way to it, so the first steps of it are taken before.
test("a planted fault is found: a signer asks of a whole plan what became of it", () => {
  const way = ["another plans 1 in 0", "planned 3", "another plans 1 in 1"]

  expect(() => exploreShared({ ...coins, plans: 3 }, { asksOfEach: false }, way)).toThrow(
    /two payouts/,
  )
})

const TAKEN = [
  { asset: "AR", account: "pending", amount: 1_000_000_000_000n },
  { asset: "AR", account: "custody", amount: -1_000_000_000_000n },
] as const
