// Releases on a local Arweave node: their terms, how they are handed in, and what becomes of them.

import { equal, ok, rejects } from "node:assert/strict"
import { describe, test } from "vitest"
import { arweaveCodec } from "../../../chains/arweave/codec.ts"
import type { Terms } from "../../../chains/chain.ts"
import { AR, carol } from "../../devnet/arweave-builders.ts"
import { deployment, idNumber } from "../builders.ts"
import { aBridge, aFaulty, aRelease, connect, LOCKS, seal } from "./builders.ts"

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

  test("planned to a new wallet is still vetted when the wallet has become known meanwhile", async () => {
    const { connection, node } = await aBridge()
    const payouts = [aRelease()]
    const terms = await connection.terms(payouts, 0, LOCKS)

    node.faucet(carol.address, 1n)
    node.mine()

    await connection.vet(payouts, terms, LOCKS)
  })

  // Case 7: what was planned at the old price is not raised; planned anew it is.
  test("offers more after each death and what the network asks by then, never more than it may cost", async () => {
    const { connection, node } = await aBridge()
    const payouts = [aRelease()]
    const offer = (attempt: number) => connection.terms(payouts, attempt, LOCKS)
    const reward = async (attempt: number) => BigInt((await offer(attempt)).reward!)
    const [first, second, late, later] = await Promise.all([0, 1, 9, 50].map(reward))
    const old = await offer(0)

    ok(first! < second! && second! < late! && late === later)
    node.setPrice({ newWallet: 9n * first! })
    node.mine()
    await rejects(connection.vet(payouts, old, LOCKS), { code: "signer-refused" })
    ok((await reward(0)) > 9n * first!)
    await connection.vet(payouts, await offer(0), LOCKS)

    node.setPrice({ newWallet: AR })
    node.mine()
    await rejects(reward(0), { code: "not-yet" })
    // Nor does a signer that finds the network so dear sign what it asks.
    const dear = { ...old, reward: `${AR + first!}` }
    await rejects(connection.vet(payouts, dear, LOCKS), { code: "signer-refused" })
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
    const { connection, node } = await aBridge({ rememberMs: 0 })
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
    const forged = arweaveCodec.seal([aRelease()], terms, deployment, [new Uint8Array(512).fill(1)])
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
