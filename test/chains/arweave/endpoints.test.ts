// Nodes that lie, deny, lag, fork, fail or are silent: they stop a reader, and teach it nothing false.

import { equal, ok, rejects, throws } from "node:assert/strict"
import { describe, onTestFinished, test } from "vitest"
import { connectArweave } from "../../../chains/arweave/rpc.ts"
import type { Faults } from "../../../devnet/arweave/view.ts"
import { secp256k1Wallet } from "../../../devnet/arweave/wallet.ts"
import { AR, bob } from "../../devnet/arweave-builders.ts"
import { deployment } from "../builders.ts"
import { aBridge, aFaulty, connect, deposit, idOf, through } from "./builders.ts"

describe("endpoints", () => {
  const faulty = async (faults: (id: string) => Faults) => {
    const world = await aBridge()
    const tx = await deposit(world)
    world.node.mine(3)
    const view = await aFaulty(world, faults(tx.id))
    return { ...world, tx, view, both: [world.node.url, view.url] }
  }

  // Case 41.
  test("that tell two amounts stop the reader: alone by the signature, together by comparison", async () => {
    const { tx, both, view } = await faulty((id) => ({ lie: { [id]: { quantity: 5n * AR } } }))

    for (const urls of [[view.url], both]) {
      await rejects(connect(urls).locate(idOf(tx)), { code: "rpc-disagrees" })
      await rejects(connect(urls).block(7), { code: "rpc-disagrees" })
    }
  })

  // Case 41.
  test("of which one tells a deposit as a payment to somebody else disagree", async () => {
    const { tx, both } = await faulty((id) => ({ lie: { [id]: { target: bob.address } } }))

    await rejects(connect(both).locate(idOf(tx)), { code: "rpc-disagrees" })
    await rejects(connect(both).block(7), { code: "rpc-disagrees" })
  })

  // Case 44.
  test("that answer with another transaction, or under another id, stop the reader", async () => {
    const world = await aBridge()
    const [one, other] = [await deposit(world), await deposit(world, AR, bob)]
    world.node.mine()
    const served = JSON.stringify({ ...one, data: "" })
    const answers: ((body: string) => string)[] = [
      (body) => (body.includes(`"id":"${other.id}"`) ? served : body),
      (body) => body.replace(`"id":"${other.id}"`, `"id":"${one.id}"`),
    ]
    for (const answer of answers) {
      const { connection } = await through(world.node, answer)

      await rejects(connection.locate(idOf(other)), { code: "rpc-disagrees" })
      ok(await connection.locate(idOf(one)))
    }
  })

  // Case 86: with a secp256k1 key the changed transaction is simply another key's, so a second node must tell.
  test("that change a secp256k1 deposit are found out by another one", async () => {
    const world = await aBridge()
    const wallet = secp256k1Wallet(Buffer.alloc(32, 7))
    world.node.faucet(wallet.address, 5n * AR)
    const tx = await deposit(world, AR, wallet)
    world.node.mine()
    const view = await aFaulty(world, { lie: { [tx.id]: { quantity: 9n * AR } } })

    await rejects(connect([world.node.url, view.url]).locate(idOf(tx)), { code: "rpc-disagrees" })
  })

  // Case 30.
  test("of which one denies a deposit disagree; nothing is concluded from 'not found'", async () => {
    const { tx, both } = await faulty((id) => ({ deny: [id] }))

    await rejects(connect(both).locate(idOf(tx)), { code: "rpc-disagrees" })
    await rejects(connect(both).block(7), { code: "rpc-disagrees" })
  })

  // Case 43.
  test("of which one lags a little have the older tip; far behind, they disagree", async () => {
    const { both, view, tx } = await faulty(() => ({ lagBlocks: 2 }))
    const connection = connect(both)

    equal((await connection.tip()).height, 7)
    equal(await connection.block(8), null)
    equal((await connection.locate(idOf(tx)))!.tip.height, 7)
    view.setFaults({ lagBlocks: 9 })
    equal((await connection.tip()).height, 0)
    equal(await connection.locate(idOf(tx)), null)
  })

  // Case 43.
  test("whose tips are far apart are not read", async () => {
    const { both, node } = await faulty(() => ({ frozen: true }))
    node.mine(11)

    await rejects(connect(both).tip(), { code: "rpc-disagrees" })
  })

  // Case 34.
  test("on two forks share the block below them", async () => {
    const { both, node } = await faulty(() => ({ frozen: true }))
    node.fork(2)

    const tip = await connect(both).tip()

    equal(tip.height, 7)
    equal(tip.id, (await connect([both[0]!]).block(7))!.id)
  })

  test("that are dead, rude or silent are unavailable", async () => {
    const { view, tx } = await faulty(() => ({}))
    const connection = connect([view.url], { timeoutMs: 200 })
    // Case 47.
    for (const status of [429, 500, 503]) {
      view.setFaults({ fail: { status } })
      await rejects(connection.tip(), { code: "rpc-unavailable" })
    }
    view.setFaults({ hang: true })
    await rejects(connection.tip(), { code: "rpc-unavailable" })
    view.setFaults({})
    ok(await connection.locate(idOf(tx)))
    await view.stop()
    await rejects(connection.locate(idOf(tx)), { code: "rpc-unavailable" })
  })

  test("recover: what failed once is asked again", async () => {
    const { view, tx } = await faulty(() => ({}))
    const connection = connect([view.url])
    view.setFaults({ fail: { status: 500, path: "/block", times: 1 } })

    await rejects(connection.locate(idOf(tx)), { code: "rpc-unavailable" })

    ok(await connection.locate(idOf(tx)))
  })

  test("of which one of two is dead are not enough, of three they are", async () => {
    const { both, node, tx, view } = await faulty(() => ({ fail: { status: 500 } }))
    const third = await node.view()

    await rejects(connect(both).locate(idOf(tx)), { code: "rpc-unavailable" })
    ok(await connect([...both, third.url]).locate(idOf(tx)))
    view.setFaults({})
    ok(await connect(both).locate(idOf(tx)))
  })

  // Case 48.
  test("of another network are refused", async () => {
    const { node } = await aBridge()
    const mainnet = { ...deployment, network: "mainnet" as const }
    const connection = connectArweave({ urls: { node: [node.url] } }, mainnet)
    onTestFinished(() => connection.close())

    await rejects(connection.tip(), { code: "bad-config" })
  })

  test("that are missing from the configuration are missed at once", () => {
    throws(() => connectArweave({ urls: {} }, deployment), { code: "bad-config" })
  })
})
