// The connection to Arweave against a local node and its misbehaving views.

import { deepEqual, equal, ok, rejects } from "node:assert/strict"
import { describe, onTestFinished, test } from "vitest"
import { arweaveCodec } from "../../../chains/arweave/codec.ts"
import { type ArweaveOptions, connectArweave } from "../../../chains/arweave/rpc.ts"
import type { Terms } from "../../../chains/chain.ts"
import type { TransferId } from "../../../core/ids.ts"
import type { Payout } from "../../../core/payout.ts"
import type { ArweaveView } from "../../../devnet/arweave/index.ts"
import type { Faults } from "../../../devnet/arweave/view.ts"
import { secp256k1Wallet } from "../../../devnet/arweave/wallet.ts"
import {
  AR,
  alice,
  aWorld,
  bob,
  carol,
  vault as vaultWallet,
  type World,
} from "../../devnet/arweave-builders.ts"
import { aPayout, deployment, groupSignature, idNumber } from "../builders.ts"

const { vault } = deployment
const LOCKS = {}
const idOf = ({ id }: { id: string }): TransferId => `arweave:${id}:0`

/** A connection that never takes an old look for a new one; short of patience, as tests are. */
function connect(urls: readonly string[], options: Partial<ArweaveOptions> = {}, graphql?: string) {
  const kinds = graphql === undefined ? { node: urls } : { node: urls, graphql: [graphql] }
  const settings = { freshMs: 0, timeoutMs: 5_000, ...options }
  const connection = connectArweave({ urls: kinds }, deployment, settings)
  onTestFinished(() => connection.close())
  return connection
}

/** A node with a vault that has money, and one connection to it. */
async function aBridge(options: Partial<ArweaveOptions> = {}) {
  const world = await aWorld()
  world.node.faucet(vault, 50n * AR)
  world.node.mine(6)
  return { ...world, connection: connect([world.node.url], options) }
}

const deposit = (world: World, quantity = AR, from = alice) =>
  world.send(from, { target: vault, quantity })

/** A second node on the same chain, that misbehaves. */
async function aFaulty(world: World, faults: Faults): Promise<ArweaveView> {
  return world.node.view(faults)
}

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
    const { connection, paths } = await counted(view)

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
    world.node.mine()
    const gateway = await aFaulty(world, { deny: [tx.id] })
    const connection = connect([world.node.url], {}, `${gateway.url}/graphql`)

    equal((await connection.block(7))!.items.length, 1)
  })
})

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
    const lies: Faults[] = [{ quantity: 5n * AR }, { target: bob.address }].map((lie) => ({
      lie: { x: lie },
    }))
    for (const { lie } of lies) {
      const { tx, both, view } = await faulty((id) => ({ lie: { [id]: lie!.x! } }))
      const alone = connect([view.url])

      await rejects(connect(both).locate(idOf(tx)), { code: "rpc-disagrees" })
      await rejects(connect(both).block(7), { code: "rpc-disagrees" })
      if (lie!.x!.target === undefined) {
        await rejects(alone.locate(idOf(tx)), { code: "rpc-disagrees" })
        await rejects(alone.block(7), { code: "rpc-disagrees" })
      }
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
    const missing = () => connectArweave({ urls: {} }, deployment)

    rejects(async () => missing(), { code: "bad-config" })
  })
})

function aRelease(changes: Partial<Payout> = {}): Payout {
  return aPayout("arweave", { recipient: carol.address, amount: AR, ...changes })
}

function seal(payouts: readonly Payout[], terms: Terms) {
  const { message } = arweaveCodec.build(payouts, terms, deployment)
  return arweaveCodec.seal(payouts, terms, deployment, groupSignature(message))
}

describe("a release", () => {
  test("on the terms of the chain is vetted, taken, mined and seen to have landed", async () => {
    const { node, connection } = await aBridge()
    const payouts = [aRelease()]
    const terms = await connection.terms(payouts, 0, LOCKS)

    await connection.vet(payouts, terms, LOCKS)
    await connection.submit(seal(payouts, terms))

    equal(await connection.fate(payouts, terms), "open")
    node.mine()
    equal(await connection.fate(payouts, terms), "landed")
    equal(node.balance(carol.address), AR)
  })

  // Case 85.
  test("to a new wallet offers what the network asks for opening it", async () => {
    const { connection, node } = await aBridge()
    const reward = async () => BigInt((await connection.terms([aRelease()], 0, LOCKS)).reward!)
    const fresh = await reward()

    node.faucet(carol.address, 1n)
    node.mine()

    ok(fresh - (await reward()) >= 4_000_000_000n)
  })

  test("offers more after each death, never more than it may cost", async () => {
    const { connection, node } = await aBridge()
    const reward = async (attempt: number) =>
      BigInt((await connection.terms([aRelease()], attempt, LOCKS)).reward!)
    const [first, second, late, later] = await Promise.all([0, 1, 9, 50].map(reward))

    ok(first! < second! && second! < late! && late === later)
    node.setPrice({ newWallet: AR })
    node.mine()
    await rejects(reward(0), { code: "not-yet" })
  })

  test("is refused by a signer on terms that its own view does not bear out", async () => {
    const { connection, node } = await aBridge()
    const payouts = [aRelease()]
    const terms = await connection.terms(payouts, 0, LOCKS)
    const price = BigInt(terms.reward!)
    const other = (await connection.block(2))!
    const bad: Terms[] = [
      { ...terms, anchor: other.id },
      { ...terms, anchorHeight: "2" },
      { ...terms, anchorHeight: `${node.height + 1}` },
      { ...terms, reward: `${price / 2n}` },
      { ...terms, reward: `${price * 3n}` },
    ]

    for (const wrong of bad)
      await rejects(
        connection.vet(payouts, wrong, LOCKS),
        { code: "signer-refused" },
        JSON.stringify(wrong),
      )
    await rejects(connection.vet(payouts, { ...terms, reward: "1e9" }, LOCKS), {
      code: "bad-request",
    })
    await rejects(connection.vet([aRelease({ amount: 60n * AR })], terms, LOCKS), {
      code: "signer-refused",
    })
    await rejects(connection.vet([...payouts, ...payouts], terms, LOCKS), {
      code: "signer-refused",
    })
    node.mine(26)
    await rejects(connection.vet(payouts, terms, LOCKS), { code: "signer-refused" })
  })

  // Case 34: the anchor of a fork that was given up is nobody's anchor.
  test("anchored on a block that was reorganised away is refused by a signer", async () => {
    const { connection, node } = await aBridge()
    const payouts = [aRelease()]
    const terms = await connection.terms(payouts, 0, LOCKS)

    node.fork(6)

    await rejects(connection.vet(payouts, terms, LOCKS), { code: "signer-refused" })
  })

  // Case 106.
  test("may be handed in again and again: before it is mined, after, and long after", async () => {
    const { connection, node } = await aBridge()
    const payouts = [aRelease()]
    const terms = await connection.terms(payouts, 0, LOCKS)
    const sealed = seal(payouts, terms)

    for (const blocks of [0, 0, 1, 1, 60]) {
      node.mine(blocks)
      await connection.submit(sealed)
    }

    node.mine()
    equal(node.balance(carol.address), AR)
  })

  test("that the node finds invalid is refused for good, with the node's reason", async () => {
    const { connection } = await aBridge()
    const poor = [aRelease({ amount: 60n * AR })]
    const terms = await connection.terms(poor, 0, LOCKS)

    await rejects(connection.submit(seal(poor, terms)), {
      code: "payout-refused",
      message: /overspend/,
    })
    const forged = arweaveCodec.seal([aRelease()], terms, deployment, new Uint8Array(512).fill(1))
    await rejects(connection.submit(forged), { code: "payout-refused" })
  })

  test("that only one of several nodes can take is taken", async () => {
    const world = await aBridge()
    const view = await aFaulty(world, { fail: { status: 500, path: "/tx" } })
    const connection = connect([view.url, world.node.url])
    const payouts = [aRelease()]
    const sealed = seal(payouts, await connection.terms(payouts, 0, LOCKS))

    await connection.submit(sealed)

    world.node.mine()
    equal(world.node.balance(carol.address), AR)
  })

  test("that no node can take now is tried later", async () => {
    const world = await aBridge()
    const view = await aFaulty(world, {})
    const connection = connect([view.url])
    const sealed = seal([aRelease()], await connection.terms([aRelease()], 0, LOCKS))

    for (const status of [503, 429]) {
      view.setFaults({ fail: { status, path: "/tx" } })
      await rejects(connection.submit(sealed), { code: "rpc-unavailable" })
    }
  })

  // Case 84.
  test("is dead only when its anchor is too old to count and no fork can bring it back", async () => {
    const { connection, node } = await aBridge()
    const payouts = [aRelease()]
    const terms = await connection.terms(payouts, 0, LOCKS)
    const last = Number(terms.anchorHeight) + 50 + 18

    node.mine(last - node.height)
    equal(await connection.fate(payouts, terms), "open")

    node.mine()
    equal(await connection.fate(payouts, terms), "dead")
    await rejects(connection.submit(seal(payouts, terms)), { code: "payout-refused" })
  })

  // Case 84.
  test("that landed in the last block it could is not dead, however long ago", async () => {
    const { connection, node } = await aBridge()
    const payouts = [aRelease()]
    const terms = await connection.terms(payouts, 0, LOCKS)
    const sealed = seal(payouts, terms)
    node.mine(Number(terms.anchorHeight) + 49 - node.height)
    await connection.submit(sealed)
    node.mine(40)

    equal(await connection.fate(payouts, terms), "landed")
    equal(await connection.fate([aRelease({ transfer: `ao:${idNumber(9)}:0` })], terms), "dead")
  })

  test("is not taken for dead because one of two nodes does not show it", async () => {
    const world = await aBridge()
    const payouts = [aRelease()]
    const terms = await world.connection.terms(payouts, 0, LOCKS)
    const sealed = seal(payouts, terms)
    await world.connection.submit(sealed)
    world.node.mine(80)
    const view = await aFaulty(world, { deny: [sealed.id] })

    const fate = connect([world.node.url, view.url]).fate(payouts, terms)

    await rejects(fate, { code: "rpc-disagrees" })
  })
})

/** A connection through a counter of the paths it asks for. */
async function counted(view: ArweaveView) {
  const { createServer, request } = await import("node:http")
  const paths: string[] = []
  const server = createServer((incoming, outgoing) => {
    paths.push(incoming.url!)
    const onward = request(
      { port: view.port, path: incoming.url, method: incoming.method },
      (reply) => {
        outgoing.writeHead(reply.statusCode!, reply.headers)
        reply.pipe(outgoing)
      },
    )
    incoming.pipe(onward)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as { port: number }
  return { connection: connect([`http://127.0.0.1:${port}`]), paths }
}
