// Blocks are real ones: work, roots, commitments, subsidies, and what a node tells of them.

import { deepEqual, equal, match, ok } from "node:assert/strict"
import { createHash } from "node:crypto"
import { Block, Transaction } from "bitcoinjs-lib"
import { describe, test } from "vitest"
import { aDevnet, aWallet, BTC, NOBODY, needsDevnet, oneRegtest, satoshisOf } from "./regtest.ts"

const aRegtest = oneRegtest()

interface Tx {
  txid: string
  fee?: number
  vin: { coinbase?: string; prevout?: { value: number; height: number; generated: boolean } }[]
  vout: { value: number }[]
}

interface BlockJson {
  hash: string
  height: number
  confirmations: number
  previousblockhash: string
  nextblockhash?: string
  size: number
  weight: number
  mediantime: number
  time: number
  tx: Tx[]
}

test("a block has work, the roots of its transactions and witnesses, and its height", async () => {
  const { rpc, mine, send, funded } = await aRegtest()
  const { wallet, coins } = await funded(3)
  for (const coin of coins)
    await send(wallet.sign({ spend: [coin], pay: [{ to: NOBODY, value: BTC - 1000n }] }))
  const [hash] = await mine(1)

  const bytes = Buffer.from(await rpc("getblock", hash, 0), "hex")

  const block = Block.fromBuffer(bytes)
  equal(block.getId(), hash)
  ok(block.checkProofOfWork())
  ok(block.checkTxRoots())
  equal(block.bits, 0x207fffff)
  ok(block.transactions!.length >= 4)
  ok(block.hasWitnessCommit())
  const height = await rpc<number>("getblockcount")
  const tag = Buffer.from(block.transactions![0]!.ins[0]!.script)
  equal(tag.readUIntLE(1, tag[0]!), height)
})

test("each block names the one before, and the header says the same as the block", async () => {
  const { rpc, mine } = await aRegtest()
  const [first, second] = await mine(2)

  const block = await rpc<BlockJson>("getblock", second)
  const header = await rpc<BlockJson>("getblockheader", second)
  const raw = await rpc("getblockheader", second, false)

  equal(block.previousblockhash, first)
  equal((await rpc<BlockJson>("getblock", first)).nextblockhash, second)
  deepEqual(header, Object.fromEntries(Object.entries(block).filter(([name]) => name in header)))
  const digest = createHash("sha256").update(Buffer.from(raw, "hex")).digest()
  equal(createHash("sha256").update(digest).digest().reverse().toString("hex"), second)
})

test("sizes and weights are those of the bytes", async () => {
  const { rpc, mine } = await aRegtest()
  const [hash] = await mine(1)

  const { size, weight } = await rpc<BlockJson>("getblock", hash)

  const block = Block.fromHex(await rpc("getblock", hash, 0))
  equal(size, block.byteLength())
  equal(weight, block.weight())
})

test("the miner gets the subsidy and all fees, and nobody gets more", async () => {
  const { rpc, mine, send, funded } = await aRegtest()
  const { wallet, coins } = await funded(2)
  const fees = [5_000n, 7_000n]
  for (const [i, coin] of coins.entries())
    await send(wallet.sign({ spend: [coin], pay: [{ to: NOBODY, value: BTC - fees[i]! }] }))
  const [hash] = await mine(1)

  const { tx, height } = await rpc<BlockJson>("getblock", hash, 2)

  const subsidy = (50n * BTC) >> BigInt(Math.floor(height / 150))
  equal(satoshisOf(tx[0]!.vout[0]!.value), subsidy + 12_000n)
  deepEqual(
    tx.slice(1).map(({ fee }) => satoshisOf(fee!)),
    // What pays more comes first.
    [7_000n, 5_000n],
  )
})

test("the subsidy is halved every 150 blocks", async (context) => {
  needsDevnet(context)
  const { rpc, mine } = await aDevnet()
  const hashes = await mine(300)
  const paid = async (height: number) => {
    const { tx } = await rpc<BlockJson>("getblock", hashes[height - 1], 2)
    return satoshisOf(tx[0]!.vout[0]!.value)
  }

  equal(await paid(149), 50n * BTC)
  equal(await paid(150), 25n * BTC)
  equal(await paid(299), 25n * BTC)
  equal(await paid(300), (25n * BTC) / 2n)
})

test("verbosity 3 says what each input spends, and what it was", async () => {
  const { rpc, mine, send, funded } = await aRegtest()
  const { wallet, coins } = await funded(1)
  const height = await rpc<number>("getblockcount")
  await send(wallet.sign({ spend: coins, pay: [{ to: NOBODY, value: BTC - 1000n }] }))
  const [hash] = await mine(1)

  const { tx } = await rpc<BlockJson>("getblock", hash, 3)

  match(tx[0]!.vin[0]!.coinbase!, /^[0-9a-f]+$/)
  const { prevout } = tx[1]!.vin[0]!
  equal(prevout?.value, 1)
  equal(prevout?.height, height)
  equal(prevout?.generated, false)
})

test("a mined transaction is read with its block and its confirmations", async () => {
  const { rpc, mine, send, funded } = await aRegtest()
  const { wallet, coins } = await funded(1)
  const id = await send(wallet.sign({ spend: coins, pay: [{ to: NOBODY, value: BTC - 1000n }] }))
  const waiting = await rpc<{ confirmations?: number }>("getrawtransaction", id, true)
  const [hash] = await mine(3)

  const mined = await rpc<{ confirmations: number; blockhash: string; hex: string }>(
    "getrawtransaction",
    id,
    1,
  )

  equal(waiting.confirmations, undefined)
  equal(mined.confirmations, 3)
  equal(mined.blockhash, hash)
  equal(Transaction.fromHex(mined.hex).getId(), id)
  equal(await rpc("getrawtransaction", id), mined.hex)
  equal(await rpc("getrawtransaction", id, 0, hash), mined.hex)
})

test("time goes on from block to block, whatever the clock says", async () => {
  const { rpc, mine } = await aRegtest()
  const hashes = await mine(30)

  const blocks = await Promise.all(hashes.map((hash) => rpc<BlockJson>("getblockheader", hash)))

  for (const [i, { mediantime }] of blocks.entries()) {
    if (i > 0) ok(blocks[i]!.time > blocks[i - 1]!.mediantime)
    const times = blocks.slice(i - 10, i + 1).map(({ time }) => time)
    if (i >= 10) equal(mediantime, times.sort((a, b) => a - b)[5])
  }
})

test("a scan finds what an address has, without what it has spent", async () => {
  const { rpc, mine, send, funded } = await aRegtest()
  const { wallet, coins } = await funded(3)
  await send(wallet.sign({ spend: [coins[0]!], pay: [{ to: NOBODY, value: BTC - 1000n }] }))
  await mine(1)

  const found = await rpc<{ unspents: { txid: string; vout: number }[]; total_amount: number }>(
    "scantxoutset",
    "start",
    [`addr(${wallet.address})`, { desc: `addr(${aWallet().address})` }],
  )

  equal(found.total_amount, 2)
  deepEqual(found.unspents.map(({ vout }) => vout).sort(), [1, 2])
})

describe("a block of others", () => {
  test("is taken when it keeps the rules, and only once", async () => {
    const { rpc, mine } = await aRegtest()
    const [hash] = await mine(1)
    const bytes = await rpc("getblock", hash, 0)
    await rpc("invalidateblock", hash)
    await rpc("reconsiderblock", hash)

    equal(await rpc("submitblock", bytes), "duplicate")
  })

  test.each<[rule: string, broken: (block: Block) => void]>([
    ["high-hash", (block) => workUnless(block, false)],
    ["bad-txnmrklroot", (block) => block.merkleRoot!.reverse()],
    ["bad-diffbits", (block) => changed(block, { bits: 0x207ffffe })],
    ["time-too-old", (block) => changed(block, { timestamp: 1296688602 })],
    ["time-too-new", (block) => changed(block, { timestamp: block.timestamp + 3 * 60 * 60 })],
    [
      "bad-cb-amount",
      (block) => {
        block.transactions![0]!.outs[0]!.value += 1n
        rooted(block)
      },
    ],
    [
      "bad-cb-height",
      (block) => {
        block.transactions![0]!.ins[0]!.script = Buffer.from("0100ffffffff", "hex")
        rooted(block)
      },
    ],
    [
      "bad-witness-nonce-size",
      (block) => {
        block.transactions![0]!.ins[0]!.witness = [Buffer.alloc(31)]
      },
    ],
    [
      "bad-witness-merkle-match",
      (block) => {
        block.transactions![0]!.outs[1]!.script[10]! ^= 1
        rooted(block)
      },
    ],
  ])("is refused: %s", async (rule, broken) => {
    const { rpc, mine } = await aRegtest()
    const [hash] = await mine(1)
    const block = Block.fromHex(await rpc("getblock", hash, 0))
    await rpc("invalidateblock", hash)
    block.transactions![0]!.ins[0]!.script = Buffer.concat([
      block.transactions![0]!.ins[0]!.script,
      Buffer.from([1]),
    ])
    rooted(block)
    const height = await rpc<number>("getblockcount")

    broken(block)
    if (rule !== "high-hash") workUnless(block, true)
    const said = await rpc("submitblock", block.toHex())

    equal(said, rule)
    equal(await rpc<number>("getblockcount"), height)
  })

  test("of the same height waits beside, and leads as soon as it is longer", async () => {
    const { rpc, mine } = await aRegtest()
    const hashes = await mine(2)
    const blocks = await Promise.all(hashes.map((hash) => rpc("getblock", hash, 0)))
    const own = Block.fromHex(blocks[0]!)
    const other = Block.fromHex(blocks[0]!)
    other.transactions![0]!.outs[0]!.script = Buffer.from("51", "hex")
    rooted(other)
    workUnless(other, true)
    const next = Block.fromHex(blocks[1]!)
    next.prevHash = other.getHash()
    workUnless(next, true)
    await rpc("invalidateblock", hashes[1])
    equal(await rpc("getbestblockhash"), own.getId())

    equal(await rpc("submitblock", other.toHex()), "inconclusive")
    equal(await rpc("getbestblockhash"), own.getId())
    equal(await rpc("submitblock", next.toHex()), null)

    equal(await rpc("getbestblockhash"), next.getId())
  })
})

function changed(block: Block, fields: Partial<Block>): void {
  Object.assign(block, fields)
}

function rooted(block: Block): void {
  block.merkleRoot = Block.calculateMerkleRoot(block.transactions!)
}

/** Counts on until the hash is below the target, or is not. */
function workUnless(block: Block, wanted: boolean): void {
  const target = 0x80
  while (block.getHash()[31]! < target !== wanted) block.nonce += 1
}
