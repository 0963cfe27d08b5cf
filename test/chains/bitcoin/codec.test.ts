// Bitcoin in the bridge's terms: deposits, payouts, and the slot that makes a payout happen once.

import { deepEqual, equal, notEqual, throws } from "node:assert/strict"
import { schnorr } from "@noble/curves/secp256k1.js"
import { describe, test } from "vitest"
import { bitcoinCodec } from "../../../chains/bitcoin/codec.ts"
import { noteOf } from "../../../chains/bitcoin/destination.ts"
import type { BitcoinItem, ItemOutput } from "../../../chains/bitcoin/facts.ts"
import { readTransaction, SIGNALS_RBF } from "../../../chains/bitcoin/transaction.ts"
import type { Deployment, Terms } from "../../../chains/chain.ts"
import { matched } from "../../../chains/match.ts"
import type { TransferId } from "../../../core/ids.ts"
import type { Payout } from "../../../core/payout.ts"
import { aBlock, aPayout, idNumber, deployment as others } from "../builders.ts"
import {
  aDestination,
  depositTo,
  groupSign,
  hex,
  REFUND_TO,
  txidNumber,
  vault,
  vaultOutput,
} from "./builders.ts"

const deployment: Deployment = {
  ...others,
  vaults: { bitcoin: { key: hex(vault.key), heightMin: 0 } },
}
const OTHER = "bcrt1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3qzf4jry"
const aRelease = (number: number, changes: Partial<Payout> = {}): Payout => {
  const transfer: TransferId = `ao-btc:${idNumber(number)}:${number}`
  return aPayout("bitcoin", {
    ...{ transfer, asset: "BTC", recipient: REFUND_TO, amount: 50_000n },
    ...changes,
  })
}
const payouts = [aRelease(1), aRelease(2, { recipient: OTHER }), aRelease(3)]
const coins = `${txidNumber(7)}:1:100000 ${txidNumber(3)}:0:100000`
const terms: Terms = { coins, fee: "2000", changes: "1" }
const raised: Terms = { ...terms, fee: "2400" }

function seal(paid: readonly Payout[] = payouts, by: Terms = terms) {
  const { messages } = bitcoinCodec.build(paid, by, deployment)
  return bitcoinCodec.seal(paid, by, deployment, messages.map(groupSign))
}

describe("a payout", () => {
  test("says which deposits its coins would be, so that those of the blocked are left where they are", () => {
    deepEqual(bitcoinCodec.spends?.(terms, deployment, false), [
      `bitcoin:${txidNumber(7)}:1`,
      `bitcoin:${txidNumber(3)}:0`,
    ])
  })

  test("is signed once for each input, over the group's own key", () => {
    const { messages } = bitcoinCodec.build(payouts, terms, deployment)

    equal(messages.length, 2)
    const { inputs } = readTransaction(seal().raw)!
    for (const [at, { witness, sequence }] of inputs.entries()) {
      equal(schnorr.verify(witness[0]!, messages[at]!, vault.key), true)
      equal(sequence, SIGNALS_RBF)
    }
  })

  // Case 49
  test("is the same bytes in whatever order its payouts are named", () => {
    const again = bitcoinCodec.build([...payouts].reverse(), terms, deployment)

    deepEqual(again.messages, bitcoinCodec.build(payouts, terms, deployment).messages)
    deepEqual(seal([...payouts].reverse()), seal())
  })

  test("pays what was planned, and nobody is paid who is owed nothing", () => {
    const planned = payouts.map(({ transfer, recipient, amount }) => {
      return { transfer, recipient, amount }
    })

    const read = bitcoinCodec.read(seal().raw, deployment, payouts)

    deepEqual([...read].sort(byTransfer), planned)
    for (const known of [[], payouts.slice(1), payouts.slice(0, 2)])
      throws(() => bitcoinCodec.read(seal().raw, deployment, known), { code: "bad-request" })
    const less = payouts.map((payout) => ({ ...payout, amount: payout.amount - 1n }))
    throws(() => bitcoinCodec.read(seal().raw, deployment, less), { code: "bad-request" })
    throws(() => bitcoinCodec.read(new Uint8Array([1, 2]), deployment), { code: "bad-request" })
  })

  test("of another amount or to another recipient is signed over other bytes", () => {
    const signed = hexes(bitcoinCodec.build(payouts, terms, deployment).messages)
    const [first, ...rest] = payouts

    for (const change of [{ amount: 50_001n }, { recipient: OTHER }]) {
      const other = bitcoinCodec.build([{ ...first!, ...change }, ...rest], terms, deployment)
      notEqual(hexes(other.messages).join(), signed.join())
    }
  })

  // Case 52
  test("keeps the slot of every transfer when its fee is raised, and no two transfers share one", () => {
    const first = bitcoinCodec.build(payouts, terms, deployment)
    const later = bitcoinCodec.build(payouts, raised, deployment)

    deepEqual(later.slots, first.slots)
    notEqual(hexes(later.messages).join(), hexes(first.messages).join())
    equal(new Set(first.slots.values()).size, payouts.length)
    equal(
      first.slots.get(payouts[0]!.transfer),
      `bitcoin:${txidNumber(7)}:1:${payouts[0]!.transfer}`,
    )
  })

  test("of too many or on another chain is our own mistake, and of nobody it goes to the vault alone", () => {
    const many = Array.from({ length: 101 }, (_, n) => aRelease(n))
    const elsewhere = [aPayout("ao")]

    for (const wrong of [many, elsewhere])
      throws(() => bitcoinCodec.build(wrong, terms, deployment), { code: "assertion" })
    const sweep = bitcoinCodec.build([], { ...terms, changes: "1" }, deployment)
    deepEqual([sweep.slots.size, sweep.slot], [0, `bitcoin:${txidNumber(7)}:1`])
    throws(() => bitcoinCodec.build(payouts, {}, deployment), { code: "bad-request" })
    throws(() => bitcoinCodec.build([aRelease(1, { recipient: "x" })], terms, deployment), {
      code: "bad-recipient",
    })
    throws(() => bitcoinCodec.build(payouts, terms, others), { code: "assertion" })
  })
})

describe("a block", () => {
  const to = aDestination()
  const paid: ItemOutput = { ...depositTo(to, 70_000n), destination: to }
  const stranger = { txid: txidNumber(8), vout: 0, coin: null, isTakenBack: false, from: REFUND_TO }
  const item = (changes: Partial<BitcoinItem>): BitcoinItem => {
    return { txid: txidNumber(1), isCoinbase: false, inputs: [stranger], outputs: [], ...changes }
  }
  const facts = (...items: BitcoinItem[]) =>
    bitcoinCodec.facts(aBlock("bitcoin", items), deployment)

  test("tells each deposit whole", () => {
    deepEqual(facts(item({ outputs: [paid] })).sightings, [
      {
        id: `bitcoin:${txidNumber(1)}:0`,
        asset: "BTC",
        source: "bitcoin",
        target: "ao-btc",
        amount: 70_000n,
        sender: REFUND_TO,
        senders: [REFUND_TO],
        unnamed: 0,
        recipient: to.recipient,
        refundTo: REFUND_TO,
        forward: {},
        fee: null,
        problem: null,
        depth: 2,
        note: noteOf(to, "devnet"),
      },
    ])
  })

  test("tells a payout by the slot that it took, as the plan did", () => {
    const sealed = seal()
    const { inputs, outputs } = readTransaction(sealed.raw)!
    const coin = { value: 100_000n, destination: null }
    const spent = inputs.map(({ txid, vout }) => ({
      ...{ txid, vout, coin: { ...coin, txid, vout }, isTakenBack: false, from: null },
    }))
    const named = outputs.map((output) => ({ ...output, destination: null }))

    const told = facts(item({ txid: sealed.id, inputs: spent, outputs: named }))

    const [settlement] = told.settlements
    equal(settlement!.transaction, sealed.id)
    equal(settlement!.networkFee, 2_000n)
    deepEqual(
      settlement!.paid.map(({ recipient }) => recipient).sort(),
      payouts.map(({ recipient }) => recipient).sort(),
    )
    const { slots } = bitcoinCodec.build(payouts, terms, deployment)
    for (const [transfer, slot] of slots) equal(slot, `${settlement!.slot}:${transfer}`)
    deepEqual([told.strays, told.sightings], [[], []])
  })

  test("tells what the group would never sign as a stray", () => {
    const coin = { txid: txidNumber(9), vout: 0, value: 90_000n, destination: null }
    const own = { ...stranger, txid: coin.txid, coin, from: null }
    const away = { ...vaultOutput(80_000n), destination: null, script: depositTo(to, 1n).script }
    const odd = { value: 5n, script: Uint8Array.of(0x6a), destination: null }

    const mixed = facts(item({ inputs: [own, stranger], outputs: [away] }))
    const burned = facts(item({ inputs: [own], outputs: [away, odd] }))

    deepEqual([mixed.settlements, burned.settlements], [[], []])
    deepEqual(
      mixed.strays.map(({ amount, networkFee }) => [amount, networkFee]),
      [[80_000n, 0n]],
    )
    deepEqual(
      burned.strays.map(({ amount, networkFee }) => [amount, networkFee]),
      [
        [80_000n, 9_995n],
        [5n, 0n],
      ],
    )
  })

  test("tells a deposit that was taken back by its id", () => {
    const coin = { txid: txidNumber(9), vout: 4, value: 90_000n, destination: to }
    const inputs = [{ ...stranger, txid: coin.txid, vout: 4, coin, isTakenBack: true }]

    deepEqual(facts(item({ inputs })).takenBack, [
      { transfer: `bitcoin:${txidNumber(9)}:4`, transaction: txidNumber(1) },
    ])
  })
})

test("payouts and outputs are told apart by what they pay, and each counts once", () => {
  const [one, two] = [aRelease(1), aRelease(2)]
  const output = { recipient: REFUND_TO, amount: 50_000n }
  const other = { recipient: OTHER, amount: 50_000n }

  deepEqual(matched([output], [one, two]), { paid: [one], beyond: [] })
  deepEqual(matched([output, other, output], [one, two]), { paid: [one, two], beyond: [other] })
  deepEqual(matched([output, output], [one]), { paid: [one], beyond: [output] })
  deepEqual(matched([{ ...output, amount: 49_999n }], [one]).paid, [])
})

function byTransfer(a: { transfer: string }, b: { transfer: string }): number {
  return a.transfer < b.transfer ? -1 : 1
}

function hexes(messages: readonly Uint8Array[]): string[] {
  return messages.map(hex)
}
