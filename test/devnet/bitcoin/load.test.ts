// A long chain stays servable: what it answers after a restart, and the memory that it takes.
//
// 100 blocks of ten transactions; `BITCOIN_LOAD_BLOCKS=10000` makes it 100,000 transactions, and prints.

import { deepEqual, equal, ok } from "node:assert/strict"
import path from "node:path"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { test } from "vitest"
import { Node } from "../../../devnet/bitcoin/node.ts"
import { addressOf } from "../../../devnet/bitcoin/script-type.ts"
import { transactionOf } from "../../../devnet/bitcoin/transaction.ts"
import { type Spendable, unsigned } from "../../../devnet/bitcoin/wallet.ts"
import { aDevnet, aFolder, needsDevnet, satoshisOf } from "./regtest.ts"

const BLOCKS = Number(process.env.BITCOIN_LOAD_BLOCKS ?? 100)
const TXS_A_BLOCK = 10
const COINS = 5_000
/** P2WSH of `OP_TRUE`: anybody may spend it, so that a hundred thousand transactions cost no signature. */
const OPEN = Buffer.from(
  "00204ae81572f06e1b88fd5ced7a1a000945432e83e1551e6f721ee9c00b8cc33260",
  "hex",
)

test("a chain of many blocks is served as it was, in little memory", async (context) => {
  needsDevnet(context)
  const folder = await aFolder()
  const coins = fill(path.join(folder, "bitcoin.jsonl"))
  const before = liveBytes()
  const startedAt = performance.now()

  const { rpc } = await aDevnet({ folder })

  const restartMs = performance.now() - startedAt
  const bytesATx = (liveBytes() - before) / (BLOCKS * TXS_A_BLOCK)
  const height = await rpc<number>("getblockcount")
  equal(height, 110 + BLOCKS)
  const askedAt = performance.now()
  const heights = Array.from({ length: 50 }, (_, i) => 111 + Math.floor((i * BLOCKS) / 50))
  for (const at of heights) {
    const { tx } = await rpc<{ tx: { fee?: number }[] }>(
      "getblock",
      await rpc("getblockhash", at),
      3,
    )
    equal(tx.length, 1 + TXS_A_BLOCK)
    deepEqual(
      tx.slice(1).map(({ fee }) => satoshisOf(fee!)),
      Array.from({ length: TXS_A_BLOCK }, () => 500n),
    )
  }
  const blockMs = (performance.now() - askedAt) / heights.length
  const { unspents } = await rpc<{ unspents: { txid: string; vout: number; coinbase: boolean }[] }>(
    "scantxoutset",
    "start",
    [`addr(${addressOf(OPEN)})`],
  )
  const found = unspents.filter(({ coinbase }) => !coinbase).map(nameOf)
  const mined = coins.map(nameOf)
  deepEqual(found.sort(), mined.sort())
  // A transaction is some 160 bytes on the wire; what it takes here must not grow with the chain.
  ok(bytesATx < 8_000, `${bytesATx} bytes a transaction`)
  if (BLOCKS > 1_000) console.log(JSON.stringify({ height, restartMs, blockMs, bytesATx }))
})

function nameOf({ txid, vout }: { txid: string; vout: number }): string {
  return `${txid}:${vout}`
}

/** Makes the chain, and returns the coins that are left of those that it spent from. */
function fill(file: string): Spendable[] {
  let seconds = 1_700_000_000
  const rates = { minimum: 1000n, incremental: 1000n }
  const node = new Node({ file, now: () => seconds * 1000, rates })
  for (let i = 0; i < 110; i++) node.mine(OPEN)
  const coins: Spendable[] = node.chain.trunk
    .slice(1, 11)
    .map(({ ids }) => ({ txid: ids[0]!, vout: 0, value: 5_000_000_000n }))
  for (let block = 0; block < BLOCKS; block++) {
    seconds += 600
    for (let i = 0; i < TXS_A_BLOCK; i++) spendFirst(node, coins)
    node.mine(OPEN)
  }
  node.close()
  return coins
}

/** Spends the oldest coin, to two until there are enough of them. */
function spendFirst(node: Node, coins: Spendable[]): void {
  const coin = coins.shift()!
  const outputs = coins.length < COINS ? 2 : 1
  const value = (coin.value - 500n) / BigInt(outputs)
  const pay = Array.from({ length: outputs }, () => ({ to: OPEN, value }))
  // An odd satoshi goes with the first.
  pay[0]!.value += coin.value - 500n - value * BigInt(outputs)
  const builder = unsigned({ spend: [coin], pay })
  builder.setWitness(0, [Buffer.from("51", "hex")])
  const tx = transactionOf(builder)
  ok(node.submit(tx).isTaken)
  for (const [vout, { value }] of pay.entries()) coins.push({ txid: tx.id, vout, value })
}

function liveBytes(): number {
  setFlagsFromString("--expose-gc")
  runInNewContext("gc")()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
