// The rules of the local Arweave chain: money, fees, anchors, the mempool and reorganisations.

import { deepEqual, equal, throws } from "node:assert/strict"
import { describe, test } from "vitest"
import { AR, alice, aWorld, bob, carol } from "./arweave-builders.ts"

const FEE = 3210n * 1052n

describe("money", () => {
  test("moves at the block, not when it is posted", async () => {
    const { node, send } = await aWorld()

    await send(alice, { target: bob.address, quantity: AR })
    const posted = [node.balance(alice.address), node.balance(bob.address)]
    node.mine()

    deepEqual(posted, [100n * AR, 100n * AR])
    deepEqual([node.balance(alice.address), node.balance(bob.address)], [99n * AR - FEE, 101n * AR])
  })

  test("that is not confirmed yet cannot be spent", async () => {
    const { node, get, post, send, transfer } = await aWorld()
    await send(alice, { target: carol.address, quantity: AR })
    const tx = await transfer(carol, { target: bob.address, quantity: 1n })

    const early = await post(tx)
    const reason = await get(`/tx/${tx.id}`)
    node.mine()
    const late = await post(tx)

    deepEqual(early, { status: 400, text: "Transaction verification failed." })
    deepEqual(reason, { status: 410, text: "overspend" })
    equal(late.status, 200)
  })

  test("two payments that overspend together are both taken, and the second is dropped", async () => {
    const { node, get, send } = await aWorld()
    const first = await send(alice, { target: bob.address, quantity: 60n * AR, reward: FEE + 1n })
    const second = await send(alice, { target: bob.address, quantity: 60n * AR })

    node.mine()

    equal((await get(`/tx/${first.id}/status`)).status, 200)
    deepEqual(await get(`/tx/${second.id}`), { status: 410, text: "overspend" })
    equal((await get(`/tx/${second.id}/status`)).status, 404)
    equal(node.balance(bob.address), 160n * AR)
  })

  test("cannot be sent to oneself, or with a negative amount, or to half an address", async () => {
    const { get, post, transfer } = await aWorld()
    const reward = FEE + 4_000_000_000n
    const refused = async (draft: object) => {
      const tx = await transfer(alice, { reward, ...draft })
      equal((await post(tx)).text, "Transaction verification failed.")
      return (await get(`/tx/${tx.id}`)).text
    }

    equal(await refused({ target: alice.address, quantity: 1n }), "same_owner_as_target")
    equal(await refused({ target: bob.address, quantity: -1n }), "quantity_negative")
    equal(await refused({ target: "AAAA", quantity: 1n }), "invalid_target_length")
    equal(await refused({ quantity: 1n }), "invalid_target_length")
    equal(await refused({ target: carol.address, quantity: 0n }), "overspend")
  })
})

describe("fees", () => {
  // Case 85.
  test("a payment to a new wallet must pay for the wallet", async () => {
    const { node, get, post, transfer } = await aWorld()
    const draft = { target: carol.address, quantity: 1n }
    const short = await transfer(alice, { ...draft, reward: FEE + 4_000_000_000n - 1n })
    const enough = await transfer(alice, { ...draft, reward: FEE + 4_000_000_000n })

    equal((await post(short)).status, 400)
    equal((await get(`/tx/${short.id}`)).text, "tx_too_cheap")
    equal((await post(enough)).status, 200)
    node.mine()
    equal(node.balance(carol.address), 1n)
  })

  // Case 81.
  test("a waiting payment that has become too cheap is dropped with the next block", async () => {
    const { node, get, send } = await aWorld()
    const tx = await send(alice, { target: bob.address, quantity: AR })
    node.setPrice({ winstonPerByte: 1053n })

    const waiting = await get(`/tx/${tx.id}`)
    node.mine()

    equal(waiting.status, 202)
    deepEqual(await get(`/tx/${tx.id}`), { status: 410, text: "tx_too_cheap" })
    equal(node.balance(alice.address), 100n * AR)
  })

  test("all tags of a transaction have 2,048 bytes together", async () => {
    const { get, post, transfer } = await aWorld()
    const fits = await transfer(alice, { tags: [{ name: "a", value: "b".repeat(2047) }] })
    const tooMuch = await transfer(alice, { tags: [{ name: "a", value: "b".repeat(2048) }] })

    equal((await post(fits)).status, 200)
    equal((await post(tooMuch)).status, 400)
    equal((await get(`/tx/${tooMuch.id}`)).text, "tx_fields_too_large")
  })
})

describe("anchors", () => {
  // Case 84.
  test("a block is an anchor for the 50 blocks after it and never again", async () => {
    const { node, get, post, transfer, send } = await aWorld()
    const anchor = (await get("/tx_anchor")).text
    const drafts = [1n, 2n, 3n].map((quantity) => ({ target: bob.address, quantity, anchor }))
    const [mined, waits, late] = await Promise.all(drafts.map((draft) => transfer(alice, draft)))

    node.mine(49)
    equal((await post(mined)).status, 200)
    equal((await post(waits)).status, 200)
    node.mine(1, { omit: [waits!.id] })
    const after = await post(late)

    equal(JSON.parse((await get(`/tx/${mined!.id}/status`)).text).block_height, 50)
    deepEqual(await get(`/tx/${waits!.id}`), { status: 404, text: "Not Found." })
    deepEqual(after, { status: 400, text: "Invalid anchor (last_tx)." })
    await send(alice, { target: bob.address, quantity: 3n })
  })

  test("a wallet's own last transaction is an anchor for one more", async () => {
    const { node, get, post, transfer, send } = await aWorld()
    const unused = await transfer(carol, { anchor: "", reward: FEE })
    const first = await send(alice, { target: bob.address, quantity: 1n, anchor: "" })
    const draft = { target: bob.address, quantity: 1n, anchor: first.id }
    const next = await transfer(alice, draft)
    const rival = await transfer(alice, { ...draft, reward: FEE + 1n })

    const early = await post(next)
    node.mine()
    const taken = [await post(next), await post(rival)]
    node.mine()

    deepEqual(early, { status: 400, text: "Invalid anchor (last_tx from mempool)." })
    deepEqual(
      taken.map(({ status }) => status),
      [200, 200],
    )
    equal((await get(`/tx/${rival.id}`)).status, 200)
    equal((await get(`/tx/${next.id}`)).status, 404)
    equal((await post(unused)).status, 400)
  })

  test("an anchor in an overtaken block makes a signed transaction void", async () => {
    const { node, get, send, transfer, post } = await aWorld()
    node.mine(3)
    const anchor = JSON.parse((await get("/block/current")).text).indep_hash
    const waits = await send(alice, { target: bob.address, quantity: 1n, anchor })
    const signed = await transfer(alice, { target: bob.address, quantity: 2n, anchor })

    node.fork(1)

    equal((await get(`/tx/${waits.id}`)).status, 404)
    deepEqual(await post(signed), { status: 400, text: "Invalid anchor (last_tx)." })
  })
})

describe("reorganisations", () => {
  // Case 82.
  test("overtaken payments are mined again, lost or waiting, as told", async () => {
    const { node, get, post, send } = await aWorld()
    const quantity = AR
    const sent = []
    for (const reward of [FEE, FEE + 1n, FEE + 2n]) {
      sent.push(await send(alice, { target: bob.address, quantity, reward }))
    }
    const [again, lost, waits] = sent.map(({ id }) => id) as [string, string, string]
    node.mine(2)
    const before = await get(`/block/height/1`)

    const blocks = node.fork(2, { drop: [lost], pending: [waits] })

    equal(node.height, 3)
    equal(blocks.length, 3)
    equal(node.balance(bob.address), 100n * AR + quantity)
    const status = JSON.parse((await get(`/tx/${again}/status`)).text)
    deepEqual(status, {
      block_height: 1,
      block_indep_hash: blocks[0],
      number_of_confirmations: 3,
    })
    equal((await get(`/tx/${lost}/status`)).status, 404)
    equal((await get(`/tx/${waits}/status`)).status, 202)
    const old = JSON.parse(before.text)
    equal((await get(`/block/hash/${old.indep_hash}`)).text, before.text)
    equal(JSON.parse((await get("/recent")).text).forks[0].blocks[0], old.indep_hash)
    equal((await post(sent[1])).status, 200)
    node.mine()
    equal(node.balance(bob.address), 100n * AR + 3n * quantity)
  })

  test("what a lost payment paid for is dropped with its reason", async () => {
    const { node, get, send } = await aWorld()
    const source = await send(alice, { target: carol.address, quantity: AR })
    node.mine()
    const spent = await send(carol, { target: bob.address, quantity: AR / 2n })
    node.mine()

    node.fork(2, { drop: [source.id] })

    deepEqual(await get(`/tx/${spent.id}`), { status: 410, text: "overspend" })
    equal(node.balance(carol.address), 0n)
    equal(node.balance(bob.address), 100n * AR)
  })

  test("are 1 to 18 blocks deep and never reach the first", async () => {
    const { node } = await aWorld()
    node.mine(2)
    const depths = [0, 3, 19, 1.5]

    for (const depth of depths) throws(() => node.fork(depth), { code: "bad-request" })
    node.mine(18)
    throws(() => node.fork(19), { code: "bad-request" })
    throws(() => node.fork(1, { drop: ["A".repeat(43)] }), { code: "bad-request" })

    equal(node.height, 20)
    node.fork(18)
    equal(node.height, 21)
  })
})

describe("commands", () => {
  test("blocks leave out what they are told to", async () => {
    const { node, get, send } = await aWorld()
    const tx = await send(alice, { target: bob.address, quantity: 1n })

    node.mine(2, { omit: [tx.id] })
    const waiting = await get(`/tx/${tx.id}`)
    node.mine()

    equal(waiting.status, 202)
    equal(JSON.parse((await get(`/tx/${tx.id}/status`)).text).block_height, 3)
  })

  // Case 81.
  test("an evicted transaction is not found, and can be posted again unless it is remembered", async () => {
    const { node, get, post, send } = await aWorld()
    const [forgotten, remembered] = [
      await send(alice, { target: bob.address, quantity: 1n }),
      await send(alice, { target: bob.address, quantity: 2n }),
    ]

    node.evict(forgotten.id)
    node.evict(remembered.id, { remember: true })

    equal((await get(`/tx/${forgotten.id}`)).status, 404)
    equal((await post(remembered)).status, 208)
    equal((await get(`/tx/${remembered.id}`)).status, 404)
    equal((await post(forgotten)).status, 200)
    throws(() => node.evict(remembered.id), { code: "not-found" })
  })

  test("money from outside survives every reorganisation", async () => {
    const { node } = await aWorld()
    node.mine(5)
    node.faucet(carol.address, 7n)

    node.fork(5)

    equal(node.balance(carol.address), 7n)
    throws(() => node.faucet("nobody", 1n), { code: "bad-address" })
    throws(() => node.faucet(carol.address, -1n), { code: "bad-amount" })
  })
})
