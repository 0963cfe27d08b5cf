// What a block says about us: every output its own deposit, every way out told.

import { deepEqual, equal } from "node:assert/strict"
import { Script } from "@scure/btc-signer"
import { describe, test } from "vitest"
import { addressOf, scriptOf } from "../../../chains/bitcoin/address.ts"
import { memoOf } from "../../../chains/bitcoin/destination.ts"
import {
  type BitcoinItem,
  COINBASE_DEPTH,
  depthFor,
  factsIn,
  type ItemInput,
  type ItemOutput,
} from "../../../chains/bitcoin/facts.ts"
import { idNumber } from "../builders.ts"
import {
  aDestination,
  bytesOf,
  depositTo,
  hex,
  REFUND_TO,
  txidNumber,
  userKey,
  vault,
  vaultOutput,
} from "./builders.ts"

const SENDER = "bcrt1qzyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3"
const anInput = (changes: Partial<ItemInput> = {}): ItemInput => {
  return { txid: txidNumber(900), vout: 0, coin: null, isTakenBack: false, from: null, ...changes }
}
const anItem = (changes: Partial<BitcoinItem> = {}): BitcoinItem => {
  return { txid: txidNumber(1), isCoinbase: false, inputs: [anInput()], outputs: [], ...changes }
}
const toVault = (value: bigint): ItemOutput => ({ ...vaultOutput(value), destination: null })
const toAddress = (value: bigint, changes = {}): ItemOutput => {
  const destination = aDestination(changes)
  return { ...depositTo(destination, value), destination }
}
const away = (value: bigint): ItemOutput => {
  return { script: scriptOf(REFUND_TO, "devnet")!, value, destination: null }
}
const memo = (bytes = memoOf(aDestination(), "devnet")): ItemOutput => {
  return { script: Script.encode(["RETURN", bytes]), value: 0n, destination: null }
}
const own = (value: bigint) => {
  return { txid: txidNumber(77), vout: 3, value, destination: null }
}
const deposits = (...items: BitcoinItem[]) => factsIn(items, vault).deposits

describe("a deposit", () => {
  test("is each output that pays an address of ours, by itself", () => {
    const other = { recipient: idNumber(60), index: 4 }
    const outputs = [away(1n), toAddress(5_000n), toAddress(6_000n, other), toAddress(5_000n)]

    const found = deposits(anItem({ outputs }))

    deepEqual(
      found.map(({ vout, amount, recipient, refundTo, problem }) => {
        return { vout, amount, recipient, refundTo, problem }
      }),
      [
        { vout: 1, amount: 5_000n, recipient: idNumber(50), refundTo: REFUND_TO, problem: null },
        { vout: 2, amount: 6_000n, recipient: idNumber(60), refundTo: REFUND_TO, problem: null },
        { vout: 3, amount: 5_000n, recipient: idNumber(50), refundTo: REFUND_TO, problem: null },
      ],
    )
  })

  test("names every sender, for screening, and says how many have no name", () => {
    const from = [SENDER, null, REFUND_TO, SENDER]
    const inputs = from.map((one, vout) => anInput({ from: one, vout }))

    const [found] = deposits(anItem({ inputs, outputs: [toAddress(5_000n)] }))

    deepEqual(found!.senders, [SENDER, REFUND_TO])
    equal(found!.unnamed, 1)
  })

  test("to the vault goes to whom its memo names, each output by itself", () => {
    const found = deposits(anItem({ outputs: [toVault(5_000n), memo(), toVault(6_000n)] }))

    deepEqual(
      found.map(({ vout, recipient, refundTo, problem }) => [vout, recipient, refundTo, problem]),
      [
        [0, idNumber(50), REFUND_TO, null],
        [2, idNumber(50), REFUND_TO, null],
      ],
    )
  })

  // Case 17
  // Case 17
  test("to the vault with no memo, a foreign one, two or a broken one names nobody, and is told", () => {
    const broken = memoOf(aDestination(), "devnet").slice(0, 20)
    const foreign = bytesOf("6f6d6e69000000000000001f")
    const problems = [[], [memo(foreign)], [memo(), memo()], [memo(broken)]].map((memos) => {
      const [found] = deposits(anItem({ outputs: [toVault(5_000n), ...memos] }))
      return [found!.problem, found!.recipient, found!.refundTo]
    })

    deepEqual(problems, [
      ["no-recipient", null, null],
      ["no-recipient", null, null],
      ["ambiguous-recipient", null, null],
      ["bad-recipient", null, null],
    ])
  })

  // Case 55
  test("that a stranger makes to the vault is nobody's until people have looked", () => {
    const [found] = deposits(
      anItem({ inputs: [anInput({ from: SENDER })], outputs: [toVault(546n)] }),
    )

    equal(found!.recipient, null)
    equal(found!.refundTo, null)
    deepEqual(found!.senders, [SENDER])
  })

  // Case 57
  test("is none where our key stands in a script that it cannot be spent by", () => {
    const key = `02${hex(vault.key)}`
    const scripts = [`21${key}ac`, `5121${key}51ae`, `20${hex(vault.key)}ac`]
    const outputs = scripts.map((script) => {
      return { script: bytesOf(script), value: 5_000n, destination: null }
    })

    deepEqual(factsIn([anItem({ outputs })], vault), { deposits: [], outflows: [], takenBack: [] })
  })

  // Case 60
  test("out of a coinbase needs a hundred confirmations", () => {
    const items = [anItem({ isCoinbase: true, outputs: [toAddress(5_000n)] })]
    const both = deposits(...items, anItem({ txid: txidNumber(2), outputs: [toAddress(5_000n)] }))

    deepEqual(
      both.map(({ depth }) => depth),
      [COINBASE_DEPTH, 2],
    )
  })

  // Case 35
  // Case 35
  test("waits as long as the sum of its block asks, however it is cut", () => {
    const whole = deposits(anItem({ outputs: [toAddress(10_000_000n)] }))
    const parts = Array.from({ length: 20 }, (_, n) =>
      anItem({ txid: txidNumber(n + 1), outputs: [toAddress(500_000n)] }),
    )

    deepEqual([999_999n, 1_000_000n, 9_999_999n, 10_000_000n].map(depthFor), [2, 3, 3, 6])
    equal(whole[0]!.depth, 6)
    equal(
      deposits(...parts).every(({ depth }) => depth === 6),
      true,
    )
  })

  test("is never what the group itself pays: that is change", () => {
    const inputs = [anInput({ coin: own(90_000n) })]

    deepEqual(deposits(anItem({ inputs, outputs: [toVault(5_000n), toAddress(1_000n)] })), [])
  })
})

describe("money that leaves", () => {
  test("is told whole: the coins, whoever is paid, the miners' part", () => {
    const inputs = [anInput({ coin: own(90_000n), vout: 3 }), anInput({ coin: own(10_000n) })]
    const outputs = [away(30_000n), toVault(69_000n), { ...away(600n), script: bytesOf("6a00") }]

    const { outflows } = factsIn([anItem({ inputs, outputs })], vault)

    deepEqual(outflows, [
      {
        txid: txidNumber(1),
        spent: inputs.map(({ txid, vout }) => ({ txid, vout })),
        paid: [
          { recipient: REFUND_TO, amount: 30_000n },
          { recipient: null, amount: 600n },
        ],
        networkFee: 400n,
      },
    ])
  })

  test("beside coins of others is told without what the miners got of it", () => {
    const inputs = [anInput({ coin: own(90_000n) }), anInput()]

    const { outflows } = factsIn([anItem({ inputs, outputs: [away(80_000n)] })], vault)

    equal(outflows[0]!.networkFee, null)
  })

  test("by its owner's own leaf is a deposit taken back, not a payout", () => {
    const destination = aDestination({ refundKey: userKey })
    const coin = { ...own(90_000n), destination }
    const item = anItem({
      inputs: [anInput({ coin, isTakenBack: true })],
      outputs: [away(89_000n)],
    })

    const { outflows, takenBack, deposits: none } = factsIn([item], vault)

    deepEqual(outflows, [])
    deepEqual(none, [])
    deepEqual(takenBack, [{ deposit: { txid: txidNumber(900), vout: 0 }, txid: txidNumber(1) }])
  })
})

// Case 56
test("odd scripts beside ours stop nobody", () => {
  const scripts = ["", "6a", "6a4c", "6a4cff00", "ff", `6a${"00".repeat(300)}`, "6a0543570102"]
  const odd = scripts.map((script) => ({ script: bytesOf(script), value: 1n, destination: null }))

  const found = deposits(anItem({ outputs: [...odd, toAddress(5_000n), toVault(6_000n), memo()] }))

  deepEqual(
    found.map(({ amount, problem }) => [amount, problem]),
    [
      [5_000n, null],
      [6_000n, null],
    ],
  )
  equal(addressOf(bytesOf(""), "devnet"), null)
})
