// Which coins pay, and what is left: exact, the same for everybody, never dust.

import { deepEqual, equal, notEqual, ok, throws } from "node:assert/strict"
import fc from "fast-check"
import { describe, test } from "vitest"
import {
  byPoint,
  type Choice,
  type Coin,
  changeMin,
  chooseCoins,
  coinWeight,
  INPUTS_MAX,
  isDue,
  pointOf,
  type Wish,
} from "../../../chains/bitcoin/coins.ts"
import { depositOutput, REFUND_DELAY, vaultScript } from "../../../chains/bitcoin/deposit.ts"
import { feeOf, RATE_MIN, replacementFee } from "../../../chains/bitcoin/fees.ts"
import { search } from "../../../chains/bitcoin/search.ts"
import { inputWeight, type Output, weightOf } from "../../../chains/bitcoin/transaction.ts"
import { aDestination, txidNumber, userKey, vault } from "./builders.ts"

const change = vaultScript(vault)
const anywhere = (value: bigint): Output => ({ script: new Uint8Array(22), value })
const aCoin = (number: number, value: bigint, changes: Partial<Coin> = {}): Coin => {
  return { txid: txidNumber(number), vout: 0, value, destination: null, height: 1, ...changes }
}
const aWish = (changes: Partial<Wish>): Wish => ({
  ...{ coins: [], frozen: new Set<string>(), required: [], outputs: [], change },
  ...{ rate: 10_000n, replaced: null, budget: 0n, ...changes },
})
const sum = (values: readonly { readonly value: bigint }[]) =>
  values.reduce((total, { value }) => total + value, 0n)

test("a coin weighs what its input weighs", () => {
  const plain = aDestination()
  const withKey = aDestination({ refundKey: userKey })

  equal(coinWeight({ destination: null }), inputWeight(null))
  for (const destination of [plain, withKey])
    equal(coinWeight({ destination }), inputWeight(depositOutput(vault, destination).group))
})

// Case 49
test("everybody who knows the same coins chooses the same ones, in whatever order they come", () => {
  fc.assert(
    fc.property(wishes(), fc.infiniteStream(fc.nat()), (wish, chance) => {
      const shuffled = wish.coins
        .map((coin) => ({ coin, at: chance.next().value }))
        .sort((a, b) => a.at - b.at)
        .map(({ coin }) => coin)

      deepEqual(chooseCoins({ ...wish, coins: shuffled }), chooseCoins(wish))
    }),
  )
})

test("what goes in is what is paid, what comes back and the fee, to the satoshi", () => {
  fc.assert(
    fc.property(wishes(), (wish) => {
      const choice = chooseCoins(wish)
      if (choice === null) return

      const back = choice.change.reduce((total, value) => total + value, 0n)
      equal(sum(choice.coins), sum(wish.outputs) + back + choice.fee)
      const weight = weighed(wish, choice)
      ok(choice.fee >= feeOf(weight, wish.rate), "the rate is paid")
      const excess = choice.fee - feeOf(weight, wish.rate)
      if (choice.change.length > 0 && wish.replaced === null) equal(excess, 0n)
      else if (wish.replaced === null)
        ok(excess <= changeMin(change, wish.rate) + feeOf(180, wish.rate), `${excess} given away`)
    }),
    { numRuns: 500 },
  )
})

test("change is never dust, and inputs are in order, each once, none frozen, not too many", () => {
  fc.assert(
    fc.property(wishes(), (wish) => {
      const choice = chooseCoins(wish)
      if (choice === null) return

      for (const value of choice.change) ok(value >= 330n && value >= changeMin(change, wish.rate))
      const points = choice.coins.map(pointOf)
      equal(new Set(points).size, points.length)
      ok(points.every((point) => !wish.frozen.has(point)))
      ok(points.length <= INPUTS_MAX)
      for (const coin of choice.coins) ok(coin.value > feeOf(coinWeight(coin), wish.rate) - 1n)
      deepEqual(choice.coins, [...choice.coins].sort(byPoint))
    }),
    { numRuns: 500 },
  )
})

test("a choice is found whenever the greatest coins suffice", () => {
  fc.assert(
    fc.property(wishes(), (wish) => {
      const free = wish.coins.filter((coin) => !wish.frozen.has(pointOf(coin)))
      const worth = free
        .map((coin) => coin.value - feeOf(coinWeight(coin), wish.rate) - 1n)
        .filter((value) => value > 0n)
        .sort((a, b) => (a > b ? -1 : 1))
        .slice(0, INPUTS_MAX)
        .reduce((total, value) => total + value, 0n)
      const needed =
        sum(wish.outputs) + feeOf(weightOf({ inputs: [], outputs: wish.outputs }), wish.rate)

      if (worth >= needed + 2n) notEqual(chooseCoins(wish), null)
    }),
    { numRuns: 500 },
  )
})

test("coins that match exactly are spent without change", () => {
  const outputs = [anywhere(100_000n)]
  const fee = feeOf(weightOf({ inputs: [{ leaf: null }, { leaf: null }], outputs }), 10_000n)
  const coins = [aCoin(1, 500_000n), aCoin(2, 40_000n), aCoin(3, 60_000n + fee + 20n)]

  const choice = chooseCoins(aWish({ coins, outputs }))!

  deepEqual(
    choice.coins.map(({ txid }) => txid),
    [txidNumber(2), txidNumber(3)],
  )
  deepEqual(choice.change, [])
  equal(choice.fee, fee + 20n)
})

test("without a match the smallest coin that suffices pays, else the greatest together", () => {
  const coins = [aCoin(1, 9_000_000n), aCoin(2, 300_000n), aCoin(3, 200_000n), aCoin(4, 90_000n)]

  const one = chooseCoins(aWish({ coins, outputs: [anywhere(100_000n)] }))!
  const all = chooseCoins(aWish({ coins, outputs: [anywhere(9_100_000n)] }))!

  deepEqual(
    one.coins.map(({ value }) => value),
    [200_000n],
  )
  deepEqual(
    all.coins.map(({ value }) => value),
    [9_000_000n, 300_000n],
  )
})

test("coins of another plan are left alone, and so is what costs more than it is worth", () => {
  const coins = [aCoin(1, 300_000n), aCoin(2, 310_000n), aCoin(3, 500n)]
  const frozen = new Set([pointOf(coins[0]!)])

  const choice = chooseCoins(aWish({ coins, frozen, outputs: [anywhere(100_000n)] }))!

  deepEqual(choice.coins, [coins[1]])
  equal(chooseCoins(aWish({ coins, frozen, outputs: [anywhere(310_000n)] })), null)
})

test("the vault that has too little pays nothing", () => {
  const outputs = [anywhere(100_000n)]
  const fee = feeOf(weightOf({ inputs: [{ leaf: null }], outputs }), 10_000n)

  equal(chooseCoins(aWish({ outputs })), null)
  equal(chooseCoins(aWish({ outputs, coins: [aCoin(1, 100_000n + fee - 1n)] })), null)
  notEqual(chooseCoins(aWish({ outputs, coins: [aCoin(1, 100_000n + fee)] })), null)
})

test("the change is split while fewer than two coins would be free, if it is worth it", () => {
  const outputs = [anywhere(100_000n)]
  const rich = aCoin(1, 9_000_000n)

  const last = chooseCoins(aWish({ coins: [rich], outputs }))!
  const poor = chooseCoins(aWish({ coins: [aCoin(1, 2_000_000n)], outputs }))!
  const more = [rich, aCoin(2, 9_100_000n), aCoin(3, 9_200_000n)]
  const many = chooseCoins(aWish({ coins: more, outputs }))!

  equal(last.change.length, 2)
  ok(last.change[0]! - last.change[1]! <= 1n)
  equal(poor.change.length, 1)
  equal(many.change.length, 1)
})

// Case 54
describe("five hundred coins of dust", () => {
  const dust = Array.from({ length: 500 }, (_, n) => aCoin(n + 1, 2_000n + BigInt(n)))
  const coins = [...dust, aCoin(1_000, 50_000_000n)]
  const outputs = [anywhere(1_000_000n)]

  test("are brought together as far as the fee that is set aside for it goes", () => {
    const budget = 3_000n
    const choice = chooseCoins(aWish({ coins, outputs, rate: RATE_MIN, budget }))!
    const alone = chooseCoins(aWish({ coins, outputs, rate: RATE_MIN }))!

    equal(alone.coins.length, 1)
    ok(choice.coins.length > 20)
    ok(choice.fee - alone.fee <= budget)
    equal(choice.coins.length <= INPUTS_MAX, true)
  })

  test("never make a transaction of more than so many inputs", () => {
    const choice = chooseCoins(aWish({ coins, outputs, rate: RATE_MIN, budget: 10n ** 9n }))!

    equal(choice.coins.length, INPUTS_MAX)
    ok(weighed(aWish({ outputs }), choice) < 400_000)
    equal(chooseCoins(aWish({ coins: dust, outputs: [anywhere(200_000n)], rate: RATE_MIN })), null)
  })

  test("stay where they are when each costs more than it is worth", () => {
    const budget = 10n ** 9n

    const choice = chooseCoins(aWish({ coins, outputs, rate: 43_000n, budget }))!

    // 57.5 virtual bytes at 43 satoshi.
    deepEqual(
      choice.coins.filter(({ value }) => value <= 2_473n),
      [],
    )
    ok(choice.coins.length > 1)
  })

  test("stay where they are while they are few, or fees are high", () => {
    const few = coins.slice(485)
    const budget = 3_000n

    equal(chooseCoins(aWish({ coins: few, outputs, rate: RATE_MIN, budget }))!.coins.length, 1)
    equal(chooseCoins(aWish({ coins, outputs, rate: 100_000n, budget }))!.coins.length, 1)
  })
})

// Case 51
describe("a replacement", () => {
  const slot = aCoin(7, 400_000n)
  const other = aCoin(3, 100_000n)
  const outputs = [anywhere(450_000n)]
  const base = { outputs, required: [slot, other], rate: 20_000n }

  test("spends the slot first, and pays more than what it replaces, for its own size too", () => {
    const choice = chooseCoins(aWish({ ...base, coins: [slot, other], replaced: 7_000n }))!

    deepEqual(choice.coins, [slot, other])
    equal(choice.fee, replacementFee(weighed(aWish(base), choice), 7_000n))
  })

  test("takes more coins when the fee needs them, the slot still first", () => {
    const more = aCoin(1, 90_000n)
    const coins = [more, slot, other]

    const choice = chooseCoins(aWish({ ...base, coins, rate: 330_000n, replaced: 7_000n }))!

    deepEqual(choice.coins, [slot, more, other])
    ok(choice.fee >= feeOf(weighed(aWish(base), choice), 330_000n))
  })
})

test("what must move is spent, in the order of all", () => {
  const due = [aCoin(9, 50_000n), aCoin(2, 60_000n)]
  const coins = [...due, aCoin(5, 900_000n)]

  const choice = chooseCoins(aWish({ coins, required: due, outputs: [anywhere(400_000n)] }))!
  const sweep = chooseCoins(aWish({ coins, required: due }))!

  deepEqual(
    choice.coins.map(({ txid }) => txid),
    [2, 5, 9].map(txidNumber),
  )
  deepEqual(
    sweep.coins.map(({ txid }) => txid),
    [2, 9].map(txidNumber),
  )
  equal(sweep.change.length, 1)
})

test("a deposit that its owner could take back is due long before that", () => {
  const destination = aDestination({ refundKey: userKey })
  const coin = aCoin(1, 1n, { height: 100, destination })

  equal(isDue(coin, 100 + REFUND_DELAY / 2 - 2), false)
  equal(isDue(coin, 100 + REFUND_DELAY / 2 - 1), true)
  equal(isDue({ ...coin, destination: aDestination() }, 10 ** 6), false)
  equal(isDue({ ...coin, destination: null }, 10 ** 6), false)
})

test("a coin that is named twice is our own mistake", () => {
  const coin = aCoin(1, 300_000n)

  throws(() => chooseCoins(aWish({ coins: [coin, coin], outputs: [anywhere(1_000n)] })), {
    code: "assertion",
  })
})

describe("the search", () => {
  test("finds the least sum in the range, as trying everything does", () => {
    const values = fc.array(fc.bigInt({ min: 1n, max: 60n }), { maxLength: 9 })
    fc.assert(
      fc.property(
        values,
        fc.bigInt({ min: 1n, max: 200n }),
        fc.bigInt({ min: 0n, max: 9n }),
        (list, least, slack) => {
          const sorted = [...list].sort((a, b) => (a > b ? -1 : 1))

          const found = search(sorted, least, least + slack, 99)

          const sums = subsetsOf(sorted).filter((total) => total >= least && total <= least + slack)
          const best = sums.sort((a, b) => (a < b ? -1 : 1))[0] ?? null
          equal(found?.reduce((total, at) => total + sorted[at]!, 0n) ?? null, best)
        },
      ),
      { numRuns: 500 },
    )
  })

  test("takes no more than so many, and gives up in the end", () => {
    equal(search([3n, 3n, 3n], 9n, 9n, 2), null)
    deepEqual(search([3n, 3n, 3n], 9n, 9n, 3), [0, 1, 2])
    const hard = Array.from({ length: 2_000 }, (_, n) => BigInt(2 * (3_000 - n)))
    equal(search(hard, 1_000_001n, 1_000_001n, 50), null)
  })
})

function subsetsOf(values: readonly bigint[]): bigint[] {
  const [first, ...rest] = values
  if (first === undefined) return [0n]
  return subsetsOf(rest).flatMap((total) => [total, total + first])
}

function weighed({ outputs }: Pick<Wish, "outputs">, { coins, change: back }: Choice): number {
  const all = [...outputs, ...back.map((value) => ({ script: change, value }))]
  const inputs = coins.reduce((weight, coin) => weight + coinWeight(coin), 0)
  return weightOf({ inputs: [], outputs: all }) + inputs
}

function wishes(): fc.Arbitrary<Wish> {
  const destination = fc.constantFrom(null, aDestination(), aDestination({ refundKey: userKey }))
  const value = fc.oneof(
    fc.bigInt({ min: 1n, max: 3_000n }),
    fc.bigInt({ min: 1n, max: 500_000n }),
    fc.constantFrom(100_000n, 100_001n, 10n ** 8n),
  )
  const coin = fc.record({ value, destination }, { noNullPrototype: true })
  return fc
    .record({
      coins: fc.array(coin, { maxLength: 80 }),
      frozen: fc.array(fc.nat(80), { maxLength: 5 }),
      outputs: fc.array(value, { minLength: 1, maxLength: 5 }),
      rate: fc.constantFrom(RATE_MIN, 2_345n, 10_000n, 77_777n),
      budget: fc.constantFrom(0n, 1_000n, 100_000n),
    })
    .map(({ coins, frozen, outputs, ...rest }) => {
      // Two outputs of one transaction in a row, so that the number decides their order too.
      const named = coins.map((one, n) =>
        aCoin((n >> 1) * 7 + 1, one.value, { ...one, vout: n % 2 }),
      )
      return aWish({
        ...rest,
        coins: named,
        frozen: new Set(frozen.flatMap((at) => (named[at] ? [pointOf(named[at])] : []))),
        outputs: outputs.map(anywhere),
      })
    })
}
