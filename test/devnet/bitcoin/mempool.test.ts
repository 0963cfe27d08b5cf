// What waits: replacement by the rules of full RBF, chains of unconfirmed transactions, and what the next block takes.

import { deepEqual, equal, rejects } from "node:assert/strict"
import { describe, test } from "vitest"
import {
  aDevnet,
  aWallet,
  BTC,
  hexOf,
  NOBODY,
  needsDevnet,
  oneRegtest,
  satoshisOf,
} from "./regtest.ts"

const aRegtest = oneRegtest()

interface EntryJson {
  vsize: number
  ancestorcount: number
  descendantcount: number
  fees: { base: number; ancestor: number; descendant: number }
  depends: string[]
  spentby: string[]
}

/** What a node asks a replacement to add for each virtual byte, in satoshis a thousand. */
async function incrementalRate(rpc: Awaited<ReturnType<typeof aRegtest>>["rpc"]): Promise<bigint> {
  const info = await rpc<{ incrementalrelayfee: number }>("getmempoolinfo")
  return satoshisOf(info.incrementalrelayfee)
}

describe("a replacement", () => {
  test("takes the place of what it conflicts with, and of all that spent from that", async () => {
    const { rpc, funded, send } = await aRegtest()
    const { wallet, coins } = await funded(1)
    const [coin] = coins
    const first = wallet.sign({ spend: [coin!], pay: [{ to: wallet.address, value: BTC - 1000n }] })
    const child = wallet.sign({
      spend: [{ txid: first.id, vout: 0, value: BTC - 1000n }],
      pay: [{ to: NOBODY, value: BTC - 2000n }],
    })
    await send(first)
    await send(child)
    const second = wallet.sign({ spend: [coin!], pay: [{ to: NOBODY, value: BTC - 10_000n }] })

    equal(await send(second), second.id)

    const waiting = await rpc<string[]>("getrawmempool")
    equal(waiting.includes(second.id), true)
    equal(waiting.includes(first.id), false)
    equal(waiting.includes(child.id), false)
    await rejects(rpc("getrawtransaction", first.id), { code: -5 })
  })

  test("need not have been announced by what it replaces", async () => {
    const { funded, send } = await aRegtest()
    const { wallet, coins } = await funded(1)
    const spend = coins.map((coin) => ({ ...coin, sequence: 0xffffffff }))
    await send(wallet.sign({ spend, pay: [{ to: NOBODY, value: BTC - 1000n }] }))

    const second = wallet.sign({ spend, pay: [{ to: NOBODY, value: BTC - 10_000n }] })

    equal(await send(second), second.id)
  })

  test("pays for its own relay on top of all the fees it takes away", async () => {
    const { rpc, funded, send } = await aRegtest()
    const { wallet, coins } = await funded(1)
    const paying = (fee: bigint) =>
      wallet.sign({ spend: coins, pay: [{ to: NOBODY, value: BTC - fee }] })
    const first = paying(1000n)
    await send(first)
    const more = ((await incrementalRate(rpc)) * BigInt(first.vsize) + 999n) / 1000n

    await rejects(send(paying(1000n + more - 1n)), {
      code: -26,
      message: /insufficient fee, rejecting replacement .*not enough additional fees to relay/,
    })

    const enough = paying(1000n + more)
    equal(await send(enough), enough.id)
  })

  test("pays no less than everything that goes, children too", async () => {
    const { funded, send } = await aRegtest()
    const { wallet, coins } = await funded(1)
    const first = wallet.sign({ spend: coins, pay: [{ to: wallet.address, value: BTC - 1000n }] })
    await send(first)
    await send(
      wallet.sign({
        spend: [{ txid: first.id, vout: 0, value: BTC - 1000n }],
        pay: [{ to: NOBODY, value: BTC - 50_000n }],
      }),
    )

    const second = wallet.sign({ spend: coins, pay: [{ to: NOBODY, value: BTC - 20_000n }] })

    await rejects(send(second), { code: -26, message: /less fees than conflicting txs/ })
  })

  test("has a higher fee rate than what it replaces, however much it pays", async () => {
    const { funded, send } = await aRegtest()
    const { wallet, coins } = await funded(1)
    await send(wallet.sign({ spend: coins, pay: [{ to: NOBODY, value: BTC - 2000n }] }))
    const pay = Array.from({ length: 20 }, () => ({ to: NOBODY, value: BTC / 25n }))
    const rest = BTC - (BTC / 25n) * 20n

    const large = wallet.sign({
      spend: coins,
      pay: [...pay, { to: NOBODY, value: rest - 4000n }],
    })

    await rejects(send(large), { code: -26, message: /new feerate .* <= old feerate/ })
  })

  test("spends nothing that only comes with what it replaces", async () => {
    const { funded, send } = await aRegtest()
    const { wallet, coins } = await funded(2)
    const [a, b] = coins
    const first = wallet.sign({ spend: [a!], pay: [{ to: wallet.address, value: BTC - 1000n }] })
    await send(first)

    const second = wallet.sign({
      spend: [a!, b!, { txid: first.id, vout: 0, value: BTC - 1000n }],
      pay: [{ to: NOBODY, value: 2n * BTC }],
    })

    await rejects(send(second), { code: -26 })
  })

  test("may spend the same coin first in a batch, and another besides", async () => {
    const { rpc, funded, send, mine } = await aRegtest()
    const { wallet, coins } = await funded(2)
    const [slot, other] = coins
    const first = wallet.sign({ spend: [slot!], pay: [{ to: NOBODY, value: BTC - 1000n }] })
    await send(first)
    const pay = [
      { to: NOBODY, value: BTC },
      { to: wallet.address, value: BTC - 20_000n },
    ]
    const second = wallet.sign({ spend: [slot!, other!], pay })
    await send(second)

    await mine(1)

    equal(await rpc("gettxout", first.id, 0), null)
    equal((await rpc<{ confirmations: number }>("gettxout", second.id, 0)).confirmations, 1)
  })
})

describe("the mempool", () => {
  test("takes the same transaction again without a word, and a test says that it is there", async () => {
    const { rpc, funded, send } = await aRegtest()
    const { wallet, coins } = await funded(1)
    const tx = wallet.sign({ spend: coins, pay: [{ to: NOBODY, value: BTC - 1000n }] })
    await send(tx)

    equal(await send(tx), tx.id)

    const [told] = await rpc<{ "reject-reason": string }[]>("testmempoolaccept", [hexOf(tx)])
    equal(told?.["reject-reason"], "txn-already-in-mempool")
  })

  test("says of a mined transaction that its outputs are there", async () => {
    const { rpc, funded, send, mine } = await aRegtest()
    const { wallet, coins } = await funded(1)
    const tx = wallet.sign({ spend: coins, pay: [{ to: NOBODY, value: BTC - 1000n }] })
    await send(tx)
    await mine(1)

    await rejects(send(tx), { code: -27 })
    const [told] = await rpc<{ "reject-reason": string }[]>("testmempoolaccept", [hexOf(tx)])
    equal(told?.["reject-reason"], "txn-already-known")
  })

  test("tests a transaction without taking it", async () => {
    const { rpc, funded } = await aRegtest()
    const { wallet, coins } = await funded(1)
    const tx = wallet.sign({ spend: coins, pay: [{ to: NOBODY, value: BTC - 1110n }] })

    const [told] = await rpc<{ allowed: boolean; vsize: number; fees: { base: number } }[]>(
      "testmempoolaccept",
      [hexOf(tx)],
    )

    equal(told?.allowed, true)
    equal(told?.vsize, tx.vsize)
    equal(satoshisOf(told!.fees.base), 1110n)
    await rejects(rpc("getmempoolentry", tx.id), { code: -5 })
  })

  test("counts what hangs together", async () => {
    const { rpc, funded, send } = await aRegtest()
    const { wallet, coins } = await funded(1)
    const parent = wallet.sign({ spend: coins, pay: [{ to: wallet.address, value: BTC - 1000n }] })
    const child = wallet.sign({
      spend: [{ txid: parent.id, vout: 0, value: BTC - 1000n }],
      pay: [{ to: NOBODY, value: BTC - 6000n }],
    })
    await send(parent)
    await send(child)

    const upper = await rpc<EntryJson>("getmempoolentry", parent.id)
    const lower = await rpc<EntryJson>("getmempoolentry", child.id)

    deepEqual([upper.ancestorcount, upper.descendantcount], [1, 2])
    deepEqual([lower.ancestorcount, lower.descendantcount], [2, 1])
    deepEqual([upper.spentby, lower.depends], [[child.id], [parent.id]])
    equal(satoshisOf(lower.fees.ancestor), 6000n)
    const verbose = await rpc<Record<string, EntryJson>>("getrawmempool", true)
    deepEqual(verbose[child.id], lower)
  })

  test("knows what spends an output, and that it is spent", async () => {
    const { rpc, funded, send } = await aRegtest()
    const { wallet, coins } = await funded(2)
    const [spent, free] = coins.map(({ txid, vout }) => ({ txid, vout }))
    const tx = wallet.sign({ spend: [coins[0]!], pay: [{ to: NOBODY, value: BTC - 1000n }] })
    await send(tx)

    const told = await rpc<{ spendingtxid?: string }[]>("gettxspendingprevout", [spent, free])

    deepEqual(
      told.map(({ spendingtxid }) => spendingtxid),
      [tx.id, undefined],
    )
    equal(await rpc("gettxout", spent!.txid, spent!.vout), null)
    const mined = await rpc<{ confirmations: number }>("gettxout", spent!.txid, spent!.vout, false)
    equal(mined.confirmations, 1)
    equal((await rpc<{ confirmations: number }>("gettxout", tx.id, 0)).confirmations, 0)
  })

  test("gives the next block what pays most with all that it needs", async (context) => {
    needsDevnet(context)
    const { rpc, devnet, funded, send } = await aDevnet()
    const { wallet, coins } = await funded(3)
    const paying = (i: number, fee: bigint, to: string) =>
      wallet.sign({ spend: [coins[i]!], pay: [{ to, value: BTC - fee }] })
    const poor = paying(0, 200n, wallet.address)
    const usual = paying(1, 2000n, NOBODY)
    const good = paying(2, 3000n, NOBODY)
    const rescue = wallet.sign({
      spend: [{ txid: poor.id, vout: 0, value: BTC - 200n }],
      pay: [{ to: NOBODY, value: BTC - 100_000n }],
    })
    for (const tx of [poor, usual, good, rescue]) await send(tx)

    const [hash] = devnet.mine()

    const { tx } = await rpc<{ tx: string[] }>("getblock", hash)
    deepEqual(
      tx.slice(1),
      [poor, rescue, good, usual].map(({ id }) => id),
    )
  })

  test("lets a chain of unconfirmed transactions grow to 25", async () => {
    const { funded, send } = await aRegtest()
    const { wallet, coins } = await funded(1)
    let [coin] = coins
    const next = () => {
      const value = coin!.value - 1000n
      const tx = wallet.sign({ spend: [coin!], pay: [{ to: wallet.address, value }] })
      coin = { txid: tx.id, vout: 0, value }
      return tx
    }
    for (let i = 0; i < 25; i++) await send(next())

    await rejects(send(next()), { code: -26, message: /too-long-mempool-chain/ })
  })

  test("forgets what a block has made impossible", async () => {
    const { rpc, funded, send } = await aRegtest()
    const { wallet, coins } = await funded(1)
    const waiting = wallet.sign({ spend: coins, pay: [{ to: wallet.address, value: BTC - 1000n }] })
    const child = wallet.sign({
      spend: [{ txid: waiting.id, vout: 0, value: BTC - 1000n }],
      pay: [{ to: NOBODY, value: BTC - 2000n }],
    })
    await send(waiting)
    await send(child)
    const other = wallet.sign({ spend: coins, pay: [{ to: aWallet().address, value: BTC - 999n }] })

    await rpc("generateblock", NOBODY, [hexOf(other)])

    const left = await rpc<string[]>("getrawmempool")
    equal(left.includes(waiting.id) || left.includes(child.id), false)
    await rejects(send(waiting), { code: -25 })
  })

  test("forgets what it is told to, and takes it again", async (context) => {
    needsDevnet(context)
    const { rpc, devnet, funded, send } = await aDevnet()
    const { wallet, coins } = await funded(1)
    const tx = wallet.sign({ spend: coins, pay: [{ to: NOBODY, value: BTC - 1000n }] })
    await send(tx)

    devnet.evict(tx.id)

    deepEqual(await rpc("getrawmempool"), [])
    equal(await send(tx), tx.id)
  })
})
