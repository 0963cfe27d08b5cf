// The local Arweave node as the official client and plain HTTP see it.

import { deepEqual, equal, match, ok, rejects } from "node:assert/strict"
import { describe, test } from "vitest"
import { TEST_WALLETS } from "../fixtures/wallets.ts"
import { AR, alice, aWorld, bob, carol, clientOf, vault } from "./arweave-builders.ts"

describe("the official client, unmodified", () => {
  test("sends a payment and sees it confirmed", async () => {
    const { node } = await aWorld()
    const arweave = clientOf(node)

    const quantity = `${3n * AR}`
    const tx = await arweave.createTransaction(
      { target: bob.address, quantity },
      TEST_WALLETS.alice,
    )
    tx.addTag("Recipient", carol.address)
    await arweave.transactions.sign(tx, TEST_WALLETS.alice)
    const posted = await arweave.transactions.post(tx)
    const waiting = await arweave.transactions.getStatus(tx.id)
    node.mine(2)

    equal(posted.status, 200)
    deepEqual(waiting, { status: 202, confirmed: null })
    const { confirmed } = await arweave.transactions.getStatus(tx.id)
    const block = await arweave.blocks.getByHeight(1)
    deepEqual(confirmed, {
      block_height: 1,
      block_indep_hash: block.indep_hash,
      number_of_confirmations: 2,
    })
    deepEqual(block.txs, [tx.id])
    equal(await arweave.wallets.getBalance(bob.address), `${103n * AR}`)
    equal(await arweave.wallets.getBalance(alice.address), `${97n * AR - BigInt(tx.reward)}`)
    equal(await arweave.wallets.getLastTransactionID(alice.address), tx.id)
    const read = await arweave.transactions.get(tx.id)
    ok(await arweave.transactions.verify(read))
    equal(read.quantity, quantity)
  })

  test("uploads data in one piece and in chunks, and downloads both", async () => {
    const { node } = await aWorld()
    const arweave = clientOf(node)
    const small = new TextEncoder().encode("small")
    const large = new Uint8Array(600_000).map((_, i) => i * 7)

    const ids: string[] = []
    for (const data of [small, large]) {
      const tx = await arweave.createTransaction({ data }, TEST_WALLETS.alice)
      await arweave.transactions.sign(tx, TEST_WALLETS.alice)
      const { status } = await arweave.transactions.post(tx)
      equal(status, 200)
      ids.push(tx.id)
    }
    node.mine()

    deepEqual(await arweave.transactions.getData(ids[0]!, { decode: true }), small)
    deepEqual(await arweave.transactions.getData(ids[1]!, { decode: true }), large)
    const served = await fetch(`${node.url}/${ids[1]}`)
    deepEqual(new Uint8Array(await served.arrayBuffer()), large)
  })

  test("walks from the tip to the first block", async () => {
    const { node } = await aWorld()
    const arweave = clientOf(node)
    node.mine(3)

    let block = await arweave.blocks.getCurrent()
    const heights = [block.height]
    while (block.previous_block !== "") {
      block = await arweave.blocks.get(block.previous_block)
      heights.push(block.height)
    }

    deepEqual(heights, [3, 2, 1, 0])
    deepEqual(await arweave.network.getPeers(), [])
    equal((await arweave.network.getInfo()).height, 3)
  })

  test("learns that a dropped transaction failed", async () => {
    const { node, send } = await aWorld()
    await send(alice, { target: bob.address, quantity: 60n * AR })
    const second = await send(alice, { target: bob.address, quantity: 60n * AR })

    node.mine()

    await rejects(clientOf(node).transactions.get(second.id), { type: "TX_FAILED" })
  })
})

describe("the literal answers", () => {
  test("of a transaction through its life", async () => {
    const { node, get, transfer, post } = await aWorld()
    const tx = await transfer(alice, { target: bob.address, quantity: 1n })
    const both = async () => [await get(`/tx/${tx.id}`), await get(`/tx/${tx.id}/status`)]

    const unseen = await both()
    const posted = await post(tx)
    const again = await post(tx)
    const pending = await both()
    node.mine()
    const [mined] = await both()

    deepEqual(unseen, [NOT_FOUND, NOT_FOUND])
    deepEqual(posted, { status: 200, text: "OK" })
    deepEqual(again, { status: 208, text: "Transaction already processed." })
    deepEqual(pending, [PENDING, PENDING])
    equal(mined!.status, 200)
    deepEqual(JSON.parse(mined!.text), { ...tx, data_tree: [] })
    deepEqual(await post(tx), { status: 208, text: "Transaction already processed." })
  })

  test("of a transaction that was refused, until the network takes it", async () => {
    const { get, post, transfer } = await aWorld()
    const tx = await transfer(alice, { target: bob.address, quantity: 1n })

    const forged = await post({ ...tx, quantity: "2" })
    const refused = await get(`/tx/${tx.id}`)
    const posted = await post(tx)

    deepEqual(forged, { status: 400, text: "Transaction verification failed." })
    deepEqual(refused, { status: 410, text: "tx_signature_not_valid" })
    deepEqual(await get(`/tx/${tx.id}/status`), PENDING)
    equal(posted.status, 200)
  })

  test("of an id that is accepted, remembered ten minutes, then found on the weave or too old", async () => {
    let clock = 1_700_000_000_000
    const { node, post, send } = await aWorld({ now: () => clock })
    const tx = await send(alice, { target: bob.address, quantity: 1n })
    node.mine()

    clock += 10 * 60_000 - 1
    const remembered = await post(tx)
    clock += 1
    const onWeave = await post(tx)
    node.mine(50)
    const tooOld = await post(tx)

    equal(remembered.status, 208)
    deepEqual(onWeave, { status: 400, text: "Transaction is already on the weave." })
    deepEqual(tooOld, { status: 400, text: "Invalid anchor (last_tx)." })
    equal(node.balance(bob.address), 100n * AR + 1n)
  })

  test("of bad paths and bodies", async () => {
    const { get, post } = await aWorld()

    deepEqual(await get("/tx/short"), { status: 400, text: "Invalid hash." })
    deepEqual(await get("/tx/short/status"), { status: 400, text: "Invalid address." })
    deepEqual(await get("/wallet/short/balance"), { status: 400, text: "Invalid address." })
    deepEqual(await get("/block/height/-1"), { status: 400, text: "Invalid height." })
    deepEqual(await get("/block/height/1"), { status: 404, text: "Block not found." })
    deepEqual(await get(`/block/hash/${"A".repeat(64)}`), { status: 404, text: "Block not found." })
    deepEqual(await get("/nowhere"), { status: 400, text: "Request type not found." })
    deepEqual(await get("/price/many"), {
      status: 400,
      text: `{"error":"size_must_be_an_integer"}`,
    })
    deepEqual(await post("{"), { status: 400, text: "Invalid JSON." })
    deepEqual(await post({ id: "AA", last_tx: "", reward: "0", signature: "" }), {
      status: 400,
      text: "Invalid hash.",
    })
    deepEqual(await post("x".repeat(15 * 1024 * 1024 + 1)), {
      status: 413,
      text: "Payload too large",
    })
  })

  // Case 85.
  test("a price includes the fee of a new wallet until the wallet exists", async () => {
    const { node, get, send } = await aWorld()
    const price = async (path: string) => BigInt((await get(path)).text)

    const [plain, unknown] = [await price("/price/0"), await price(`/price/0/${carol.address}`)]
    await send(alice, { target: carol.address, quantity: 1n })
    node.mine()

    equal(plain, 3210n * 1052n)
    equal(unknown, plain + 4_000_000_000n)
    equal(await price(`/price/0/${carol.address}`), plain)
    equal(await price("/price/1"), (3210n + 262_144n) * 1052n)
    const response = await fetch(`${node.url}/price/0`, { headers: { accept: "application/json" } })
    deepEqual(await response.json(), { fee: `${plain}`, denomination: 1 })
  })

  test("the suggested anchor is the block six deep", async () => {
    const { node, get } = await aWorld()
    const first = await get("/tx_anchor")
    node.mine(10)

    const anchor = await get("/tx_anchor")

    match(first.text, /^[\w-]{64}$/)
    equal(JSON.parse((await get("/block/height/5")).text).indep_hash, anchor.text)
  })
})

test("a balance is exact where a double is not", async () => {
  const { node, get, send } = await aWorld()
  const sum = 66_000_000n * AR + 7n
  node.faucet(vault.address, sum)

  await send(vault, { target: bob.address, quantity: sum - 4_000_000n, reward: 3_999_999n })
  node.mine()

  equal((await get(`/wallet/${vault.address}/balance`)).text, "1")
  equal((await get(`/wallet/${bob.address}/balance`)).text, `${sum - 4_000_000n + 100n * AR}`)
})

test("the node listens on the loopback interface, on the port it is told to keep", async () => {
  const { node } = await aWorld()
  match(node.url, /^http:\/\/127\.0\.0\.1:\d+$/)

  await rejects(aWorld({ port: node.port }), { code: "EADDRINUSE" })
})

const NOT_FOUND = { status: 404, text: "Not Found." }
const PENDING = { status: 202, text: "Pending" }
