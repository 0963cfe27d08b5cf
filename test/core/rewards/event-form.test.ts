// An event as a line: the canonical one, and nothing else is read.

import fc from "fast-check"
import { expect, test } from "vitest"
import { ASSET_NAMES } from "../../../core/assets.ts"
import { canonical } from "../../../core/compliance/canonical.ts"
import { ACTIONS } from "../../../core/compliance/decision.ts"
import type { RewardEvent } from "../../../core/rewards/event.ts"
import { eventIn, lineOf } from "../../../core/rewards/event-form.ts"
import { at, people } from "./builders.ts"

const amount = fc.bigInt({ min: 1n, max: 10n ** 38n - 1n })
const asset = fc.constantFrom(...ASSET_NAMES)
const account = fc.constantFrom(...Object.values(people), `0x${"aB".repeat(20)}`)
const words = fc.string({ minLength: 1, maxLength: 20, unit: "grapheme" }).filter((text) => {
  return !text.includes("\0")
})
const event: fc.Arbitrary<RewardEvent> = fc.oneof(
  fc
    .record({ asset, amount, account, sender: words, referrer: fc.option(account) })
    .map((parts) => at(1, { kind: "mint", ...parts })),
  fc.record({ asset, amount, account }).map((parts) => at(2, { kind: "burn", ...parts })),
  fc.record({ asset, amount, account }).map((parts) => at(3, { kind: "refund", ...parts })),
  fc
    .record({ asset, amount, account, to: account, message: words })
    .map((parts) => at(4, { kind: "move", ...parts })),
  fc
    .record({ account, action: fc.constantFrom(...ACTIONS), epoch: fc.option(fc.nat(9)) })
    .map((parts) => at(5, { kind: "standing", ...parts, epoch: parts.epoch || null })),
  fc.record({ account, version: words }).map((parts) => at(6, { kind: "terms", ...parts })),
  fc.record({ account, person: words }).map((parts) => at(7, { kind: "verdict", ...parts })),
)

test("a line is the canonical JSON of its event, and gives the event again", () => {
  fc.assert(
    fc.property(event, (one) => {
      const plain = "amount" in one ? { ...one, amount: `${one.amount}` } : one

      const line = lineOf(one)

      expect(line).toBe(canonical(plain as never))
      expect(eventIn(line, "line")).toEqual(one)
    }),
    { numRuns: 300 },
  )
})

test.each<[string, (json: Record<string, unknown>) => unknown]>([
  ["an amount of nothing", (json) => ({ ...json, amount: "0" })],
  ["an amount that is a number", (json) => ({ ...json, amount: 7 })],
  ["a quotation mark in an account", (json) => ({ ...json, account: `${"a".repeat(42)}"` })],
  ["a field that nobody knows", (json) => ({ ...json, gift: 1 })],
  ["a field too few", ({ to: _, ...json }) => json],
  ["a time that is none", (json) => ({ ...json, atS: 1.5 })],
  ["another chain than a ledger", (json) => ({ ...json, chain: "office" })],
  ["an asset that is not carried", (json) => ({ ...json, asset: "DOGE" })],
])("%s is refused", (_, spoil) => {
  const json = JSON.parse(lineOf(at(1, { kind: "move", to: people.bob })))

  expect(() => eventIn(canonical(spoil(json) as never), "line")).toThrow(/bad-config/)
})
