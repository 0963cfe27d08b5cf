// The connection to Bitcoin against a local chain that forks, forgets and replaces.

import { deepEqual, equal, notEqual, ok, rejects } from "node:assert/strict"
import { describe, test } from "vitest"
import { bitcoinCodec } from "../../../chains/bitcoin/codec.ts"
import { vaultAddress } from "../../../chains/bitcoin/deposit.ts"
import { noteOf } from "../../../chains/bitcoin/destination.ts"
import { BridgeError } from "../../../core/errors.ts"
import type { TransferId } from "../../../core/ids.ts"
import { aDestination, txidNumber, vault } from "./builders.ts"
import { addressOf, aRelease, aWorld, connect, deployment, factsAt, through } from "./world.ts"

const NO_LOCKS = {}
const idOf = (txid: string, vout: number): TransferId => `bitcoin:${txid}:${vout}`
const release = aRelease()

describe("a deposit", () => {
  const to = aDestination()

  test("is found in its block by whoever knows the address, with who sent it", async () => {
    const world = await aWorld(to)
    const txid = world.chain.faucet(addressOf(to), 250_000n)
    equal((await factsAt(world, world.chain.height)).sightings.length, 0)
    world.chain.mine(2)

    const { sightings } = await factsAt(world, world.chain.height - 1)
    const located = await world.connection.locate(sightings[0]!.id)

    equal(sightings.length, 1)
    const [found] = sightings
    equal(found!.id.startsWith(`bitcoin:${txid}:`), true)
    equal(found!.amount, 250_000n)
    equal(found!.recipient, to.recipient)
    equal(found!.refundTo, to.refundTo)
    equal(found!.senders.length, 1)
    notEqual(bitcoinCodec.address(found!.senders[0]!, "devnet"), null)
    deepEqual(located!.sighting, found)
    equal(located!.tip.height - located!.block.height + 1, 2)
  })

  test("to an address that was not known then is found when it is claimed", async () => {
    const { chain } = await aWorld()
    const connection = connect([chain.url])
    const txid = chain.faucet(addressOf(to), 250_000n)
    chain.mine(3)
    const height = chain.height - 2
    equal((await factsAt({ connection }, height)).sightings.length, 0)

    deepEqual(await connection.claim(noteOf(to, "devnet"), txid), { from: height, to: null })

    const { sightings } = await factsAt({ connection }, height)
    equal(sightings[0]!.id.split(":")[1], txid)
    notEqual(await connection.locate(sightings[0]!.id), null)
    equal((await connection.funds()).free, 250_000n)
  })

  test("is not claimed by a note of another, or before it is mined", async () => {
    const { chain } = await aWorld()
    const connection = connect([chain.url])
    const note = noteOf(to, "devnet")
    const txid = chain.faucet(addressOf(to), 250_000n)
    equal(await connection.claim(note, txid), null)
    chain.mine(1)

    equal(await connection.claim("nonsense", txid), null)
    equal(await connection.claim(noteOf(aDestination({ index: 9 }), "devnet"), txid), null)
    equal(await connection.claim(note, txidNumber(7)), null)
    equal(await connection.claim(note, "7"), null)
    equal((await factsAt({ connection }, chain.height)).sightings.length, 0)
    // To watch it from now on does not bring back what was.
    await connection.learn([note])
    equal((await factsAt({ connection }, chain.height)).sightings.length, 0)
    deepEqual(await connection.claim(note, txid), { from: chain.height, to: null })
    equal((await factsAt({ connection }, chain.height)).sightings.length, 1)
    equal(await connection.block(chain.height), await connection.block(chain.height))
  })

  test("is not claimed in a block that was overtaken, though a node's index still finds it there", async () => {
    const { chain } = await aWorld()
    const connection = connect([chain.url])
    const note = noteOf(to, "devnet")
    const txid = chain.faucet(addressOf(to), 250_000n)
    chain.mine(1)
    chain.fork(1, { drop: [txid] })

    equal(await connection.claim(note, txid), null)
  })

  // Case 26
  test("that its block loses is no more, and is again where it is mined again", async () => {
    const world = await aWorld(to)
    const txid = world.chain.faucet(addressOf(to), 250_000n)
    world.chain.mine(2)
    const { sightings } = await factsAt(world, world.chain.height - 1)
    const [{ id } = { id: idOf(txid, 0) }] = sightings

    world.chain.fork(2, { pending: [txid] })
    equal(await world.connection.locate(id), null)
    world.chain.mine(1)

    const located = await world.connection.locate(id)
    equal(located!.block.height, world.chain.height)
    equal((await factsAt(world, world.chain.height)).sightings.length, 1)
  })

  // Case 59
  test("that is replaced before it is mined leaves no trace", async () => {
    const world = await aWorld(to)
    const txid = world.chain.faucet(addressOf(to), 250_000n)
    world.chain.mine(1)
    await world.connection.block(world.chain.height)

    world.chain.fork(1, { drop: [txid] })
    world.chain.mine(1)

    equal(await world.connection.locate(idOf(txid, 0)), null)
    for (const height of [world.chain.height - 1, world.chain.height])
      deepEqual((await factsAt(world, height)).sightings, [])
    equal((await world.connection.funds()).coins, 0)
  })

  // Case 60
  test("out of a coinbase needs a hundred confirmations, and is not spent before", async () => {
    const world = await aWorld(to)
    world.chain.mine(1, { address: addressOf(to) })
    world.chain.mine(98)

    const { sightings } = await factsAt(world, world.chain.height - 98)
    equal(sightings[0]!.depth, 100)
    await rejects(world.connection.terms([release], 0, NO_LOCKS), { code: "not-yet" })

    world.chain.mine(1)
    notEqual(await world.connection.terms([release], 0, NO_LOCKS), null)
  })
})

describe("readers", () => {
  test("with two nodes believe what both show, and stop when one of them lies or lags", async () => {
    const to = aDestination()
    const { chain } = await aWorld(to)
    const view = await chain.view()
    const both = connect([chain.url, view.url])
    await both.learn([noteOf(to, "devnet")])
    chain.faucet(addressOf(to), 250_000n)
    chain.mine(1)
    equal((await factsAt({ connection: both }, chain.height)).sightings.length, 1)

    // Case 43
    view.setFaults({ lagBlocks: 2 })
    equal((await both.tip()).height, chain.height - 2)
    view.setFaults({ lagBlocks: 30 })
    await rejects(both.tip(), ({ code, detail }) => {
      equal(code, "rpc-disagrees")
      return detail.heights.endsWith(`:${view.port} at ${chain.height - 30}`)
    })
    view.setFaults({ hang: true })
    await rejects(connect([chain.url, view.url], { timeoutMs: 300 }).tip(), {
      code: "rpc-unavailable",
    })
  })

  // Cases 41 and 44
  test("take no block whose content is not that of its hash", async () => {
    const to = aDestination()
    const { chain } = await aWorld(to)
    chain.faucet(addressOf(to), 250_000n)
    chain.mine(1)
    const amount = /90d0030000000000/
    const forger = await through(chain, (body) => body.replace(amount, "90d0030000000001"))
    const forged = connect([forger])
    await forged.learn([noteOf(to, "devnet")])
    const honest = connect([await through(chain, (body) => body)])

    await rejects(forged.block(chain.height), { code: "rpc-disagrees" })
    equal((await honest.block(chain.height))!.height, chain.height)
  })

  test("go on from a fork as if they had seen nothing else", async () => {
    const to = aDestination()
    const world = await aWorld(to)
    for (let n = 0; n < 4; n += 1) {
      world.chain.faucet(addressOf(to), 100_000n + BigInt(n))
      world.chain.mine(1)
      await world.connection.block(world.chain.height)
    }
    world.chain.fork(3)
    world.chain.mine(6)

    const fresh = connect([world.chain.url])
    await fresh.learn([noteOf(to, "devnet")])

    for (let height = 95; height <= world.chain.height; height += 1)
      deepEqual(await world.connection.block(height), await fresh.block(height))
    deepEqual(await world.connection.funds(), await fresh.funds())
    equal((await fresh.funds()).coins, 4)
  })

  // Case 48
  test("tell people each node's version, lag and agreement, and which has no index of transactions", async () => {
    const { chain } = await aWorld()
    const behind = await chain.view({ lagBlocks: 2 })
    const bare = await through(chain, (body) => body.replace(/\{"txindex":.*?\}\}/, "{}"))
    const down = await chain.view({ fail: { status: 503 } })
    const connection = connect([chain.url, behind.url, bare, down.url])

    const told = await connection.reports!()

    const { height } = chain
    deepEqual(
      told.map((one) => [one.height, one.agrees, one.problem !== null, one.lacks !== undefined]),
      [
        [height, true, false, false],
        [height - 2, true, false, false],
        [height, true, false, true],
        [null, null, true, false],
      ],
    )
    equal(told[0]!.version, "/Causeway-regtest:30.0.0/")
    chain.fork(1)
    const frozen = await chain.view({ frozen: true })
    chain.fork(2)
    const forked = await connect([chain.url, behind.url, frozen.url]).reports!()
    deepEqual(
      forked.map(({ agrees }) => agrees),
      [true, true, false],
    )
  })

  test("refuse a node of another network", async () => {
    const { chain } = await aWorld()
    const { connectBitcoin } = await import("../../../chains/bitcoin/rpc.ts")
    const mainnet = { ...deployment, network: "mainnet" } as const
    const connection = connectBitcoin({ urls: { node: [chain.url] } }, mainnet)

    await rejects(connection.tip(), { code: "bad-config" })
    await connection.close()
  })

  test("say in an error where it happened, and never the password", async () => {
    const { chain } = await aWorld()
    const { username, password } = new URL(chain.url)
    const wrong = chain.url.replace(password, "wrong-word")

    const error = await connect([wrong])
      .tip()
      .catch((caught: Error) => caught)

    ok(error instanceof BridgeError)
    const told = `${error.message} ${JSON.stringify(error.detail)}`
    ok(told.includes(String(chain.port)))
    ok(!told.includes("wrong-word") && (username === "" || !told.includes(`${username}:`)))
  })

  test("watch the vault too, though nobody told them an address", async () => {
    const world = await aWorld()
    world.chain.faucet(vaultAddress(vault), 250_000n)
    world.chain.mine(1)

    const { sightings } = await factsAt(world, world.chain.height)

    equal(sightings[0]!.problem, "no-recipient")
    equal(sightings[0]!.amount, 250_000n)
  })
})
