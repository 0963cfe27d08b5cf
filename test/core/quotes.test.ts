// What is promised is what is charged: up to the block that a quote names, and no bridge file may break it before.

import fc from "fast-check"
import { describe, expect, test } from "vitest"
import type { AssetName } from "../../core/assets.ts"
import { type FeeRule, feeFor } from "../../core/fees.ts"
import { brokenBy, type Promised, termsFor } from "../../core/quotes.ts"
import { aPolicy } from "../builders.ts"

const AR = 1_000_000_000_000n
const deposit = { asset: "AR", source: "arweave", target: "ao", amount: AR } as const
const burn = { asset: "AR", source: "ao", target: "arweave", amount: AR } as const
const rule = (heightMin: number, flat: bigint, basisPoints = 0n): FeeRule => ({
  ...{ asset: "AR", source: "arweave", heightMin, flat, basisPoints },
})
const burnRule: FeeRule = { ...rule(0, 300n), source: "ao" }
const promise = (policy = aPolicy(), wish: typeof deposit | typeof burn = deposit): Promised => ({
  ...{ id: "1", height: 100, ...wish, ...termsFor(policy, wish, 100) },
})

test("in every block up to the one that a quote names, its fee is the one that is charged", () => {
  const rules = fc.array(
    fc.record({ heightMin: fc.integer({ min: 1, max: 300 }), flat: fc.bigInt(0n, 1_000n) }),
    { maxLength: 5 },
  )
  fc.assert(
    fc.property(rules, fc.integer({ min: 0, max: 200 }), fc.nat(), (later, height, ahead) => {
      const fees = [rule(0, 7n), burnRule, ...later.map((one) => rule(one.heightMin, one.flat))]
      const terms = termsFor(aPolicy({}, fees), deposit, height)
      const block = height + (ahead % (terms.heightMax! - height + 1))
      expect(feeFor(fees, deposit, block)).toBe(terms.fee)
    }),
  )
})

test("a quote ends before a fee that is published for later, and else when its time must be over", () => {
  const soon = aPolicy({}, [rule(0, 1n), rule(120, 2n), burnRule])
  expect(termsFor(soon, deposit, 100).heightMax).toBe(119)
  expect(termsFor(aPolicy(), deposit, 100).heightMax).toBe(190)
})

test("a burn names no block: its token charges the fee, and refuses more than the burn allows", () => {
  expect(termsFor(aPolicy(), burn, 100).heightMax).toBeNull()
})

test("of a burn the fee is what its token charges, and no bridge file can break that", () => {
  const charged = {
    ...promise(aPolicy(), burn),
    ...termsFor(aPolicy(), burn, 100, { charged: 7n }),
  }

  expect(charged.fee).toBe(7n)
  expect(brokenBy(aPolicy(), charged)).toEqual([])
  expect(termsFor(aPolicy(), deposit, 100, { charged: 7n }).fee).toBe(promise().fee)
})

test("confirmations are the policy's, or more where the amount needs more", () => {
  expect(termsFor(aPolicy(), deposit, 100, { depth: 12 }).confirmations).toBe(12)
  expect(termsFor(aPolicy(), deposit, 100, { depth: 2 }).confirmations).toBe(10)
})

test.each<[code: string, amount: bigint, asset: AssetName]>([
  ["below-minimum", 1n, "AR"],
  ["over-cap", 10n ** 30n, "AR"],
  ["not-supported", AR, "ETH"],
])("what would not simply be carried is refused: %s", (code, amount, asset) => {
  expect(() => termsFor(aPolicy(), { ...deposit, asset, amount }, 100)).toThrow(code)
})

describe("a policy", () => {
  test("that says the same keeps what was promised", () => {
    expect(brokenBy(aPolicy(), promise())).toEqual([])
    expect(brokenBy(aPolicy(), promise(aPolicy(), burn))).toEqual([])
  })

  test("may ask more from the first block after a quote, and less at any time", () => {
    const promised = promise(aPolicy({}, [rule(0, 500n), burnRule]))
    const later = aPolicy({}, [rule(0, 500n), rule(promised.heightMax! + 1, 900n), burnRule])
    const less = aPolicy({}, [rule(0, 400n), burnRule])
    expect(brokenBy(later, promised)).toEqual([])
    expect(brokenBy(less, promised)).toEqual([])
  })

  test("that asks more one block too early breaks it", () => {
    const promised = promise(aPolicy({}, [rule(0, 500n), burnRule]))
    const early = aPolicy({}, [rule(0, 500n), rule(promised.heightMax!, 501n), burnRule])
    expect(brokenBy(early, promised)).toEqual(["fee"])
  })

  test.each([
    ["minimum", { minimum: AR + 1n }],
    ["cap", { cap: AR - 1n }],
    ["refundFee", { refundFee: 10_000_000_001n }],
  ])("that changes the %s against the depositor breaks it", (word, limits) => {
    expect(brokenBy(aPolicy(limits), promise())).toEqual([word])
  })

  test("that asks for more confirmations, or carries the asset no more, breaks it", () => {
    const policy = aPolicy()
    const deeper = { ...policy, depths: { ...policy.depths, arweave: 11 } }
    expect(brokenBy(deeper, promise())).toEqual(["confirmations"])
    expect(brokenBy({ ...policy, limits: [] }, promise())).toEqual(["asset"])
  })
})
