// The chain as nodes show it, read from blocks that no network would have to make: what becomes of each coin.

import { deepEqual, equal, rejects } from "node:assert/strict"
import { schnorr } from "@noble/curves/secp256k1.js"
import { Block, Transaction } from "bitcoinjs-lib"
import { describe, test } from "vitest"
import { depositOutput, REFUND_DELAY } from "../../../chains/bitcoin/deposit.ts"
import type { Destination } from "../../../chains/bitcoin/destination.ts"
import { isLeaving } from "../../../chains/bitcoin/holdings.ts"
import type { BitcoinNode } from "../../../chains/bitcoin/node.ts"
import { selfRefund } from "../../../chains/bitcoin/refund.ts"
import { Scan } from "../../../chains/bitcoin/scan.ts"
import { SIGNALS_RBF, sealDraft, sighashesOf } from "../../../chains/bitcoin/transaction.ts"
import {
  aDestination,
  depositTo,
  groupSign,
  REFUND_TO,
  userKey,
  userSecret,
  vault,
  vaultOutput,
} from "./builders.ts"

const own = aDestination({ refundKey: userKey })
const VALUE = 250_000n
const deposit = aDepositTo(own)
const point = { txid: deposit.getId(), vout: 0 }

describe("a deposit with a key of its owner", () => {
  test("that the owner takes back is told so, and is not the group's doing", async () => {
    const refund = selfRefund(vault, {
      ...{ destination: own, deposit: point, value: VALUE, to: REFUND_TO, rate: 2_000n },
    })
    const { raw } = refund.seal(schnorr.sign(refund.message, userSecret))
    const scan = await aScan([[deposit], [Transaction.fromBuffer(raw)]])

    const block = await scan.block(1)

    equal(block!.items[0]!.inputs[0]!.isTakenBack, true)
    equal(scan.holdings.held(point)!.spent?.isTakenBack, true)
    equal(isLeaving(scan.holdings.held(point)!, 1), true)
    equal(scan.holdings.deposited(), 0n)
  })

  // A delay in the sequence is no proof: the leaf that was shown is.
  test("that the group spends is a payout, whatever delay the input states", async () => {
    for (const sequence of [SIGNALS_RBF, REFUND_DELAY]) {
      const spent = { ...point, ...depositTo(own, VALUE), sequence }
      const { group } = depositOutput(vault, own)
      const outputs = [vaultOutput(VALUE - 1_000n)]
      const draft = { inputs: [{ ...spent, leaf: group }], outputs, lockTime: 0 }
      const { raw } = sealDraft(draft, sighashesOf(draft).map(groupSign))
      const scan = await aScan([[deposit], [Transaction.fromBuffer(raw)]])

      await scan.block(1)

      equal(scan.holdings.held(point)!.spent?.isTakenBack, false)
      equal(scan.holdings.deposited(), VALUE)
    }
  })

  test("has to be in the vault a week before its owner may take it, or it is not paid for", () => {
    const coin = { ...point, value: VALUE, destination: own, height: 100 }
    const last = 100 + REFUND_DELAY - 1_008 - 1
    const held = { coin, spent: null }

    const spent = { txid: point.txid, height: 101, isTakenBack: false }

    equal(isLeaving(held, last), false)
    equal(isLeaving(held, last + 1), true)
    equal(isLeaving({ coin, spent }, last + 1), false)
    equal(isLeaving({ ...held, coin: { ...coin, destination: aDestination() } }, last + 1), false)
  })
})

test("a coin that is made and spent in one block is not there, and is again when the block goes", async () => {
  const to = aDestination()
  const first = aDepositTo(to)
  const spent = { txid: first.getId(), vout: 0, ...depositTo(to, VALUE), sequence: SIGNALS_RBF }
  const inputs = [{ ...spent, leaf: depositOutput(vault, to).group }]
  const draft = { inputs, outputs: [vaultOutput(VALUE - 1_000n)], lockTime: 0 }
  const { raw } = sealDraft(draft, sighashesOf(draft).map(groupSign))
  const blocks = [[], [first, Transaction.fromBuffer(raw)]]
  const chain = linked(blocks)
  const node = aNode(chain)
  const scan = new Scan({ nodes: [node], vault, heightMin: 0, freshMs: 0 })
  await scan.learn(to, null)
  await scan.block(1)
  const values = () => scan.holdings.coins(9, () => 1).map(({ value }) => value)
  deepEqual(values(), [VALUE - 1_000n])

  chain.splice(0, 2, ...linked([[], [first], []]))
  await scan.block(2)

  deepEqual(values(), [VALUE])
})

test("a chain in which a coin is spent twice is a node's lie", async () => {
  const spend = (fee: bigint) => {
    const spent = { ...point, ...depositTo(own, VALUE), sequence: SIGNALS_RBF }
    const inputs = [{ ...spent, leaf: depositOutput(vault, own).group }]
    const draft = { inputs, outputs: [vaultOutput(VALUE - fee)], lockTime: 0 }
    return Transaction.fromBuffer(sealDraft(draft, sighashesOf(draft).map(groupSign)).raw)
  }
  const scan = await aScan([[deposit], [spend(1_000n)], [spend(2_000n)]])

  await rejects(scan.block(2), { code: "rpc-disagrees" })
})

// Case 44
test("a whole block that is not the one that was asked for is a node's lie", async () => {
  const chain = linked([[], [deposit]])
  const [, other] = linked([[], [aDepositTo(aDestination()), deposit]])
  const node = aNode(chain)
  const liar = { ...node, block: async () => other!.toBuffer() }
  const scan = new Scan({ nodes: [liar], vault, heightMin: 1, freshMs: 0 })

  await rejects(scan.block(1), { code: "rpc-disagrees" })
})

test("blocks that do not follow each other are no chain", async () => {
  const chain = linked([[], [], []])
  const [stranger] = linked([[], []]).slice(1)
  stranger!.prevHash = new Uint8Array(32).fill(9)
  proven(stranger!)
  chain[1] = stranger!
  const scan = new Scan({ nodes: [aNode(chain)], vault, heightMin: 0, freshMs: 0 })

  await rejects(scan.block(2), { code: "not-yet" })
})

/** Some payment of `VALUE` to the address of a destination, its first output. */
function aDepositTo(to: Destination): Transaction {
  const transaction = new Transaction()
  transaction.version = 2
  transaction.addInput(new Uint8Array(32).fill(5), 0)
  const { script } = depositTo(to, VALUE)
  transaction.addOutput(script, VALUE)
  return transaction
}

async function aScan(blocks: readonly (readonly Transaction[])[]): Promise<Scan> {
  const scan = new Scan({ nodes: [aNode(linked(blocks))], vault, heightMin: 0, freshMs: 0 })
  await scan.learn(own, null)
  return scan
}

function linked(blocks: readonly (readonly Transaction[])[]): Block[] {
  const chain: Block[] = []
  for (const [height, transactions] of blocks.entries()) {
    const coinbase = new Transaction()
    coinbase.addInput(
      new Uint8Array(32),
      0xffffffff,
      0xffffffff,
      Uint8Array.of(2, height, blocks.length),
    )
    coinbase.addOutput(Uint8Array.of(0x51), 5_000_000_000n)
    const block = new Block()
    block.prevHash = chain.at(-1)?.getHash() ?? new Uint8Array(32)
    block.timestamp = 1_700_000_000 + height
    block.bits = 0x207fffff
    block.transactions = [coinbase, ...transactions]
    block.merkleRoot = Block.calculateMerkleRoot(block.transactions)
    chain.push(proven(block))
  }
  return chain
}

function proven(block: Block): Block {
  block.nonce = 0
  while (!block.checkProofOfWork()) block.nonce += 1
  return block
}

/** A node that shows the blocks as they are, without an index of transactions. */
function aNode(chain: readonly Block[]): BitcoinNode {
  const height = () => chain.length - 1
  return {
    url: "a node",
    info: async () => {
      return { chain: "regtest", tip: { height: height(), id: chain.at(-1)!.getId() } }
    },
    about: async () => ({ version: null, hasIndex: false }),
    hash: async (at) => chain[at]?.getId() ?? null,
    block: async (id) => chain.find((block) => block.getId() === id)?.toBuffer() ?? null,
    transaction: async () => null,
    heightOf: async () => null,
    unspent: async () => null,
    estimate: async () => null,
    send: async () => null,
  }
}
