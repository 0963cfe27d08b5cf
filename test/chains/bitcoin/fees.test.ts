// What the miners are paid: never under the floor, never above the cap.

import { equal } from "node:assert/strict"
import { test } from "vitest"
import {
  feeOf,
  RATE_MAX,
  RATE_MIN,
  rateFrom,
  replacementFee,
} from "../../../chains/bitcoin/fees.ts"

test("a virtual byte that is begun is paid, and a part of a satoshi is one", () => {
  equal(feeOf(400, 1_000n), 100n)
  equal(feeOf(401, 1_000n), 101n)
  equal(feeOf(400, 1_501n), 151n)
})

// Case 8
test("with nothing to go by, as in an empty mempool, the rate is the floor", () => {
  equal(rateFrom([]), RATE_MIN)
  equal(rateFrom([null, null]), RATE_MIN)
  equal(rateFrom([1_000n]), RATE_MIN)
  equal(RATE_MIN, 1_500n)
})

test("one node that is far off does not make the rate, and none makes it more than the cap", () => {
  equal(rateFrom([9_000n, 400_000n, 10_000n]), 10_000n)
  equal(rateFrom([9_000n, 10_000n]), 10_000n)
  equal(rateFrom([null, 9_000n]), 9_000n)
  equal(rateFrom([RATE_MAX + 1n]), RATE_MAX)
})

test("a replacement pays what the replaced did, and for its own size", () => {
  equal(replacementFee(600, 2_000n), 2_150n)
})
