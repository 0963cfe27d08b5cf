// What may be spent, by whom, and when: every kind of output that the bridge meets, and every reason to refuse.

import { equal, match, rejects } from "node:assert/strict"
import { crypto, payments, script } from "bitcoinjs-lib"
import { describe, test } from "vitest"
import type { Transaction } from "../../../devnet/bitcoin/transaction.ts"
import { unsigned } from "../../../devnet/bitcoin/wallet.ts"
import { aWallet, BTC, hexOf, NOBODY, oneRegtest, satoshisOf } from "./regtest.ts"

const aRegtest = oneRegtest()

const { OPS } = script

describe.each(["p2wpkh", "p2tr"] as const)("a coin under a key of kind %s", (kind) => {
  test("is spent by its key, and the money moves", async () => {
    const { funded, send, mine, rpc } = await aRegtest()
    const { wallet, coins } = await funded(2, kind)
    const to = aWallet().address

    const id = await send(wallet.sign({ spend: coins, pay: [{ to, value: 2n * BTC - 1000n }] }))
    await mine(1)

    equal(await rpc("gettxout", coins[0]!.txid, coins[0]!.vout), null)
    const paid = await rpc<{ value: number; confirmations: number }>("gettxout", id, 0)
    equal(satoshisOf(paid.value), 2n * BTC - 1000n)
    equal(paid.confirmations, 1)
  })

  test("is not spent by another key", async () => {
    const { funded, send } = await aRegtest()
    const { coins } = await funded(1, kind)
    const thief = aWallet(kind)

    const theft = thief.sign({ spend: coins, pay: [{ to: thief.address, value: BTC - 1000n }] })

    await rejects(send(theft), { code: -26, message: /script-verify-flag-failed/ })
  })

  test("is not spent for other outputs than were signed", async () => {
    const { funded, send } = await aRegtest()
    const { wallet, coins } = await funded(1, kind)
    const signed = wallet.sign({ spend: coins, pay: [{ to: NOBODY, value: BTC - 1000n }] })

    const changed = unsigned({ spend: coins, pay: [{ to: NOBODY, value: BTC - 2000n }] })
    changed.setWitness(0, [...signed.inputs[0]!.witness])

    await rejects(send(changed), { code: -26, message: /script-verify-flag-failed/ })
  })

  test("is not spent when the signer was told another value of it", async () => {
    const { funded, send } = await aRegtest()
    const { wallet, coins } = await funded(1, kind)
    const lied = coins.map((coin) => ({ ...coin, value: coin.value + 1n }))

    const tx = wallet.sign({ spend: lied, pay: [{ to: NOBODY, value: BTC - 1000n }] })

    await rejects(send(tx), { code: -26, message: /script-verify-flag-failed/ })
  })

  test("is not spent without a witness", async () => {
    const { funded, send } = await aRegtest()
    const { coins } = await funded(1, kind)

    const bare = unsigned({ spend: coins, pay: [{ to: NOBODY, value: BTC - 1000n }] })

    await rejects(send(bare), { code: -26, message: /script-verify-flag-failed/ })
  })
})

describe("money", () => {
  test("is not spent twice", async () => {
    const { funded, send, mine, rpc } = await aRegtest()
    const { wallet, coins } = await funded(1)
    await send(wallet.sign({ spend: coins, pay: [{ to: NOBODY, value: BTC - 1000n }] }))
    await mine(1)
    const again = wallet.sign({
      spend: coins,
      pay: [{ to: aWallet().address, value: BTC - 5000n }],
    })

    await rejects(send(again), { code: -25, message: /bad-txns-inputs-missingorspent/ })
    const [told] = await rpc<{ "reject-reason": string }[]>("testmempoolaccept", [hexOf(again)])
    equal(told?.["reject-reason"], "missing-inputs")
  })

  test("is not made", async () => {
    const { funded, send } = await aRegtest()
    const { wallet, coins } = await funded(1)

    const more = wallet.sign({ spend: coins, pay: [{ to: NOBODY, value: BTC + 1n }] })

    await rejects(send(more), { code: -26, message: /bad-txns-in-belowout/ })
  })

  test("that does not exist is not spent", async () => {
    const { funded, send } = await aRegtest()
    const { wallet, coins } = await funded(1)
    const nowhere = [{ ...coins[0]!, vout: 77 }]

    const tx = wallet.sign({ spend: nowhere, pay: [{ to: NOBODY, value: BTC - 1000n }] })

    await rejects(send(tx), { code: -25, message: /bad-txns-inputs-missingorspent/ })
  })

  test("is not counted twice in one transaction", async () => {
    const { funded, send } = await aRegtest()
    const { wallet, coins } = await funded(1)
    const twice = [coins[0]!, coins[0]!]

    const tx = wallet.sign({ spend: twice, pay: [{ to: NOBODY, value: 2n * BTC - 1000n }] })

    await rejects(send(tx), { code: -26, message: /bad-txns-inputs-duplicate/ })
  })

  test("of a coinbase waits for 100 blocks", async () => {
    const { rpc, mine, send } = await aRegtest()
    const miner = aWallet()
    const [hash] = await mine(1, miner.address)
    await mine(98)
    const { tx } = await rpc<{ tx: { txid: string; vout: { value: number }[] }[] }>(
      "getblock",
      hash,
      2,
    )
    const value = satoshisOf(tx[0]!.vout[0]!.value)
    const coin = { txid: tx[0]!.txid, vout: 0, value }
    const spend = miner.sign({ spend: [coin], pay: [{ to: NOBODY, value: value - 1000n }] })

    await rejects(send(spend), {
      code: -26,
      message: /bad-txns-premature-spend-of-coinbase, tried to spend coinbase at depth 99/,
    })
    await mine(1)

    equal(await send(spend), spend.id)
  })

  test("is not sent for too low a fee, nor by mistake for far too high a one", async () => {
    const { funded, send } = await aRegtest()
    const { wallet, coins } = await funded(1)
    const paying = (fee: bigint) =>
      wallet.sign({ spend: coins, pay: [{ to: NOBODY, value: BTC - fee }] })

    await rejects(send(paying(0n)), { code: -26, message: /min relay fee not met, 0 < / })
    await rejects(send(paying(BTC / 2n)), { code: -25, message: /Fee exceeds maximum/ })
  })

  test("in amounts of dust is not relayed: 330 satoshis for taproot, 294 for a segwit key", async () => {
    const { funded, send } = await aRegtest()
    const { wallet, coins } = await funded(2)
    const segwit = aWallet("p2wpkh").address
    const dust = (i: number, to: string, value: bigint) =>
      wallet.sign({
        spend: [coins[i]!],
        pay: [
          { to, value },
          { to: NOBODY, value: BTC / 2n },
        ],
      })
    const send0 = (tx: Transaction) => send(tx)

    await rejects(send0(dust(0, NOBODY, 329n)), { code: -26, message: /^dust/ })
    await rejects(send0(dust(0, segwit, 293n)), { code: -26, message: /^dust/ })
  })

  test("is not burnt in an OP_RETURN by mistake", async () => {
    const { funded, send } = await aRegtest()
    const { wallet, coins } = await funded(1)
    const note = script.compile([OPS.OP_RETURN!, Buffer.from("hello")])
    const noting = (value: bigint) =>
      wallet.sign({
        spend: coins,
        pay: [
          { to: note, value },
          { to: NOBODY, value: BTC / 2n },
          { to: NOBODY, value: BTC / 2n - 1000n - value },
        ],
      })

    await rejects(send(noting(1n)), { code: -25, message: /maxburnamount/ })

    const free = noting(0n)
    equal(await send(free), free.id)
  })
})

describe("a time that a transaction names", () => {
  test("as a height is waited for", async () => {
    const { funded, send, mine, rpc } = await aRegtest()
    const { wallet, coins } = await funded(1)
    const height = await rpc<number>("getblockcount")
    const locktime = height + 2
    const tx = wallet.sign({ spend: coins, pay: [{ to: NOBODY, value: BTC - 1000n }], locktime })

    // The next block would be the one that it names, and it may only come after that.
    await rejects(send(tx), { code: -26, message: /^non-final/ })
    await mine(1)
    await rejects(send(tx), { code: -26, message: /^non-final/ })
    await mine(1)

    equal(await send(tx), tx.id)
  })

  test("in seconds is waited for until the median of blocks has passed it", async () => {
    const { funded, send, mine, rpc } = await aRegtest()
    const { wallet, coins } = await funded(1)
    const { mediantime } = await rpc<{ mediantime: number }>("getblockchaininfo")
    const tx = wallet.sign({
      spend: coins,
      pay: [{ to: NOBODY, value: BTC - 1000n }],
      locktime: mediantime + 1000,
    })

    await rejects(send(tx), { code: -26, message: /^non-final/ })
    await rpc("setmocktime", mediantime + 2000)
    await mine(6)
    await rpc("setmocktime", 0)

    equal(await send(tx), tx.id)
  })

  test("means nothing when every input is final", async () => {
    const { funded, send, rpc } = await aRegtest()
    const { wallet, coins } = await funded(1)
    const spend = coins.map((coin) => ({ ...coin, sequence: 0xffffffff }))
    const locktime = (await rpc<number>("getblockcount")) + 1000

    const tx = wallet.sign({ spend, pay: [{ to: NOBODY, value: BTC - 1000n }], locktime })

    equal(await send(tx), tx.id)
  })
})

describe("an age that an input asks of its coin (BIP68)", () => {
  test("in blocks is waited for", async () => {
    const { funded, send, mine } = await aRegtest()
    const { wallet, coins } = await funded(1)
    const spend = coins.map((coin) => ({ ...coin, sequence: 3 }))
    const tx = wallet.sign({ spend, pay: [{ to: NOBODY, value: BTC - 1000n }] })

    await rejects(send(tx), { code: -26, message: /^non-BIP68-final/ })
    await mine(1)
    await rejects(send(tx), { code: -26, message: /^non-BIP68-final/ })
    await mine(1)

    equal(await send(tx), tx.id)
  })

  test("in steps of 512 seconds is waited for", async () => {
    const { funded, send, mine, rpc } = await aRegtest()
    const { wallet, coins } = await funded(1)
    const { mediantime } = await rpc<{ mediantime: number }>("getblockchaininfo")
    const spend = coins.map((coin) => ({ ...coin, sequence: (1 << 22) | 2 }))
    const tx = wallet.sign({ spend, pay: [{ to: NOBODY, value: BTC - 1000n }] })

    await rpc("setmocktime", mediantime + 900)
    await mine(6)
    await rejects(send(tx), { code: -26, message: /^non-BIP68-final/ })
    await rpc("setmocktime", mediantime + 1100)
    await mine(6)
    await rpc("setmocktime", 0)

    equal(await send(tx), tx.id)
  })

  test("means nothing in a transaction of version 1", async () => {
    const { funded, send } = await aRegtest()
    const { wallet, coins } = await funded(1)
    const spend = coins.map((coin) => ({ ...coin, sequence: 3 }))

    const tx = wallet.sign({ spend, pay: [{ to: NOBODY, value: BTC - 1000n }], version: 1 })

    equal(await send(tx), tx.id)
  })
})

test("a coin under a script's hash is spent by the script, and by no other", async () => {
  const { funded, send, mine } = await aRegtest()
  const { wallet, coins } = await funded(2)
  const secret = Buffer.from("open sesame")
  const lock = script.compile([OPS.OP_SHA256!, crypto.sha256(secret), OPS.OP_EQUAL!])
  const to = payments.p2wsh({ redeem: { output: lock } }).output!
  const paid = wallet.sign({
    spend: coins,
    pay: [
      { to, value: BTC },
      { to, value: BTC - 1000n },
    ],
  })
  await send(paid)
  await mine(1)
  const spend = (witness: Uint8Array[]) => {
    const tx = unsigned({
      spend: [{ txid: paid.id, vout: 0, value: BTC }],
      pay: [{ to: NOBODY, value: BTC - 1000n }],
    })
    tx.setWitness(0, witness)
    return tx
  }

  await rejects(send(spend([Buffer.from("open"), lock])), { code: -26, message: /false\/empty/ })
  const other = script.compile([OPS.OP_TRUE!])
  await rejects(send(spend([other])), { code: -26, message: /Witness program hash mismatch/ })

  match(await send(spend([secret, lock])), /^[0-9a-f]{64}$/)
})
