// Deposits that their owners can take back: moved to the vault in time, by a plan that pays nobody, or taken back.

import { deepEqual, equal, ok, rejects } from "node:assert/strict"
import { describe, test } from "vitest"
import { bitcoinCodec } from "../../../chains/bitcoin/codec.ts"
import { REFUND_DELAY } from "../../../chains/bitcoin/deposit.ts"
import { type Destination, noteOf } from "../../../chains/bitcoin/destination.ts"
import type { Terms } from "../../../chains/chain.ts"
import type { TransferId } from "../../../core/ids.ts"
import { aDestination, userKey } from "./builders.ts"
import { addressOf, aWorld, connect, deployment, factsAt, seal, type World } from "./world.ts"

const NO_LOCKS = {}
const noPlans = { open: [], replaced: null, frozen: new Set<string>() }
const own = aDestination({ refundKey: userKey })
const plain = aDestination({ index: 1 })
/** Confirmations from which on a deposit is due, and from which on it moves at any price. */
const DUE = REFUND_DELAY / 2
const URGENT = (REFUND_DELAY * 2) / 3
const VALUE = 250_000n

/** A deposit of `own`, and one that nobody can take back, with so many confirmations. */
async function aged(confirmations: number): Promise<World & { readonly id: TransferId }> {
  const world = await aWorld(own, plain)
  const { chain } = world
  chain.faucet(addressOf(plain), VALUE)
  const txid = chain.faucet(addressOf(own), VALUE)
  chain.mine(1)
  const { sightings } = await factsAt(world, chain.height)
  chain.mine(confirmations - 1)
  return { ...world, id: sightings.find(({ id }) => id.includes(txid))!.id }
}

const points = ({ coins = "" }: Terms) => coins.split(" ").map((coin) => coin.split(":")[0])
const txidOf = (id: TransferId) => id.split(":")[1]!
const pointOf = (id: TransferId) => id.split(":").slice(1).join(":")

describe("what its owner can take back", () => {
  test("is swept when it is due, if it is free, whole, to the vault, and counts as paid for as before", async () => {
    const world = await aged(DUE - 1)
    const { connection, chain, id } = world
    equal(await connection.sweep(noPlans), null)
    chain.mine(1)

    const terms = (await connection.sweep(noPlans))!
    equal(await connection.sweep({ ...noPlans, frozen: new Set([pointOf(id)]) }), null)
    equal(await connection.sweep({ ...noPlans, open: [terms] }), null)
    const signer = connect([chain.url])
    await signer.vet([], terms, NO_LOCKS)
    const sealed = seal([], terms)
    await connection.submit(sealed)
    equal(await connection.fate([], terms), "open")
    chain.mine(1)

    deepEqual(points(terms), [txidOf(id)])
    const { settlements, strays, sightings, takenBack } = await factsAt(world, chain.height)
    deepEqual([strays, sightings, takenBack], [[], [], []])
    deepEqual(settlements[0]!.paid, [])
    equal(settlements[0]!.slot, `bitcoin:${pointOf(id)}`)
    equal(settlements[0]!.networkFee, BigInt(terms.fee!))
    equal(await connection.fate([], terms), "landed")
    equal((await connection.deposited!()).get("BTC"), 2n * VALUE)
    equal((await connection.locate(id))?.sighting.amount, VALUE)
  })

  test("waits for a cheap hour until it is urgent, and is replaced in its slot when others outbid it", async () => {
    const { connection, chain } = await aged(URGENT - 1)
    chain.setFeeRate(20_000n)
    equal(await connection.sweep(noPlans), null)
    chain.mine(1)

    const first = (await connection.sweep(noPlans))!
    await connect([chain.url]).vet([], first, NO_LOCKS)
    await connection.submit(seal([], first))
    chain.setFeeRate(30_000n)
    equal(await connection.isOutbid([], first), true)
    const second = (await connection.sweep({ ...noPlans, open: [first], replaced: first }))!
    await connection.submit(seal([], second))
    chain.mine(1)

    deepEqual(points(second), points(first))
    equal(await connection.fate([], first), "landed")
    await rejects(connection.submit(seal([], first)), { code: "payout-refused" })
  })
})

/** Coins that nobody else could ever take, smallest first; the last two are large. */
async function many(count: number): Promise<World> {
  const world = await aWorld(plain)
  const { chain } = world
  for (let n = 0; n < count; n += 1) chain.faucet(addressOf(plain), VALUE + BigInt(n))
  chain.mine(7)
  return world
}

// Case 54.
describe("small coins", () => {
  test("become one by themselves in a cheap hour, within the budget, while enough others stay", async () => {
    const world = await many(45)
    const { connection, chain } = world
    chain.setFeeRate(6_000n)
    equal(await connection.sweep(noPlans), null)
    chain.setFeeRate(2_000n)

    const terms = (await connection.sweep(noPlans))!
    const signer = connect([chain.url])
    await signer.learn!([noteOf(plain, "devnet")])
    await signer.vet([], terms, NO_LOCKS)
    await connection.submit(seal([], terms))
    chain.mine(2)

    equal(points(terms).length, 25)
    equal(terms.changes, "1")
    ok(BigInt(terms.fee!) <= 5_000n)
    // Twenty are left, and the one that they became: no reason to do it again.
    equal((await connection.funds()).coins, 21)
    equal(await connection.sweep(noPlans), null)
    const { settlements, strays } = await factsAt(world, chain.height - 1)
    deepEqual([settlements[0]!.paid, strays], [[], []])
    equal((await connection.deposited!()).get("BTC"), 45n * VALUE + (45n * 44n) / 2n)
  })

  test("stay when they are few, and are looked at by each signer's own lists", async () => {
    const { connection } = await many(29)
    equal(await connection.sweep(noPlans), null)

    const id = "cd".repeat(32)
    const coin = (to: Destination) => `${id}:1:${VALUE}:${noteOf(to, "devnet")}`
    const swept = (to: Destination) =>
      bitcoinCodec.spends!({ coins: coin(to), fee: "300", changes: "1" }, deployment, true)
    deepEqual([swept(plain), swept(own)], [[`bitcoin:${id}:1`], []])
  })
})

describe("a signer refuses a sweep", () => {
  const refusal = async ({ chain }: World, terms: Terms) => {
    try {
      await connect([chain.url]).vet([], terms, NO_LOCKS)
      return null
    } catch (error) {
      return (error as { detail: { reason?: string } }).detail.reason ?? String(error)
    }
  }
  const termsOf = (id: string, to: Destination | null, note: string) => ({
    ...{ coins: `${id}:${VALUE}${to ? `:${note}` : ""}`, fee: "300", changes: "1" },
  })

  test("of what nobody can take back, of what is not due, and at an immodest fee", async () => {
    const world = await aged(DUE - 10)
    const { connection, chain, id } = world
    const early = termsOf(pointOf(id), own, noteOf(own, "devnet"))
    const block = await connection.block(chain.height - (DUE - 10) + 1)
    const other = block!.items.find(({ outputs }) =>
      outputs.some(({ destination }) => destination?.index === 1),
    )!
    const vout = other.outputs.findIndex(({ destination }) => destination?.index === 1)
    const free = termsOf(`${other.txid}:${vout}`, plain, noteOf(plain, "devnet"))

    equal(await refusal(world, free), "not so: they are enough to be brought together")
    const mixed = { ...free, coins: [early.coins, free.coins].sort().join(" ") }
    equal(await refusal(world, mixed), "not so: its owner could take it back")
    equal(await refusal(world, early), "not so: the coin is deep enough")
    chain.mine(10)
    equal(await refusal(world, early), null)
    equal(await refusal(world, { ...early, fee: "20000" }), "not so: the fee is modest")
  })

  test("of small coins that would leave too few, is dear, or comes in pieces", async () => {
    const world = await many(45)
    const { connection, chain } = world
    const terms = (await connection.sweep(noPlans))!
    const signer = connect([chain.url])
    await signer.learn!([noteOf(plain, "devnet")])
    const why = (changes: Terms) =>
      signer.vet([], { ...terms, ...changes }, NO_LOCKS).then(
        () => null,
        (error: { detail: { reason?: string } }) => error.detail.reason,
      )

    equal(await why({}), null)
    equal(await why({ fee: "5001" }), "not so: it is cheap, and within the budget")
    equal(await why({ changes: "2" }), "not so: they become one coin")
    // Whoever knows of fewer coins does not see why.
    equal(await refusal(world, terms), "not so: there are enough others")
  })
})
