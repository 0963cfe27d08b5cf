// Blocks that are undone, by an operator's word or by a longer branch, and what becomes of the money in them.

import { deepEqual, equal, ok, rejects } from "node:assert/strict"
import { describe, test } from "vitest"
import { aDevnet, aWallet, BTC, hexOf, NOBODY, needsDevnet, oneRegtest } from "./regtest.ts"

const aRegtest = oneRegtest()

interface Tip {
  hash: string
  height: number
  branchlen: number
  status: string
}

describe("a block that is declared invalid", () => {
  test("gives its transactions back to the mempool, and its coins to whom they were", async () => {
    const { rpc, mine, send, funded } = await aRegtest()
    const { wallet, coins } = await funded(1)
    const id = await send(wallet.sign({ spend: coins, pay: [{ to: NOBODY, value: BTC - 1000n }] }))
    const [hash] = await mine(1)
    const height = await rpc<number>("getblockcount")

    await rpc("invalidateblock", hash)

    equal(await rpc("getblockcount"), height - 1)
    ok((await rpc<string[]>("getrawmempool")).includes(id))
    ok(await rpc("gettxout", coins[0]!.txid, coins[0]!.vout, false))
    equal(await rpc("gettxout", id, 0, false), null)
    const { confirmations } = await rpc<{ confirmations: number }>("getblockheader", hash)
    equal(confirmations, -1)
  })

  test("takes all that was built on it with it, and comes back when it is reconsidered", async () => {
    const { rpc, mine } = await aRegtest()
    const hashes = await mine(4)
    const tip = await rpc("getbestblockhash")

    await rpc("invalidateblock", hashes[1])
    equal(await rpc("getbestblockhash"), hashes[0])
    const tips = await rpc<Tip[]>("getchaintips")
    const left = tips.find(({ hash }) => hash === tip)
    deepEqual([left?.status, left?.branchlen], ["invalid", 3])
    await rpc("reconsiderblock", hashes[1])

    equal(await rpc("getbestblockhash"), tip)
  })

  test("is made again by the same second, address and transactions, and is no block then either", async () => {
    const { rpc } = await aRegtest()
    const { mediantime } = await rpc<{ mediantime: number }>("getblockchaininfo")
    await rpc("setmocktime", mediantime + 100)
    const make = () => rpc<string[]>("generatetoaddress", 1, NOBODY)
    const [hash] = await make()
    await rpc("invalidateblock", hash)

    await rejects(make(), { code: -32603, message: "ProcessNewBlock, block not accepted" })

    await rpc("setmocktime", 0)
  })

  test("never is the first", async () => {
    const { rpc } = await aRegtest()
    const tip = await rpc("getbestblockhash")

    await rpc("invalidateblock", await rpc("getblockhash", 0))

    equal(await rpc("getbestblockhash"), tip)
  })
})

describe("a longer branch", () => {
  test("takes a deposit out of the chain, and another may have the money", async () => {
    const { rpc, mine, send, funded } = await aRegtest()
    const { wallet, coins } = await funded(1)
    const deposit = wallet.sign({ spend: coins, pay: [{ to: NOBODY, value: BTC - 1000n }] })
    await send(deposit)
    const [block] = await mine(2)
    const theft = wallet.sign({
      spend: coins,
      pay: [{ to: aWallet().address, value: BTC - 5000n }],
    })

    await rpc("invalidateblock", block)
    await rpc("generateblock", NOBODY, [hexOf(theft)])
    await rpc("generateblock", NOBODY, [])
    await rpc("generateblock", NOBODY, [])
    await rpc("reconsiderblock", block)

    equal(await rpc("gettxout", deposit.id, 0), null)
    equal((await rpc<{ confirmations: number }>("gettxout", theft.id, 0)).confirmations, 3)
    // An index of transactions forgets no block that it has read.
    const stale = { blockhash: block, confirmations: 0 }
    const asked = [[], [block]].map((where) =>
      rpc<{ in_active_chain?: boolean; blockhash: string; confirmations: number }>(
        ...(["getrawtransaction", deposit.id, 1, ...where] as const),
      ),
    )
    const [indexed, named] = await Promise.all(asked)
    deepEqual([indexed?.blockhash, indexed?.confirmations], Object.values(stale))
    deepEqual([named?.confirmations, named?.in_active_chain], [0, false])
  })

  test("makes the coinbases of the other worthless, and all that spent them", async () => {
    const { rpc, mine, send } = await aRegtest()
    const miner = aWallet()
    const [first] = await mine(1, miner.address)
    await mine(100)
    const { tx } = await rpc<{ tx: { txid: string; vout: { value: number }[] }[] }>(
      "getblock",
      first,
      2,
    )
    const value = BigInt(Math.round(tx[0]!.vout[0]!.value * 1e8))
    const coin = { txid: tx[0]!.txid, vout: 0, value }
    const spend = miner.sign({ spend: [coin], pay: [{ to: NOBODY, value: value - 1000n }] })
    await send(spend)
    await mine(1)

    await rpc("invalidateblock", first)

    equal((await rpc<string[]>("getrawmempool")).includes(spend.id), false)
    await rejects(send(spend), { code: -25 })
  })

  test("stays in force when a shorter one is reconsidered", async () => {
    const { rpc, mine } = await aRegtest()
    const hashes = await mine(2)
    await rpc("invalidateblock", hashes[1])
    const [, longer] = await mine(2)

    await rpc("reconsiderblock", hashes[1])

    equal(await rpc("getbestblockhash"), longer)
    const tips = await rpc<Tip[]>("getchaintips")
    equal(tips.find(({ hash }) => hash === hashes[1])?.status, "valid-fork")
  })

  test("of the same length leads when it came first", async (context) => {
    needsDevnet(context)
    const { rpc, mine } = await aDevnet()
    const [first] = await mine(1)
    await rpc("invalidateblock", first)
    const [second] = await mine(1)
    equal(await rpc("getbestblockhash"), second)

    await rpc("reconsiderblock", first)

    equal(await rpc("getbestblockhash"), first)
  })
})

describe("a block of chosen transactions", () => {
  test("holds those, and leaves the others", async () => {
    const { rpc, send, funded } = await aRegtest()
    const { wallet, coins } = await funded(2)
    const [one, two] = coins.map((coin) =>
      wallet.sign({ spend: [coin], pay: [{ to: NOBODY, value: BTC - 1000n }] }),
    )
    await send(one!)
    await send(two!)

    const { hash } = await rpc<{ hash: string }>("generateblock", NOBODY, [two!.id])

    const { tx } = await rpc<{ tx: string[] }>("getblock", hash)
    deepEqual(tx.slice(1), [two!.id])
    ok((await rpc<string[]>("getrawmempool")).includes(one!.id))
  })

  test.each([
    ["the signature of another", /script-verify-flag-failed/],
    ["a coin that is spent already in it", /bad-txns-inputs-missingorspent/],
  ])("is not made with %s", async (what, message) => {
    const { rpc, funded } = await aRegtest()
    const { wallet, coins } = await funded(1)
    const height = await rpc<number>("getblockcount")
    const paying = (fee: bigint, by = wallet) =>
      hexOf(by.sign({ spend: coins, pay: [{ to: NOBODY, value: BTC - fee }] }))
    const txs = what.startsWith("the signature")
      ? [paying(1000n, aWallet())]
      : [paying(1000n), paying(2000n)]

    await rejects(rpc("generateblock", NOBODY, txs), { code: -25, message })

    equal(await rpc("getblockcount"), height)
  })
})

describe("a fork by command", () => {
  test("overtakes blocks by one more, and mines what they held again", async (context) => {
    needsDevnet(context)
    const { rpc, devnet, mine, send, funded } = await aDevnet()
    const { wallet, coins } = await funded(3)
    const ids: string[] = []
    for (const coin of coins) {
      const tx = wallet.sign({ spend: [coin], pay: [{ to: NOBODY, value: BTC - 1000n }] })
      ids.push(await send(tx))
      await mine(1)
    }
    const before = devnet.height
    const [kept, dropped, pending] = ids

    const hashes = devnet.fork(3, { drop: [dropped!], pending: [pending!] })

    equal(hashes.length, 4)
    equal(devnet.height, before + 1)
    equal(await rpc("getbestblockhash"), hashes[3])
    equal((await rpc<{ blockhash: string }>("getrawtransaction", kept, 1)).blockhash, hashes[0])
    deepEqual(await rpc("getrawmempool"), [pending])
    equal((await rpc<{ confirmations: number }>("getrawtransaction", dropped, 1)).confirmations, 0)
    const tips = await rpc<Tip[]>("getchaintips")
    deepEqual(
      tips.map(({ status, branchlen }) => [status, branchlen]),
      [
        ["active", 0],
        ["valid-fork", 3],
      ],
    )
  })

  test("leaves out what no longer fits, and what spent from that", async (context) => {
    needsDevnet(context)
    const { rpc, devnet, mine, send, funded } = await aDevnet()
    const { wallet, coins } = await funded(1)
    const deposit = wallet.sign({ spend: coins, pay: [{ to: wallet.address, value: BTC - 1000n }] })
    const later = wallet.sign({
      spend: [{ txid: deposit.id, vout: 0, value: BTC - 1000n }],
      pay: [{ to: NOBODY, value: BTC - 2000n }],
    })
    await send(deposit)
    await mine(1)
    await send(later)
    await mine(1)

    devnet.fork(2, { drop: [deposit.id] })

    deepEqual(await rpc("getrawmempool"), [])
    equal((await rpc<{ confirmations: number }>("getrawtransaction", later.id, 1)).confirmations, 0)
  })

  test("is refused when the chain is shorter, or names what is not in it", async (context) => {
    needsDevnet(context)
    const { devnet, mine } = await aDevnet()
    await mine(2)

    for (const depth of [0, 3, 1.5]) {
      await rejects(async () => devnet.fork(depth), { code: "bad-request" })
    }
    await rejects(async () => devnet.fork(1, { drop: ["ab".repeat(32)] }), { code: "bad-request" })
    equal(devnet.height, 2)
  })
})
