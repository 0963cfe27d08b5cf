// What a plan offers, and what a replacement of it spends and offers, by what is known of coins and rates.

import { deepEqual, equal } from "node:assert/strict"
import { test } from "vitest"
import { type Coin, chooseCoins } from "../../../chains/bitcoin/coins.ts"
import { vaultScript } from "../../../chains/bitcoin/deposit.ts"
import { RATE_MAX } from "../../../chains/bitcoin/fees.ts"
import {
  isOutbidBy,
  type Known,
  leftOf,
  planned,
  rateMost,
  remainderIn,
} from "../../../chains/bitcoin/planning.ts"
import { txidNumber, vault } from "./builders.ts"

const change = vaultScript(vault)
const outputs = [{ script: new Uint8Array(22), value: 50_000n }]
const coins = [1, 2].map((number): Coin => {
  return { txid: txidNumber(number), vout: 0, value: 100_000n, destination: null, height: 1 }
})
const aKnown = (changes: Partial<Known> = {}): Known => {
  return { coins, tip: 10, estimate: 2_000n, frozen: new Set(), ...changes }
}

test("a plan offers what nodes estimate; one that replaces another a quarter more than that, if it is more", () => {
  const before = { left: [coins[1]!], fee: 500n, rate: 4_000n }

  equal(planned(aKnown(), outputs, change, null).rate, 2_000n)
  equal(planned(aKnown(), outputs, change, before).rate, 5_000n)
  equal(planned(aKnown({ estimate: 9_000n }), outputs, change, before).rate, 9_000n)
})

test("a replacement spends what is left of the other, at the price of a replacement", () => {
  const before = { left: [coins[1]!], fee: 500n, rate: 4_000n }

  const { choice } = planned(aKnown(), outputs, change, before)

  const wish = { ...aKnown(), outputs, change, rate: 5_000n, required: before.left }
  deepEqual(choice, chooseCoins({ ...wish, replaced: 500n, budget: 5_000n }))
  deepEqual(choice?.coins, [coins[1]])
})

test("nothing is planned at a rate beyond all reason", () => {
  const most = planned(aKnown({ estimate: RATE_MAX }), outputs, change, null)
  const more = planned(aKnown({ estimate: RATE_MAX + 1n }), outputs, change, null)

  deepEqual([most.choice === null, more.choice === null], [false, true])
})

test("a plan is outbid when the next one would offer more than a quarter more", () => {
  deepEqual([isOutbidBy(5_000n, 4_000n), isOutbidBy(5_001n, 4_000n)], [false, true])
})

test("a signer takes 50 sat/vB, and in dear hours five times what its own nodes estimate", () => {
  deepEqual([rateMost(1_500n), rateMost(10_000n), rateMost(20_000n)], [50_000n, 50_000n, 100_000n])
})

test("of a plan that is replaced the slot must be there; whatever of the others is gone is left out", () => {
  const isThereBut = (gone: string) => (coin: string) => coin !== gone
  const left = (gone: string) => leftOf(["slot", "b", "c"], isThereBut(gone))
  const word = (gone: string) => remainderIn(["slot", "b", "c"], isThereBut(gone))

  deepEqual(["none", "b", "slot"].map(left), [["slot", "b", "c"], ["slot", "c"], null])
  deepEqual(["none", "b", "slot"].map(word), ["all", "slot", "nothing"])
})
