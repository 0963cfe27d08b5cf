// The connection to Arweave against a local node: blocks, deposits, and catching up.

import { deepEqual, equal, ok } from "node:assert/strict"
import { describe, test } from "vitest"
import { arweaveCodec } from "../../../chains/arweave/codec.ts"
import type { TransferId } from "../../../core/ids.ts"
import { secp256k1Wallet } from "../../../devnet/arweave/wallet.ts"
import { AR, alice, bob, carol, vault as vaultWallet } from "../../devnet/arweave-builders.ts"
import { deployment, idNumber } from "../builders.ts"
import { aBridge, aFaulty, connect, deposit, idOf, through } from "./builders.ts"

describe("a block", () => {
  test("has the parent of the block below it, and what touches the vault in it", async () => {
    const world = await aBridge()
    const mine = await deposit(world)
    await world.send(bob, { target: carol.address, quantity: AR })
    const theirs = await deposit(world, 2n * AR, bob)
    world.node.mine()

    const [below, block] = [await world.connection.block(6), await world.connection.block(7)]

    equal(block!.parent, below!.id)
    deepEqual(new Set(block!.items.map(({ id }) => id)), new Set([mine.id, theirs.id]))
    const { sightings } = arweaveCodec.facts(block!, deployment)
    deepEqual(new Set(sightings.map(({ sender }) => sender)), new Set([alice.address, bob.address]))
  })

  test("above the tip is null", async () => {
    const { connection, node } = await aBridge()

    equal(await connection.block(node.height + 1), null)
    equal((await connection.tip()).height, node.height)
  })

  // Case 86.
  test("shows a deposit by a secp256k1 key like any other", async () => {
    const world = await aBridge()
    const wallet = secp256k1Wallet(Buffer.alloc(32, 7))
    world.node.faucet(wallet.address, 5n * AR)
    const tx = await deposit(world, AR, wallet)
    world.node.mine()

    const located = await world.connection.locate(idOf(tx))

    equal(located!.sighting.sender, wallet.address)
    equal(located!.sighting.amount, AR)
  })

  // Case 129.
  test("shows what the vault pays without a transfer as a stray", async () => {
    const world = await aBridge()
    const theft = await world.send(vaultWallet, { target: bob.address, quantity: AR })
    world.node.mine()

    const block = await world.connection.block(7)

    const { settlements, strays } = arweaveCodec.facts(block!, deployment)
    deepEqual(settlements, [])
    deepEqual(
      strays.map(({ transaction, amount }) => [transaction, amount]),
      [[theft.id, AR]],
    )
  })

  test("is another one at its height after a reorganisation", async () => {
    const world = await aBridge()
    const tx = await deposit(world)
    world.node.mine(2)
    const before = await world.connection.block(7)

    world.node.fork(2, { drop: [tx.id] })

    const after = await world.connection.block(7)
    equal(before!.items.length, 1)
    ok(after!.id !== before!.id)
    equal(after!.items.length, 0)
    equal(after!.parent, before!.parent)
  })
})

describe("a deposit", () => {
  test("is located with its block and the tip", async () => {
    const world = await aBridge()
    const tx = await deposit(world)
    world.node.mine(3)

    const located = await world.connection.locate(idOf(tx))

    equal(located!.block.height, 7)
    equal(located!.tip.height, 9)
    equal(located!.sighting.id, idOf(tx))
  })

  // Case 81.
  test("that is not in a block is nowhere: pending, evicted, or never sent", async () => {
    const world = await aBridge()
    const tx = await deposit(world)

    equal(await world.connection.locate(idOf(tx)), null)
    world.node.evict(tx.id)
    world.node.mine()
    equal(await world.connection.locate(idOf(tx)), null)
    equal(await world.connection.locate(`arweave:${idNumber(1)}:0`), null)
  })

  test("is the first and only thing in its transaction, on this chain", async () => {
    const world = await aBridge()
    const { id } = await deposit(world)
    const other = await world.send(alice, { target: bob.address, quantity: AR })
    world.node.mine()

    for (const wrong of [`arweave:${id}:1`, `ao:${id}:0`, `arweave:${other.id}:0`] as const)
      equal(await world.connection.locate(wrong), null)
    equal(await world.connection.locate("arweave:short:0"), null)
  })

  // Cases 26 and 82.
  test("on a fork that the longer chain does not take over is nowhere", async () => {
    const world = await aBridge()
    const tx = await deposit(world)
    world.node.mine(4)
    ok(await world.connection.locate(idOf(tx)))

    world.node.fork(4, { drop: [tx.id] })

    equal(await world.connection.locate(idOf(tx)), null)
  })

  // Case 34.
  test("that a reorganisation moves counts its confirmations from the new block", async () => {
    const world = await aBridge()
    const tx = await deposit(world)
    world.node.mine(3)
    await world.connection.locate(idOf(tx))

    world.node.fork(3, { pending: [tx.id] })
    world.node.mine()

    const located = await world.connection.locate(idOf(tx))
    equal(located!.block.height, 11)
    equal(located!.tip.height - located!.block.height + 1, 1)
  })

  test("is found among many, in the order asked, at one look per block", async () => {
    const world = await aBridge()
    const wallets = Array.from({ length: 30 }, (_, n) => secp256k1Wallet(Buffer.alloc(32, n + 1)))
    for (const { address } of wallets) world.node.faucet(address, AR)
    const sent = await Promise.all(wallets.map((wallet) => deposit(world, 1_000n, wallet)))
    world.node.mine()
    const ids = sent.map(idOf)
    const asked: TransferId[] = [ids[3]!, `arweave:${idNumber(1)}:0`, ...ids, ids[3]!]
    const view = await aFaulty(world, {})
    const { connection, paths } = await through(view)

    const located = await connection.locateAll(asked)

    deepEqual(
      located.map((found) => found?.sighting.id ?? null),
      asked.map((id) => (id === `arweave:${idNumber(1)}:0` ? null : id)),
    )
    const count = (start: string, end = "") =>
      paths.filter((path) => path.startsWith(start) && path.endsWith(end)).length
    equal(count("/block/"), 1)
    ok(count("/tx/", "/status") <= 9)
    equal(count("/tx/") - count("/tx/", "/status"), 30)
  })
})

describe("catching up by a gateway", () => {
  // Case 83.
  test("reads what it lists at the node: what the chain has dropped is no deposit", async () => {
    const world = await aBridge()
    const ghost = await deposit(world, AR, bob)
    world.node.mine()
    world.node.fork(1, { drop: [ghost.id] })
    const real = await deposit(world)
    world.node.mine(200)
    const gateway = await aFaulty(world, { ghosts: true })
    const connection = connect([world.node.url], {}, `${gateway.url}/graphql`)

    const blocks = await Promise.all(Array.from({ length: 12 }, (_, h) => connection.block(h)))

    deepEqual(
      blocks.flatMap((block) => block!.items.map(({ id }) => id)),
      [real.id],
    )
  })

  test("is not believed near the tip, where it may list late", async () => {
    const world = await aBridge()
    const tx = await deposit(world)
    world.node.mine(120)
    const gateway = await aFaulty(world, { deny: [tx.id] })
    const connection = connect([world.node.url], {}, `${gateway.url}/graphql`)

    equal((await connection.block(7))!.items.length, 1)
  })
})

describe("who first paid somebody", () => {
  test("is told by a gateway that is asked nothing else, and checked at the node", async () => {
    const world = await aBridge()
    const first = await world.send(bob, { target: carol.address, quantity: AR })
    world.node.mine()
    await world.send(alice, { target: carol.address, quantity: AR })
    world.node.mine()
    const gateway = `${world.node.url}/graphql`
    const asking = connect([world.node.url], {}, undefined, gateway)

    const found = await asking.funder!(carol.address)

    equal(found!.account, bob.address)
    equal(found!.transaction, first.id)
    equal(await asking.funder!(idNumber(7)), null)
    equal(await connect([world.node.url]).funder!(carol.address), null)
  })

  test("is nobody when the gateway names what the chain has dropped", async () => {
    const world = await aBridge()
    const ghost = await world.send(bob, { target: carol.address, quantity: AR })
    world.node.mine()
    world.node.fork(1, { drop: [ghost.id] })
    world.node.mine(3)
    const gateway = await aFaulty(world, { ghosts: true })

    const asking = connect([world.node.url], {}, undefined, `${gateway.url}/graphql`)

    equal(await asking.funder!(carol.address), null)
  })
})
