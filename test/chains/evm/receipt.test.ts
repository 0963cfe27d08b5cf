// Receipts are believed when their trie has the root that the header commits to.

import { deepEqual, equal, notEqual, ok, throws } from "node:assert/strict"
import { Wallet } from "ethers"
import fc from "fast-check"
import { test } from "vitest"
import { bloomKey, mayHold } from "../../../chains/evm/bloom.ts"
import { type Header, headerOf } from "../../../chains/evm/header.ts"
import { fromHex, toHex } from "../../../chains/evm/hex.ts"
import { logsIn, type Receipt, receiptsOf, receiptsRoot } from "../../../chains/evm/receipt.ts"
import { listRoot } from "../../../chains/evm/trie.ts"
import { tokenArtifact } from "../../../devnet/evm/contracts.ts"
import type { EvmDevnet } from "../../../devnet/evm/index.ts"
import { aChain, account, CHAIN_ID } from "./builders.ts"

async function read(chain: EvmDevnet, height: number): Promise<[Header, readonly Receipt[]]> {
  const number = `0x${height.toString(16)}`
  const header = headerOf(await chain.rpc("eth_getBlockByNumber", number, false), chain.url)
  return [header, receiptsOf(await chain.rpc("eth_getBlockReceipts", number), chain.url)]
}

const MINT = `0x40c10f19${"11".repeat(20).padStart(64, "0")}${"5".padStart(64, "0")}`

test("a block with transactions of every type proves its receipts", async () => {
  const chain = await aChain()
  const token = await chain.deploy(tokenArtifact("SilentToken"))
  const wallet = new Wallet(`0x${"17".repeat(32)}`)
  await chain.faucet(wallet.address, 10n ** 20n)
  const call = { chainId: CHAIN_ID, to: token, data: MINT, gasLimit: 200_000 }
  const fees = { maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 1n }
  const authorize = () => wallet.authorizeSync({ chainId: CHAIN_ID, address: token, nonce: 99 })
  const requests = [
    { ...call, type: 0, gasPrice: 10n ** 11n },
    { ...call, type: 1, gasPrice: 10n ** 11n, accessList: [] },
    { ...call, ...fees, type: 2 },
    { ...call, ...fees, type: 4, authorizationList: [authorize()] },
    // One that reverts.
    { ...call, ...fees, type: 2, data: "0x12345678" },
  ]
  await chain.rpc("evm_setAutomine", false)
  for (const [nonce, request] of requests.entries())
    await chain.rpc("eth_sendRawTransaction", await wallet.signTransaction({ ...request, nonce }))
  await chain.mine()

  const [header, receipts] = await read(chain, await chain.height())

  deepEqual(
    receipts.map(({ type }) => Number(type)),
    [0, 1, 2, 4, 2],
  )
  deepEqual(
    receipts.map(({ status }) => Number(status)),
    [1, 1, 1, 1, 0],
  )
  equal(receiptsRoot(receipts), header.receiptsRoot)
  const logs = logsIn(header, receipts, token, chain.url)
  deepEqual(
    logs.map(({ transactionIndex, index }) => [transactionIndex, index]),
    [0, 1, 2, 3].map((n) => [n, n]),
  )
  deepEqual(logsIn(header, receipts, account(1), chain.url), [])
})

test("so does a block of any size, an empty one included", async () => {
  const chain = await aChain({ hardfork: "cancun" })
  await chain.rpc("evm_setAutomine", false)
  // Keys of more than a byte begin at 128; nodes branch anew at 16 and 256.
  for (const count of [0, 1, 2, 15, 17, 127, 128, 129, 257]) {
    const transaction = { from: chain.rich, to: account(1), value: "0x1" }
    for (let n = 0; n < count; n += 1) await chain.rpc("eth_sendTransaction", transaction)
    await chain.mine()

    const [header, receipts] = await read(chain, await chain.height())

    equal(receipts.length, count)
    equal(receiptsRoot(receipts), header.receiptsRoot)
  }
})

// Case 46.
test("receipts with anything changed, left out or added are not the block's", async () => {
  const chain = await aChain()
  const token = await chain.deploy(tokenArtifact("SilentToken"))
  await chain.rpc("evm_setAutomine", false)
  for (let n = 0; n < 3; n += 1)
    await chain.rpc("eth_sendTransaction", { from: chain.rich, to: token, data: MINT })
  await chain.mine()
  const [header, receipts] = await read(chain, await chain.height())
  const [first, ...others] = receipts as [Receipt, ...Receipt[]]
  const log = first.logs[0]!
  const forged: Receipt[][] = [
    ...[others, [...receipts, first], [...receipts].reverse()],
    ...[
      { status: 0n },
      { type: 1n },
      { cumulativeGasUsed: first.cumulativeGasUsed + 1n },
      { logsBloom: `0x${"00".repeat(256)}` },
      { logs: [] },
      { logs: [log, log] },
      { logs: [{ ...log, address: account(3) }] },
      { logs: [{ ...log, topics: log.topics.slice(1) }] },
      { logs: [{ ...log, data: log.data.replace(/5$/, "6") }] },
    ].map((change) => [{ ...first, ...change }, ...others]),
  ]

  equal(logsIn(header, receipts, token, "url").length, 3)
  for (const list of forged)
    throws(() => logsIn(header, list, token, "url"), { code: "rpc-disagrees" })
})

test("the bloom of a block holds every contract and topic of its logs", async () => {
  const chain = await aChain()
  const token = await chain.deploy(tokenArtifact("SilentToken"))
  const { height } = await chain.send({ to: token, data: MINT })

  const [header, receipts] = await read(chain, height)

  const [log] = logsIn(header, receipts, token, chain.url)
  for (const text of [token, ...log!.topics]) ok(mayHold(header.bloom, bloomKey(fromHex(text))))
  for (const n of [1, 2, 3]) ok(!mayHold(header.bloom, bloomKey(fromHex(account(n)))))
})

test("two lists have one root only when they are the same list", () => {
  const value = fc.uint8Array({ minLength: 1, maxLength: 40 })
  const lists = fc.tuple(fc.array(value, { maxLength: 40 }), fc.array(value, { maxLength: 40 }))

  fc.assert(
    fc.property(lists, fc.nat(), ([one, other], at) => {
      const isSame = one.map(toHex).join() === other.map(toHex).join()
      equal(toHex(listRoot(one)) === toHex(listRoot(other)), isSame)
      if (one.length === 0) return
      const changed = one.with(at % one.length, Uint8Array.of(...one[at % one.length]!, 1))
      notEqual(toHex(listRoot(changed)), toHex(listRoot(one)))
    }),
  )
})

test("the root of nothing is the one that every empty block has", () => {
  equal(toHex(listRoot([])), "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421")
})
