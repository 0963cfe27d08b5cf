// The verdict on every kind of deposit and burn, on both sides of each boundary.

import { describe, expect, test } from "vitest"
import { isFinal, limitsOf, verdictOn } from "../../core/policy.ts"
import type { Sighting } from "../../core/transfer.ts"
import { aBurn, aPolicy, aSighting } from "../builders.ts"

const policy = aPolicy({ minimum: 100n, cap: 10_000n, refundFee: 20n, dust: 30n })
const clear = { kind: "clear" }
const hold = (reason: string) => ({ kind: "hold", reason })
const refund = (reason: string) => ({ kind: "refund", reason, fee: 20n })

interface Row {
  readonly rule: string
  readonly of: Partial<Sighting>
  readonly fee?: bigint
  readonly verdict: object
}

const rows: readonly Row[] = [
  { rule: "an ordinary amount goes through", of: { amount: 5_000n }, verdict: clear },
  // Case 2
  { rule: "the minimum itself goes through", of: { amount: 100n }, verdict: clear },
  // Case 1
  {
    rule: "one unit below the minimum goes back",
    of: { amount: 99n },
    verdict: refund("below-minimum"),
  },
  { rule: "the cap itself goes through", of: { amount: 10_000n }, verdict: clear },
  {
    rule: "one unit above the cap waits for people",
    of: { amount: 10_001n },
    verdict: hold("over-cap"),
  },
  {
    rule: "what names nobody to go back to waits for people",
    of: { recipient: null, refundTo: "", problem: "no-recipient" },
    verdict: hold("no-recipient"),
  },
  {
    rule: "too little of what names nobody to go back to waits too",
    of: { amount: 99n, refundTo: "" },
    verdict: hold("below-minimum"),
  },
  // Case 3
  {
    rule: "an amount that the fee eats goes back",
    of: { amount: 200n },
    fee: 200n,
    verdict: refund("not-enough-to-pay-fees"),
  },
  { rule: "one unit above the fee goes through", of: { amount: 200n }, fee: 199n, verdict: clear },
  {
    rule: "a refund of the dust limit itself is sent",
    of: { amount: 50n },
    verdict: refund("below-minimum"),
  },
  // Case 5
  {
    rule: "a refund below the dust limit stays owed",
    of: { amount: 49n },
    verdict: hold("not-enough-to-pay-fees"),
  },
  {
    rule: "less than a refund costs stays owed",
    of: { amount: 19n },
    verdict: hold("not-enough-to-pay-fees"),
  },
  {
    rule: "without a recipient it goes back",
    of: { amount: 5_000n, recipient: null },
    verdict: refund("no-recipient"),
  },
  // Case 15
  {
    rule: "with a recipient that is none it goes back",
    of: { amount: 5_000n, recipient: null, problem: "bad-recipient" },
    verdict: refund("bad-recipient"),
  },
  {
    rule: "with two recipients it goes back",
    of: { amount: 5_000n, recipient: null, problem: "ambiguous-recipient" },
    verdict: refund("ambiguous-recipient"),
  },
  {
    rule: "below the minimum is said first",
    of: { amount: 99n, recipient: null, problem: "bad-recipient" },
    verdict: refund("below-minimum"),
  },
  {
    rule: "a problem is said before the cap",
    of: { amount: 10_001n, recipient: null, problem: "bad-recipient" },
    verdict: refund("bad-recipient"),
  },
]

describe.each([
  { direction: "a deposit", build: aSighting },
  { direction: "a burn", build: aBurn },
])("$direction", ({ build }) => {
  test.each(rows)("$rule", ({ of, fee = 1n, verdict }) => {
    expect(verdictOn(policy, build(of), fee)).toEqual(verdict)
  })
})

test("a refund of nothing is not sent, even where there is no dust limit", () => {
  const dustless = aPolicy({ minimum: 100n, refundFee: 20n, dust: 0n })

  const verdict = (amount: bigint) => verdictOn(dustless, aSighting({ amount }), 0n).kind

  expect([verdict(19n), verdict(20n), verdict(21n)]).toEqual(["hold", "hold", "refund"])
})

test("what has no limits waits for people", () => {
  const { limits, ...rest } = policy
  const halved = { ...rest, limits: limits.filter(({ source }) => source === "ao") }

  expect(verdictOn(halved, aSighting({ amount: 5_000n }), 1n)).toEqual(hold("not-supported"))
  expect(limitsOf(halved, aSighting())).toBeNull()
  expect(limitsOf(halved, aBurn())).toMatchObject({ source: "ao", cap: 10_000n })
})

test.each([
  { tip: 100, final: false },
  { tip: 108, final: false },
  { tip: 109, final: true },
  { tip: 500, final: true },
  { tip: 99, final: false },
])("a transfer in block 100 with ten blocks asked for: final at tip $tip: $final", (row) => {
  expect(isFinal(policy, "arweave", 100, row.tip)).toBe(row.final)
})

test("each chain has a depth of its own", () => {
  expect(isFinal(policy, "ao", 100, 101)).toBe(false)
  expect(isFinal(policy, "ao", 100, 102)).toBe(true)
})

test("a transfer that needs more confirmations than its chain waits for them, never for fewer", () => {
  const at = (tip: number, own: number) => isFinal(policy, "arweave", 100, tip, own)
  const usual = policy.depths.arweave!

  expect([at(100 + usual, usual + 2), at(101 + usual, usual + 2)]).toEqual([false, true])
  expect([at(98 + usual, 1), at(99 + usual, 1)]).toEqual([false, true])
})
