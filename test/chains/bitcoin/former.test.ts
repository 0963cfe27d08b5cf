// Case 62: the group has passed on to another key, and everything that lies under the former one, or still comes to it, is honoured.

import { deepEqual, equal, notEqual, ok, rejects, throws } from "node:assert/strict"
import { schnorr } from "@noble/curves/secp256k1.js"
import { describe, test } from "vitest"
import { readRaw } from "../../../chains/bitcoin/block.ts"
import { bitcoinCodec, vaultIn } from "../../../chains/bitcoin/codec.ts"
import { type Coin, isWorthMoving } from "../../../chains/bitcoin/coins.ts"
import { depositOutput, vaultAddress } from "../../../chains/bitcoin/deposit.ts"
import { noteOf } from "../../../chains/bitcoin/destination.ts"
import { Holdings } from "../../../chains/bitcoin/holdings.ts"
import type { BitcoinConnection } from "../../../chains/bitcoin/rpc.ts"
import { termsIn, termsOf } from "../../../chains/bitcoin/terms.ts"
import { readTransaction, sealDraft } from "../../../chains/bitcoin/transaction.ts"
import type { Deployment, OtherPlans, Terms } from "../../../chains/chain.ts"
import type { Payout } from "../../../core/payout.ts"
import { ownerOf, takeBack } from "../../../sdk/bitcoin.ts"
import {
  aDestination,
  hex,
  keyOf,
  objections,
  secretNumber,
  txidNumber,
  userKey,
  userSecret,
  vault,
  vaultOutput,
} from "./builders.ts"
import { aRelease, aWorld, connect, deployment, type World } from "./world.ts"

const NO_LOCKS = {}
const noPlans: OtherPlans = { open: [], replaced: null, frozen: new Set() }
const to = aDestination()
const first = hex(vault.key)
const secrets = [1, 901, 902].map(secretNumber)
const keys = secrets.map((secret) => hex(keyOf(secret)))
/** The bridge file after so many changes of the key. */
const after = (changes: number): Deployment => ({
  ...deployment,
  vaults: {
    bitcoin: {
      key: keys[changes]!,
      former: keys.slice(0, changes).reverse(),
      heightMin: 95,
    },
  },
})
const [second, third] = [after(1), after(2)]
const addressIn = (bridge: Deployment) => depositOutput(vaultIn(bridge), to).address

/** Signed as the group would: each input under the key that its message names. */
function sealed(payouts: readonly Payout[], terms: Terms, bridge: Deployment) {
  const { messages, keys: named } = bitcoinCodec.build(payouts, terms, bridge)
  const signatures = messages.map((message, at) => {
    const secret = secrets[keys.indexOf(named?.[at] ?? bridge.vaults!.bitcoin!.key)]!
    return schnorr.sign(message, secret, new Uint8Array(32))
  })
  return bitcoinCodec.seal(payouts, terms, bridge, signatures)
}

interface Moved extends World {
  /** After the first change of the key. */
  readonly now: BitcoinConnection
}

/** Coins under the first key: the vault's own, and a deposit; then the key is changed. */
async function aMovedWorld(deposits: readonly bigint[] = [250_000n]): Promise<Moved> {
  const world = await aWorld(to)
  const { chain } = world
  for (const value of deposits) chain.faucet(addressIn(deployment), value)
  chain.faucet(vaultAddress(vault), 700_000n)
  chain.mine(6)
  const now = connect([chain.url], {}, second)
  await now.learn([noteOf(to, "devnet")])
  return { ...world, now }
}

const factsOf = async (connection: BitcoinConnection, height: number, bridge: Deployment) =>
  bitcoinCodec.facts((await connection.block(height))!, bridge)

describe("after the key was changed", () => {
  test("a deposit to an address of the former key is found, counted, and paid from", async () => {
    const { chain, now } = await aMovedWorld([])
    notEqual(addressIn(second), addressIn(deployment))
    const before = (await now.deposited!()).get("BTC")!
    const late = chain.faucet(addressIn(deployment), 400_000n)
    const fresh = chain.faucet(addressIn(second), 300_000n)
    chain.mine(1)

    const { sightings, strays } = await factsOf(now, chain.height, second)

    deepEqual(strays, [])
    deepEqual(
      sightings.map(({ id, recipient, amount }) => [id.split(":")[1], recipient, amount]).sort(),
      [
        [late, to.recipient, 400_000n],
        [fresh, to.recipient, 300_000n],
      ].sort(),
    )
    equal((await now.deposited!()).get("BTC"), before + 700_000n)
    ok(await now.locate(sightings[0]!.id))
    chain.mine(6)
    const release = aRelease({ amount: 1_200_000n })
    const terms = await now.terms([release], 0, NO_LOCKS)
    await connect([chain.url], {}, second).vet([release], terms, NO_LOCKS)
    const { keys: named } = bitcoinCodec.build([release], terms, second)
    deepEqual(new Set(named), new Set(keys.slice(0, 2)))
    await now.submit(sealed([release], terms, second))
    chain.mine(1)
    equal(await now.fate([release], terms), "landed")
  })

  test("one that was made known only afterwards is claimed under either key", async () => {
    const { chain, now } = await aMovedWorld([])
    const other = aDestination({ index: 7 })
    const [old, own] = [deployment, second].map((bridge) =>
      chain.faucet(depositOutput(vaultIn(bridge), other).address, 123_000n),
    )
    chain.mine(1)

    for (const txid of [old!, own!])
      deepEqual(await now.claim(noteOf(other, "devnet"), txid), { from: chain.height, to: null })

    const { sightings } = await factsOf(now, chain.height, second)
    deepEqual(
      sightings.map(({ amount }) => amount),
      [123_000n, 123_000n],
    )
  })

  test("all that lies under it moves to the present key at once, and again whatever comes later", async () => {
    const { chain, now } = await aMovedWorld()
    const terms = (await now.sweep(noPlans))!
    await connect([chain.url], {}, second).vet([], terms, NO_LOCKS)
    equal(terms.vault, keys[1])
    equal(await now.sweep({ ...noPlans, open: [terms] }), null)
    await now.submit(sealed([], terms, second))
    chain.mine(1)

    const { settlements, strays, sightings } = await factsOf(now, chain.height, second)
    deepEqual([strays, sightings, settlements[0]!.paid], [[], [], []])
    equal(await now.fate([], terms), "landed")
    const sum = 950_000n - BigInt(terms.fee!)
    const [kept] = readTransaction(sealed([], terms, second).raw)!.outputs
    equal(hex(kept!.script), `5120${keys[1]}`)
    equal(terms.changes, "1")
    equal(kept!.value, sum)
    equal(await now.sweep(noPlans), null)
    chain.faucet(vaultAddress(vault), 90_000n)
    chain.mine(6)
    equal((await now.sweep(noPlans))!.coins!.split(" ").length, 1)
  })

  test("it moves at a high price when it is worth it, and small deposits of strangers wait for a cheap hour", async () => {
    const small: Coin = { txid: txidNumber(1), vout: 0, value: 9_000n, destination: to, height: 1 }
    const coin = { ...small, former: first }
    equal(isWorthMoving({ ...coin, value: 8_331n }, 10_000n), true)
    equal(isWorthMoving({ ...coin, value: 8_330n }, 10_000n), false)
    equal(isWorthMoving(coin, 5_000n), true)
    equal(isWorthMoving({ ...coin, value: 400n }, 5_000n), false)
    const { chain, now } = await aMovedWorld([9_000n])
    chain.setFeeRate(20_000n)

    const terms = (await now.sweep(noPlans))!

    equal(terms.coins!.split(" ").length, 1)
    ok(terms.coins!.includes(":700000"))
  })

  test("a plan from before means the same bytes, lands or is replaced in its slot, and its change leaves the former key", async () => {
    const { chain, connection, now } = await aMovedWorld()
    const release = aRelease({ amount: 500_000n })
    const then = await connection.terms([release], 0, NO_LOCKS)
    const [was, is] = [deployment, second].map((bridge) => sealed([release], then, bridge))
    deepEqual(is, was)
    // Nobody had signed it yet: signers that have the next key by now still do.
    await connect([chain.url], {}, second).vet([release], then, NO_LOCKS)
    equal(await connection.isOutbid([release], then), false)
    equal(await now.isOutbid([release], then), true)

    const plans = { ...noPlans, open: [then], replaced: then }
    const terms = await now.terms([release], 1, NO_LOCKS, plans)

    equal(await now.isOutbid([release], terms), false)
    await now.submit(was!)
    await now.submit(sealed([release], terms, second))
    chain.mine(1)
    equal(await now.fate([release], then), "landed")
    equal(await now.fate([release], terms), "landed")
    const { settlements, strays } = await factsOf(now, chain.height, second)
    deepEqual([settlements.length, strays], [1, []])
    deepEqual(
      settlements[0]!.paid.map(({ amount }) => amount),
      [500_000n],
    )
  })

  test("a plan from before that lands as it was is a payout whose change is the bridge's", async () => {
    const { chain, connection, now } = await aMovedWorld()
    const release = aRelease({ amount: 500_000n })
    const then = await connection.terms([release], 0, NO_LOCKS)
    await now.submit(sealed([release], then, second))
    chain.mine(1)

    const { settlements, strays, sightings } = await factsOf(now, chain.height, second)

    deepEqual([strays, sightings], [[], []])
    deepEqual(settlements[0]!.paid, [{ recipient: release.recipient, amount: 500_000n }])
  })

  test("what was free is free, and all of it is due", async () => {
    const { connection, now } = await aMovedWorld()
    deepEqual((await now.funds()).free, (await connection.funds()).free)
    equal((await now.funds()).due, 950_000n)
    equal((await connection.funds()).due, 0n)
  })
})

describe("a signer refuses", () => {
  const reasonOf = async (
    connection: BitcoinConnection,
    payouts: readonly Payout[],
    terms: Terms,
  ) => {
    try {
      await connection.vet(payouts, terms, NO_LOCKS)
      return null
    } catch (error) {
      const { code, detail } = error as { code: string; detail: { reason?: string } }
      return detail.reason ?? code
    }
  }

  test("change to a former key of what lies under another, sweeps that stay there, and keys that are not the group's", async () => {
    const { chain, now } = await aMovedWorld()
    chain.faucet(vaultAddress(vaultIn(second)), 600_000n)
    chain.mine(6)
    const release = aRelease({ amount: 1_300_000n })
    const mixed = await now.terms([release], 0, NO_LOCKS)
    const { vault: _, ...toFirst } = mixed
    const swept = (await now.sweep(noPlans))!
    const { vault: __, ...stays } = swept

    equal(await reasonOf(now, [release], mixed), null)
    equal(await reasonOf(now, [release], toFirst), "not so: the change comes to the present key")
    equal(await reasonOf(now, [], swept), null)
    equal(await reasonOf(now, [], stays), "not so: its owner could take it back")
    equal(await reasonOf(now, [release], { ...mixed, vault: keys[2]! }), "bad-request")
    const coins = mixed.coins!.replaceAll(keys[1]!, keys[2]!)
    equal(await reasonOf(now, [release], { ...mixed, coins }), "bad-request")
    // A coin under the key that it does not lie under.
    const wrong = mixed.coins!.replaceAll(`@${keys[1]}`, "")
    equal(
      await reasonOf(now, [release], { ...mixed, coins: wrong }),
      "not so: the coin is the group's",
    )
    const stranger = connect([chain.url])
    await rejects(async () => stranger.vet([release], mixed, NO_LOCKS), { code: "bad-request" })
  })
})

test("terms name keys, so that they mean the same however often the key is changed later", () => {
  const coin = (number: number, former?: string): Coin => ({
    ...{ txid: txidNumber(number), vout: 0, value: 90_000n, destination: null, height: 1 },
    ...(former && { former }),
  })
  const choice = { coins: [coin(1), coin(2, first)], change: [1n], fee: 500n }
  const terms = termsOf(choice, vaultIn(second))

  deepEqual(
    termsIn(terms, vaultIn(second)).coins.map(({ former }) => former),
    [undefined, first],
  )
  const later = termsIn(terms, vaultIn(third))
  deepEqual(
    later.coins.map(({ former }) => former),
    [keys[1], first],
  )
  equal(later.to, keys[1])
  equal(termsOf({ ...choice, coins: [coin(1)] }, vault).vault, undefined)
  for (const bad of [
    { ...terms, vault: first },
    { ...terms, coins: `${terms.coins}@${first}` },
    { ...terms, coins: `${terms.coins}@${keys[2]}` },
  ])
    throws(() => termsIn(bad, vaultIn(second)), { code: "bad-request" })
})

test("its owner proves an old address offline, and takes a deposit back from it, which is told so", () => {
  const own = aDestination({ refundKey: userKey })
  const { key, former } = second.vaults!.bitcoin!
  const bridge = { network: "devnet", key, former } as const
  const { address, script } = depositOutput(vault, own)
  const note = noteOf(own, "devnet")
  const paid = { script, value: 500_000n }
  const payer = { txid: txidNumber(3), vout: 0, ...vaultOutput(600_000n), leaf: null, sequence: 0 }
  const deposit = sealDraft({ inputs: [payer], outputs: [paid], lockTime: 0 }, [new Uint8Array(64)])
  const holdings = new Holdings(vaultIn(second))
  holdings.learn(own)
  holdings.push(100, [readRaw(deposit.raw, false)!])

  deepEqual(ownerOf(address, note, bridge), own)
  equal(ownerOf(address, note, { network: "devnet", key }), null)
  const point = { txid: deposit.id, vout: 0 }
  const asked = { note, deposit: point, value: paid.value, to: own.refundTo, rate: 2_000n }
  throws(() => takeBack({ ...asked, address: own.refundTo }, bridge), { code: "bad-request" })
  const back = takeBack({ ...asked, address }, bridge)
  const { raw } = back.seal(schnorr.sign(back.message, userSecret, new Uint8Array(32)))
  deepEqual(objections(raw, [paid]), [null])
  const [item] = holdings.push(4_420, [readRaw(raw, false)!])
  deepEqual(
    item!.inputs.map(({ isTakenBack }) => isTakenBack),
    [true],
  )
})
