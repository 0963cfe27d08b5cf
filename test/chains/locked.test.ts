// Counting what was ever deposited, on a local Arweave node.

import { deepEqual, equal, rejects } from "node:assert/strict"
import { onTestFinished, test } from "vitest"
import { arweaveCodec } from "../../chains/arweave/codec.ts"
import { connectArweave } from "../../chains/arweave/rpc.ts"
import type { Block, Codec, Connection } from "../../chains/chain.ts"
import { lockCounter } from "../../chains/locked.ts"
import { AR, alice, aWorld, bob } from "../devnet/arweave-builders.ts"
import { aTransaction, deployment } from "./builders.ts"

async function aCounter(heightMin = 0) {
  const world = await aWorld()
  const connection = connectArweave({ urls: { node: [world.node.url] } }, deployment, {
    freshMs: 0,
  })
  onTestFinished(() => connection.close())
  const reads: number[] = []
  const counted: Connection = {
    ...(connection as Connection),
    chain: "arweave",
    tip: () => connection.tip(),
    block: (height): Promise<Block | null> => {
      reads.push(height)
      return connection.block(height)
    },
  }
  const source = { codec: arweaveCodec as Codec, connection: counted }
  const count = lockCounter({ arweave: source }, deployment, { arweave: heightMin })
  const deposit = (quantity: bigint, from = alice) =>
    world.send(from, { target: deployment.vault, quantity })
  return { ...world, count, deposit, reads }
}

test("every deposit counts once, up to the tip, whatever is wrong with it", async () => {
  const { node, count, deposit, send } = await aCounter()
  deepEqual(await count(), {})

  await deposit(AR)
  node.mine(30)
  await deposit(2n * AR, bob)
  const tags = [{ name: "Recipient", value: "garbage" }]
  await send(alice, { target: deployment.vault, quantity: 5n, tags })
  deepEqual(await count(), { AR: AR })
  node.mine()

  deepEqual(await count(), { AR: 3n * AR + 5n })
  deepEqual(await count(), { AR: 3n * AR + 5n })
})

test("what was counted deep enough is not read again", async () => {
  const { node, count, deposit, reads } = await aCounter()
  await deposit(AR)
  node.mine(100)
  await count()
  reads.length = 0

  node.mine()
  deepEqual(await count(), { AR: AR })

  equal(reads.length <= 23, true)
})

// Case 27.
test("a deposit that a reorganisation takes away does not count any more", async () => {
  const { node, count, deposit } = await aCounter()
  const tx = await deposit(AR)
  await deposit(2n * AR, bob)
  node.mine(5)
  await count()

  node.fork(5, { drop: [tx.id] })

  deepEqual(await count(), { AR: 2n * AR })
})

test("blocks from before the bridge are not read", async () => {
  const { node, count, deposit, reads } = await aCounter(3)
  await deposit(AR)
  node.mine(3)
  await deposit(2n * AR, bob)
  node.mine()

  deepEqual(await count(), { AR: 2n * AR })
  equal(Math.min(...reads), 3)
})

test("an endpoint that fails makes no count", async () => {
  const { node, count } = await aCounter()
  node.setFaults({ fail: { status: 500 } })

  await rejects(count(), { code: "rpc-unavailable" })

  node.setFaults({})
  deepEqual(await count(), {})
})

/** A chain of blocks with one deposit of one winston in each, on branches by name. */
function aModel() {
  const chain = { branch: "a", forkedAt: 0, height: 40, movesAt: null as number | null }
  const idAt = (height: number) => `${height < chain.forkedAt ? "a" : chain.branch}-${height}`
  const refuse = async (): Promise<never> => {
    throw new Error("not in this model")
  }
  const connection: Connection = {
    chain: "arweave",
    tip: async () => ({ height: chain.height, id: idAt(chain.height) }),
    async block(height) {
      if (height === chain.movesAt) chain.branch = "b"
      const isGone = chain.branch === "b" && height >= chain.forkedAt
      const items = isGone ? [] : [aTransaction({ quantity: 1n })]
      const parent = height === 0 ? "" : idAt(height - 1)
      return { chain: "arweave", height, id: idAt(height), parent, timestampMs: 0, items }
    },
    ...{ locate: refuse, locateAll: refuse, terms: refuse, vet: refuse },
    ...{ submit: refuse, fate: refuse, close: refuse },
  }
  const source = { codec: arweaveCodec as Codec, connection }
  return { chain, count: lockCounter({ arweave: source }, deployment) }
}

// Case 27.
test("a chain that goes back further than it should is counted again from the start", async () => {
  const { chain, count } = aModel()
  deepEqual(await count(), { AR: 41n })

  Object.assign(chain, { branch: "b", forkedAt: 10, height: 45 })

  deepEqual(await count(), { AR: 10n })
})

test("a chain that moves while it is read gives no count", async () => {
  const { chain, count } = aModel()
  Object.assign(chain, { movesAt: 20, forkedAt: 10 })

  const counting = count()

  await rejects(counting, { code: "not-yet" })
  deepEqual(await count(), { AR: 10n })
})

// Case 27.
test("a chain that cannot be counted keeps no other from being counted", async () => {
  const { node } = await aWorld()
  const connection = connectArweave({ urls: { node: [node.url] } }, deployment, { freshMs: 0 })
  onTestFinished(() => connection.close())
  const broken = {
    ...{ chain: "ethereum", tip: () => Promise.reject(new Error("finality-broken")) },
  } as unknown as Connection
  const count = lockCounter(
    {
      arweave: { codec: arweaveCodec as Codec, connection: connection as Connection },
      ethereum: { codec: arweaveCodec as Codec, connection: broken },
    },
    deployment,
  )

  deepEqual(await count(["arweave"]), {})
  await rejects(count(["ethereum"]), /finality-broken/)
  await rejects(count(), /finality-broken/)
})
