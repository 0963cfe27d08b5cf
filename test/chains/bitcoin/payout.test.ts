// The transaction that pays burns: the same bytes for every signer, exact, replaceable, and valid.

import { deepEqual, equal, notEqual, ok, throws } from "node:assert/strict"
import fc from "fast-check"
import { describe, test } from "vitest"
import { scriptOf } from "../../../chains/bitcoin/address.ts"
import { type Coin, chooseCoins, type Wish } from "../../../chains/bitcoin/coins.ts"
import { vaultAddress, vaultScript } from "../../../chains/bitcoin/deposit.ts"
import { feeOf, RATE_MAX } from "../../../chains/bitcoin/fees.ts"
import { coinScript, payoutDraft } from "../../../chains/bitcoin/payout.ts"
import { type PayoutTerms, termsIn, termsOf } from "../../../chains/bitcoin/terms.ts"
import {
  type Output,
  readTransaction,
  SIGNALS_RBF,
  sealDraft,
  sighashesOf,
  weightOf,
} from "../../../chains/bitcoin/transaction.ts"
import {
  aDestination,
  bytesOf,
  groupSign,
  hex,
  objections,
  txidNumber,
  userKey,
  vault,
} from "./builders.ts"

const change = vaultScript(vault)
const to = (value: bigint, fill = "11"): Output => ({
  script: bytesOf(`0014${fill.repeat(20)}`),
  value,
})
const aCoin = (number: number, value: bigint, changes: Partial<Coin> = {}): Coin => {
  return { txid: txidNumber(number), vout: 0, value, destination: null, height: 1, ...changes }
}
const aWish = (changes: Partial<Wish>): Wish => ({
  ...{ coins: [], frozen: new Set<string>(), required: [], outputs: [], change },
  ...{ rate: 10_000n, replaced: null, budget: 0n, ...changes },
})
const someTerms = (changes: Partial<PayoutTerms> = {}): PayoutTerms => {
  return { coins: [aCoin(1, 100_000n)], fee: 1_000n, changes: 1, ...changes }
}

test("what is chosen is what is built: to the satoshi, the fee for the very size", () => {
  fc.assert(
    fc.property(choices(), ({ wish, choice }) => {
      const terms = termsIn(termsOf(choice, vault), vault)

      const draft = payoutDraft(vault, wish.outputs, terms)

      const paid = draft.outputs.reduce((sum, { value }) => sum + value, 0n)
      const spent = draft.inputs.reduce((sum, { value }) => sum + value, 0n)
      equal(spent - paid, choice.fee)
      if (choice.change.length > 0) equal(choice.fee, feeOf(weightOf(draft), wish.rate))
      const back = draft.outputs.filter(({ script }) => hex(script) === hex(change))
      deepEqual(back.map(({ value }) => value).sort(), [...choice.change].sort())
    }),
    { numRuns: 60 },
  )
})

// Case 49
test("two signers build the same bytes, in whatever order they know the payouts", () => {
  const outputs = [to(5_000n, "22"), to(5_000n, "11"), to(4_000n, "33")]

  const one = payoutDraft(vault, outputs, someTerms())
  const other = payoutDraft(vault, [...outputs].reverse(), someTerms())

  deepEqual(sighashesOf(one), sighashesOf(other))
  deepEqual(
    one.outputs.map(({ script, value }) => [hex(script).slice(4, 6), value]),
    [
      ["33", 4_000n],
      ["11", 5_000n],
      ["22", 5_000n],
      [hex(change).slice(4, 6), 85_000n],
    ],
  )
})

// Case 51
describe("a replacement", () => {
  const outputs = [to(60_000n)]
  const coins = [aCoin(7, 100_000n), aCoin(9, 80_000n)]
  const first = chooseCoins(aWish({ coins: coins.slice(0, 1), outputs }))!

  test("spends the first input of the one before, pays the same, and more to the miners", () => {
    const required = first.coins as readonly Coin[]
    const second = chooseCoins(
      aWish({ coins, outputs, required, replaced: first.fee, rate: 15_000n }),
    )!
    const [before, after] = [first, second].map((choice) =>
      payoutDraft(vault, outputs, termsIn(termsOf(choice, vault), vault)),
    )

    deepEqual(after!.inputs[0], before!.inputs[0])
    ok(second.fee >= first.fee + feeOf(weightOf(after!), 1_000n))
    const paid = (draft: typeof before) =>
      draft!.outputs.filter(({ script }) => hex(script) !== hex(change))
    deepEqual(paid(after), paid(before))
  })

  test("is always possible: every input says that it may be replaced", () => {
    const draft = payoutDraft(vault, outputs, termsIn(termsOf(first, vault), vault))
    const { raw } = sealDraft(draft, sighashesOf(draft).map(groupSign))

    deepEqual(
      readTransaction(raw)!.inputs.map(({ sequence }) => sequence),
      [SIGNALS_RBF],
    )
    ok(SIGNALS_RBF < 0xffff_fffe)
  })
})

test("a payout of vault coins and deposits of both kinds passes full validation", () => {
  const coins = [
    aCoin(1, 50_000n),
    aCoin(2, 60_000n, { destination: aDestination() }),
    aCoin(3, 70_000n, { destination: aDestination({ refundKey: userKey }) }),
  ]
  const draft = payoutDraft(vault, [to(150_000n)], someTerms({ coins, fee: 2_000n }))

  const { raw } = sealDraft(draft, sighashesOf(draft).map(groupSign))

  const spent = coins.map((coin) => ({ script: coinScript(vault, coin), value: coin.value }))
  deepEqual(objections(raw, spent), [null, null, null])
})

// Case 7.
test.each<[string, Partial<PayoutTerms>]>([
  ["pay out more than comes in", { coins: [aCoin(1, 50_999n)] }],
  ["lose what is over", { changes: 0 }],
  ["have no change to spread", { coins: [aCoin(1, 51_000n)] }],
  ["make dust", { coins: [aCoin(1, 51_000n + 329n)] }],
  ["make two outputs of dust", { coins: [aCoin(1, 51_000n + 658n)], changes: 2 }],
  ["pay what no node relays", { fee: 140n }],
  ["pay more than the cap", { coins: [aCoin(1, 10n ** 8n)], fee: 500_000n * 155n }],
])("terms that would %s are refused", (_, changes) => {
  throws(() => payoutDraft(vault, [to(50_000n)], someTerms(changes)), { code: "bad-request" })
})

test("the cap on fees is half a thousand satoshi a virtual byte", () => {
  equal(RATE_MAX, 500_000n)
  const coins = [aCoin(1, 10n ** 8n)]
  payoutDraft(vault, [to(50_000n)], someTerms({ coins, fee: 500n * 141n }))
})

// Case 5
test("dust is not paid, and the vault does not pay itself", () => {
  throws(() => payoutDraft(vault, [to(293n)], someTerms()), { code: "payout-refused" })
  payoutDraft(vault, [to(294n)], someTerms())
  const self = { script: scriptOf(vaultAddress(vault), "devnet")!, value: 5_000n }
  throws(() => payoutDraft(vault, [self], someTerms()), { code: "assertion" })
})

describe("terms", () => {
  const coins = [aCoin(7, 5n), aCoin(1, 6n, { destination: aDestination() }), aCoin(2, 7n)]
  const written = termsOf({ coins, change: [1n], fee: 9n }, vault)

  test("are read as they were written, the slot first", () => {
    deepEqual(
      termsIn(written, vault).coins,
      coins.map(({ height: _, ...coin }) => coin),
    )
    notEqual(written.coins, undefined)
  })

  test.each<[string, Record<string, string>]>([
    ["nothing", { coins: "", fee: "", changes: "" }],
    ["a word more", { more: "1" }],
    ["no fee", { fee: "0" }],
    ["a fee in another spelling", { fee: "09" }],
    ["change of three parts", { changes: "3" }],
    ["a coin twice", { coins: `${written.coins} ${written.coins!.split(" ")[2]}` }],
    ["the slot twice", { coins: `${written.coins} ${written.coins!.split(" ")[0]}` }],
    ["coins out of order", { coins: written.coins!.replace(/ (.*) (.*)/, " $2 $1") }],
    ["an id in capitals", { coins: written.coins!.replace("7:0", "A:0") }],
    ["a note of another network", { coins: written.coins!.replace(":AQIA", ":AQAA") }],
    ["two spaces", { coins: written.coins!.replace(" ", "  ") }],
    ["too many coins", { coins: manyCoins(51) }],
  ])("with %s are refused", (_, changes) => {
    throws(() => termsIn({ ...written, ...changes }, vault), { code: "bad-request" })
  })

  test("of fifty coins are not too many", () => {
    equal(termsIn({ ...written, coins: manyCoins(50) }, vault).coins.length, 50)
  })
})

function manyCoins(count: number): string {
  return Array.from({ length: count }, (_, n) => `${txidNumber(n)}:0:1`).join(" ")
}

function choices() {
  const destination = fc.constantFrom(null, aDestination(), aDestination({ refundKey: userKey }))
  const value = fc.bigInt({ min: 1_000n, max: 3_000_000n })
  const coin = fc.record({ value, destination }, { noNullPrototype: true })
  const paid = fc.array(value, { minLength: 1, maxLength: 4 })
  return fc
    .record({ coins: fc.array(coin, { minLength: 3, maxLength: 12 }), paid })
    .map(({ coins, paid: values }) => {
      const named = coins.map((one, n) => aCoin(n + 1, one.value, one))
      const wish = aWish({ coins: named, outputs: values.map((one) => to(one)) })
      return { wish, choice: chooseCoins(wish)! }
    })
    .filter(({ choice }) => choice !== null)
}
