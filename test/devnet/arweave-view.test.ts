// Further endpoints on the same local chain: providers that lag, lie, deny, fail, or serve a stale head.

import { deepEqual, equal, ok, rejects } from "node:assert/strict"
import { describe, onTestFinished, test, vi } from "vitest"
import { AR, alice, aWorld, bob, carol, clientOf, type World } from "./arweave-builders.ts"

describe("a view", () => {
  test("without faults says what the node says, and takes transactions for it", async () => {
    const { node, get, post, transfer } = await aWorld()
    const { url } = await node.view()
    const tx = await transfer(alice, { target: bob.address, quantity: 1n })

    const posted = await post(tx, url)
    node.mine()

    equal(posted.status, 200)
    for (const path of [
      "/info",
      `/tx/${tx.id}`,
      "/block/height/1",
      `/wallet/${bob.address}/balance`,
    ]) {
      deepEqual(await get(path, url), await get(path))
    }
  })

  // Case 43.
  test("that lags shows an older tip, and as pending what came later", async () => {
    const { node, get, query, send } = await aWorld()
    node.mine(4)
    const tx = await send(alice, { target: bob.address, quantity: AR })
    node.mine()
    const { url } = await node.view({ lagBlocks: 1 })
    const hash = JSON.parse((await get("/block/current")).text).indep_hash

    equal((await get("/height", url)).text, "4")
    deepEqual(await get(`/tx/${tx.id}`, url), { status: 202, text: "Pending" })
    equal((await get(`/wallet/${bob.address}/balance`, url)).text, `${100n * AR}`)
    equal((await get("/block/height/5", url)).status, 404)
    equal((await get(`/block/hash/${hash}`, url)).status, 404)
    deepEqual(JSON.parse((await get("/tx/pending", url)).text), [tx.id])
    equal(await countOf(query, tx.id, url), 0)
    node.faucet(carol.address, 5n)
    equal((await get(`/wallet/${carol.address}/balance`, url)).text, "5")
    node.mine(2)
    equal(JSON.parse((await get(`/tx/${tx.id}/status`, url)).text).number_of_confirmations, 2)
    equal((await get(`/wallet/${bob.address}/balance`, url)).text, `${101n * AR}`)
  })

  // Cases 34 and 82.
  test("that is frozen stays on its block, also when the chain leaves it", async () => {
    const { node, get, send } = await aWorld()
    const tx = await send(alice, { target: bob.address, quantity: AR })
    node.mine(3)
    const view = await node.view({ frozen: true })
    const before = JSON.parse((await get("/block/current", view.url)).text)
    node.fork(3, { drop: [tx.id] })
    node.mine(5)

    const status = JSON.parse((await get(`/tx/${tx.id}/status`, view.url)).text)
    const balance = await get(`/wallet/${bob.address}/balance`, view.url)

    equal((await get(`/tx/${tx.id}`)).status, 404)
    deepEqual(status.number_of_confirmations, 3)
    equal(balance.text, `${101n * AR}`)
    deepEqual(JSON.parse((await get("/block/current", view.url)).text), before)
    deepEqual(JSON.parse((await get("/recent", view.url)).text).forks, [])
    const fresh = JSON.parse((await get("/block/height/2")).text).indep_hash
    equal((await get(`/block/hash/${fresh}`, view.url)).status, 404)
    view.setFaults({})
    equal((await get(`/tx/${tx.id}`, view.url)).status, 404)
    equal((await get("/height", view.url)).text, "9")
  })

  // Case 41.
  test("that lies changes amount and recipient, and the signature shows it", async () => {
    const { node, get, query, send } = await aWorld()
    const tx = await send(alice, { target: bob.address, quantity: AR })
    node.mine()
    const lie = { [tx.id]: { quantity: 9n * AR, target: carol.address } }
    const view = await node.view({ lie })

    const told = JSON.parse((await get(`/tx/${tx.id}`, view.url)).text)

    deepEqual(told, { ...tx, data_tree: [], quantity: `${9n * AR}`, target: carol.address })
    equal(JSON.parse((await get(`/tx/${tx.id}`)).text).quantity, `${AR}`)
    const arweave = clientOf(view)
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {})
    ok(!(await arweave.transactions.verify(await arweave.transactions.get(tx.id))))
    warn.mockRestore()
    const { json } = await query(
      `{ transaction(id: "${tx.id}") { recipient quantity { winston } } }`,
      {},
      view.url,
    )
    deepEqual(json, {
      data: { transaction: { recipient: carol.address, quantity: { winston: `${9n * AR}` } } },
    })
  })

  test("that denies a transaction has it nowhere", async () => {
    const { node, get, query, send } = await aWorld()
    const [mined, waits] = [
      await send(alice, { target: bob.address, quantity: AR }),
      await send(bob, { target: alice.address, quantity: AR }),
    ]
    node.mine(1, { omit: [waits.id] })
    const { url } = await node.view({ deny: [mined.id, waits.id], ghosts: true })

    for (const { id } of [mined, waits]) {
      equal((await get(`/tx/${id}`, url)).status, 404)
      equal((await get(`/tx/${id}/status`, url)).status, 404)
      equal(await countOf(query, id, url), 0)
    }
    deepEqual(JSON.parse((await get("/block/current", url)).text).txs, [])
    deepEqual(JSON.parse((await get("/tx/pending", url)).text), [])
  })

  // Case 83.
  test("with ghosts lists by GraphQL what the chain has dropped, in the block it had", async () => {
    const { node, get, query, send } = await aWorld()
    const lost = await send(alice, { target: bob.address, quantity: AR })
    node.mine()
    const evicted = await send(alice, { target: bob.address, quantity: AR })
    const old = JSON.parse((await get("/block/current")).text)
    node.fork(1, { drop: [lost.id] })
    node.evict(evicted.id)
    const text = `{ transactions(recipients: ["${bob.address}"], sort: HEIGHT_ASC)
      { edges { node { id block { id height } } } } }`
    const honest = await query(text)

    node.setFaults({ ghosts: true })

    deepEqual(honest.json, { data: { transactions: { edges: [] } } })
    deepEqual((await query(text)).json, {
      data: {
        transactions: {
          edges: [
            { node: { id: lost.id, block: { id: old.indep_hash, height: 1 } } },
            { node: { id: evicted.id, block: null } },
          ],
        },
      },
    })
    equal((await get(`/tx/${lost.id}`)).status, 404)
  })

  // Case 47.
  test("that fails does so on the paths and as often as it is told", async () => {
    const { node, get } = await aWorld()
    const view = await node.view({ fail: { status: 429, path: "/block", times: 2 } })
    const statuses = async (path: string) => (await get(path, view.url)).status

    deepEqual(
      [
        await statuses("/info"),
        await statuses("/block/current"),
        await statuses("/block/height/0"),
      ],
      [200, 429, 429],
    )
    equal(await statuses("/block/current"), 200)
    view.setFaults({ fail: { status: 503 } })
    deepEqual([await statuses("/info"), await statuses("/height")], [503, 503])
    equal((await get("/info")).status, 200)
  })

  test("that hangs never answers, and one that is stopped refuses", async () => {
    const { node, get } = await aWorld()
    const view = await node.view({ hang: true })

    const signal = AbortSignal.timeout(50)
    await rejects(fetch(`${view.url}/info`, { signal }), { name: "TimeoutError" })
    view.setFaults({ delayMs: 30 })
    const asked = performance.now()
    equal((await get("/info", view.url)).status, 200)
    ok(performance.now() - asked >= 29)
    await view.stop()
    await rejects(get("/info", view.url))
  })
})

describe("another process", () => {
  test("drives the node by HTTP as a caller does", async () => {
    const { node, command, get, send } = await aWorld()
    const tx = await send(alice, { target: bob.address, quantity: AR })

    const mined = await command("mine", { n: 2, omit: [tx.id] })
    await command("mine", {})
    const forked = await command("fork", { depth: 1, pending: [tx.id] })
    await command("evict", { id: tx.id })
    const credited = await command("faucet", { address: carol.address, winston: `${AR}` })
    await command("price", { newWallet: "5" })
    const { json } = await command("view", { lagBlocks: 2, lie: { [tx.id]: { quantity: "1" } } })

    deepEqual((mined.json as { height: number }).height, 2)
    deepEqual((forked.json as { height: number }).height, 4)
    equal((await get(`/tx/${tx.id}`)).status, 404)
    deepEqual(credited.json, { height: 4, address: carol.address, balance: `${AR}` })
    const price = (await get(`/price/0/${"A".repeat(43)}`)).text
    equal(BigInt(price), 3210n * 1052n + 5n)
    const { url } = json as { url: string }
    equal((await get("/height", url)).text, "2")
    await command("faults", { fail: { status: 500 } }, url)
    equal((await get("/height", url)).status, 500)
    await command("faults", {}, url)
    equal((await get("/height", url)).text, "4")
    equal(node.height, 4)
  })

  test("is told in words what was wrong with a command", async () => {
    const { node, command } = await aWorld()
    const wrong: [string, object][] = [
      ["dance", {}],
      ["mine", { n: -1 }],
      ["mine", { blocks: 1 }],
      ["fork", { depth: 1 }],
      ["faucet", { address: carol.address, winston: 5 }],
      ["faucet", { address: "carol", winston: "5" }],
      ["faults", { lag: 1 }],
      ["fork", []],
    ]

    for (const [name, body] of wrong) {
      const { status, json } = await command(name, body)
      equal(status, 400, name)
      ok((json as { error: string }).error.length > 10)
    }
    equal(node.height, 0)
  })

  test("does not do it from a web page", async () => {
    const { node } = await aWorld()
    const target = `${node.url}/devnet/mine`

    const simple = await fetch(target, { method: "POST", body: "{}" })
    const asked = await fetch(target, { method: "OPTIONS" })

    equal(simple.status, 415)
    equal(asked.headers.get("access-control-allow-headers"), null)
    equal(node.height, 0)
  })
})

describe("time", () => {
  // Case 39.
  test("blocks come by themselves until the chain stalls", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] })
    onTestFinished(() => {
      vi.useRealTimers()
    })
    const { node, command } = await aWorld({ blockTimeMs: 1000 })
    const pass = (ms: number) => {
      vi.advanceTimersByTime(ms)
      return node.height
    }

    const began = pass(3500)
    await command("stall", { on: true })
    const stalled = pass(24 * 3600_000)
    node.mine()
    await command("stall", { on: false })
    const again = pass(1000)
    await command("block-time", { ms: 10 })
    const faster = pass(50)
    await command("block-time", { ms: null })

    deepEqual([began, stalled, again, faster, pass(60_000)], [3, 3, 5, 10, 10])
  })
})

async function countOf(query: World["query"], id: string, url: string): Promise<number> {
  const text = `{ transactions(ids: ["${id}"], block: { min: 0 }) { edges { node { id } } } }`
  const { json } = await query(text, {}, url)
  return (json as { data: { transactions: { edges: object[] } } }).data.transactions.edges.length
}
