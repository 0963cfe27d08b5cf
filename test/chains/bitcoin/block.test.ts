// Raw blocks: read as another implementation reads them, and refused when they prove nothing.

import { deepEqual, equal, notEqual } from "node:assert/strict"
import { Block, Transaction } from "bitcoinjs-lib"
import { test } from "vitest"
import { keyOf, outpointOf, readBlock } from "../../../chains/bitcoin/block.ts"
import { BIP341_SPENDING } from "../../vectors/bip341-spending.ts"
import { hex } from "./builders.ts"

test("a block is what another implementation reads in it, with witnesses and without", () => {
  for (const count of [0, 1, 2, 5, 260]) {
    const block = aBlock(count)
    const read = readBlock(block.toBuffer())!

    equal(read.id, block.getId())
    equal(read.parent, "22".repeat(32))
    equal(read.timestampMs, 1_700_000_000_000)
    deepEqual(
      read.transactions.map(({ txid, isCoinbase, spends, outputs, raw }) => {
        return {
          txid,
          isCoinbase,
          spent: spends.map(outpointOf),
          outputs: outputs.map(({ script, value }) => ({ script: new Uint8Array(script), value })),
          raw: hex(raw),
        }
      }),
      block.transactions!.map((transaction, place) => ({
        txid: transaction.getId(),
        isCoinbase: place === 0,
        spent: transaction.ins.map(({ hash, index }) => {
          return { txid: hex(hash.slice().reverse()), vout: index }
        }),
        outputs: transaction.outs.map(({ script, value }) => ({
          script: new Uint8Array(script),
          value,
        })),
        raw: transaction.toHex(),
      })),
    )
  }
})

test("an output has one key, which names it again", () => {
  const point = { txid: `${"0f".repeat(31)}a5`, vout: 0x01020304 }

  equal(keyOf(point).length, 36)
  deepEqual(outpointOf(keyOf(point)), point)
  notEqual(keyOf({ ...point, vout: 0 }), keyOf(point))
})

// Case 44
test("a block in which anything was changed is none, but for its witnesses", () => {
  const bytes = aBlock(2).toBuffer()
  const id = readBlock(bytes)!.id
  for (let at = 0; at < bytes.length; at += 1) {
    const read = readBlock(bytes.with(at, bytes[at]! ^ 1))
    // Whoever asks for a hash compares it; the header's own bits are its hash.
    if (read !== null && read.id === id) equal(isWitness(bytes, at), true, `byte ${at}`)
  }
})

test("a block that is cut, longer or empty is none", () => {
  const bytes = new Uint8Array(aBlock(2).toBuffer())

  for (let length = 0; length < bytes.length; length += 7)
    equal(readBlock(bytes.subarray(0, length)), null)
  equal(readBlock(Uint8Array.of(...bytes, 0)), null)
  notEqual(readBlock(bytes), null)
})

test("a block that names its last transactions twice under the same root is none", () => {
  const block = aBlock(2)
  const twice = aBlock(2)
  twice.transactions = [...block.transactions!, block.transactions![2]!]
  twice.nonce = block.nonce

  equal(Buffer.from(twice.merkleRoot!).equals(Buffer.from(block.merkleRoot!)), true)
  notEqual(readBlock(block.toBuffer()), null)
  equal(readBlock(twice.toBuffer()), null)
})

test("a hash that shows less work than its header states is none of a block", () => {
  const block = aBlock(1)
  block.bits = 0x1d00ffff

  equal(readBlock(block.toBuffer()), null)
})

/** A coinbase and so many more, with work enough for regtest. */
function aBlock(count: number): Block {
  const coinbase = new Transaction()
  coinbase.version = 2
  coinbase.addInput(new Uint8Array(32), 0xffffffff, 0xffffffff, Uint8Array.of(1, 101))
  coinbase.ins[0]!.witness = [new Uint8Array(32)]
  coinbase.addOutput(Uint8Array.of(0x51), 5_000_000_000n)
  const others = Array.from({ length: count }, (_, n) => {
    const transaction = Transaction.fromHex(BIP341_SPENDING.signed)
    transaction.locktime = n
    if (n % 2 === 1) for (const input of transaction.ins) input.witness = []
    return transaction
  })
  const block = new Block()
  block.version = 0x20000000
  block.prevHash = new Uint8Array(32).fill(0x22)
  block.timestamp = 1_700_000_000
  block.bits = 0x207fffff
  block.nonce = 0
  block.transactions = [coinbase, ...others]
  block.merkleRoot = Block.calculateMerkleRoot(block.transactions)
  while (!block.checkProofOfWork()) block.nonce += 1
  return block
}

/** Whether the byte is in a witness: then the transactions have the ids that they had. */
function isWitness(bytes: Uint8Array, at: number): boolean {
  const ids = (block: Uint8Array) => Block.fromBuffer(block).transactions!.map((one) => one.getId())
  try {
    return ids(bytes.with(at, bytes[at]! ^ 1)).join() === ids(bytes).join()
  } catch {
    return false
  }
}
