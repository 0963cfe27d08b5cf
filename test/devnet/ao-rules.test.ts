// What the local AO units take, and what they say about who sent it.

import { deepEqual, equal, match, ok } from "node:assert/strict"
import { createHash } from "node:crypto"
import { createData, EthereumSigner } from "@dha-team/arbundles"
import { test } from "vitest"
import { TEST_WALLETS } from "../fixtures/wallets.ts"
import { ALICE, assigned, aWorld, BOB, NOBODY } from "./ao-builders.ts"

const SETTER = "X = 'nothing'; Handlers.add('set', 'Set', function(m) X = m.From end)"

test("an item that is not what was signed gets no slot", async () => {
  const { item, post, process, slots } = await aWorld()
  const id = await process()
  const { raw } = await item(id)
  const changed = Uint8Array.from(raw)
  changed[raw.length - 3]! ^= 1

  equal((await post(changed)).status, 400)
  equal((await post(Buffer.from("not an item"))).status, 400)

  equal((await slots(id)).length, 1)
})

test("an item belongs to the protocol and goes to a process, or is refused in words", async () => {
  const { item, post, process } = await aWorld()
  const id = await process()
  const refused = async (target: string, tags: Record<string, string>) => {
    const { status, body } = await post((await item(target, { tags })).raw)
    return [status, body.error]
  }

  deepEqual(await refused(NOBODY, {}), [404, "Process does not exist"])
  deepEqual(await refused(id, { "Data-Protocol": "other" }), [400, "Data-Protocol must be ao"])
  deepEqual(await refused(id, { Type: "Other" }), [400, "Type must be Process or Message"])
})

test("a body of megabytes is read, and one of more than that is not", async () => {
  const { post, process, send } = await aWorld()
  const id = await process()

  const { Error: failure } = await send(id, {}, { data: "x".repeat(1_000_000) })

  equal(failure, undefined)
  equal((await post(Buffer.alloc(11_000_000))).status, 413)
})

test("an item has one slot: the second time it exists already, a spawn too", async () => {
  const { units, item, post, process, slots } = await aWorld()
  const id = await process()
  const message = await item(id)
  const tags = { Type: "Process", Module: units.moduleId, Scheduler: units.scheduler }
  const spawn = await item("", { tags })

  for (const { raw } of [message, spawn]) {
    equal((await post(raw)).status, 202)
    deepEqual(await post(raw), { status: 400, body: { error: "Message already exists" } })
  }

  equal((await slots(id)).length, 2)
})

test("slots have no gap, time grows, and the chain of hashes covers every item", async () => {
  const { item, post, process, slots } = await aWorld({ now: () => 1_700_000_000_000 })
  const id = await process()
  const tags = { Nonce: "99", Timestamp: "1", "Hash-Chain": "x", "Block-Height": "7" }
  const items = await Promise.all(Array.from({ length: 8 }, () => item(id, { tags })))

  await Promise.all(items.map(({ raw }) => post(raw)))

  const shown = await slots(id)
  deepEqual(
    shown.map((slot) => Number(assigned(slot, "Nonce"))),
    [0, 1, 2, 3, 4, 5, 6, 7, 8],
  )
  const times = shown.map((slot) => Number(assigned(slot, "Timestamp")))
  ok(times.every((time, n) => n === 0 || time > times[n - 1]!))
  let chain = Buffer.alloc(0)
  for (const slot of shown) {
    const hash = createHash("sha256").update(chain).update(slot.message.id, "base64url")
    chain = hash.digest()
    equal(assigned(slot, "Hash-Chain"), chain.toString("base64url"))
  }
})

test("the time and the height of a message are the scheduler's, as numbers", async () => {
  const { process, evaluate } = await aWorld({
    now: () => 1_700_000_000_000,
    height: () => 9,
  })
  const id = await process(
    "Handlers.prepend('all', function() return 'continue' end, function(m) Last = m end)",
  )

  const fields = "math.type(Last.Timestamp), Last.Timestamp, Last['Block-Height'], Last.Nonce"
  equal(await evaluate(id, `return table.concat({ ${fields} }, ' ')`), "integer 1700000000002 9 2")
})

test("a message runs in the name of the key that signed it", async () => {
  const { process, send, evaluate } = await aWorld()
  const id = await process(SETTER)

  await send(id, { Action: "Set" }, { wallet: TEST_WALLETS.bob })

  equal(await evaluate(id, "return X"), BOB)
})

test("an Ethereum key is a checksummed address", async () => {
  const { post, process, result, evaluate } = await aWorld()
  const id = await process(SETTER)
  const signer = new EthereumSigner("46".repeat(32))
  const tags = { "Data-Protocol": "ao", Type: "Message", Variant: "ao.TN.1", Action: "Set" }
  const item = createData("", signer, {
    target: id,
    tags: Object.entries(tags).map(([name, value]) => ({ name, value })),
  })
  await item.sign(signer)

  equal((await post(item.getRaw())).status, 202)
  await result(id, item.id)

  equal(await evaluate(id, "return X"), "0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F")
})

test("a From-Process that anybody can write is taken as it is, and aos does not believe it", async () => {
  const { process, send, evaluate } = await aWorld()
  const id = await process(SETTER)

  const { Messages } = await send(
    id,
    { Action: "Set", "From-Process": ALICE },
    { wallet: TEST_WALLETS.bob },
  )

  equal(await evaluate(id, "return X"), "nothing")
  deepEqual(
    Messages.map(({ Target, Data }) => [Target, Data]),
    [[ALICE, "Message is not trusted by this process!"]],
  )
})

test("tags of the names From and Owner do not reach the process", async () => {
  const { process, send, evaluate } = await aWorld()
  const id = await process("Handlers.add('set', 'Set', function(m) X = m.Tags.From or 'none' end)")

  await send(id, { Action: "Set", From: ALICE, Owner: ALICE }, { wallet: TEST_WALLETS.bob })

  equal(await evaluate(id, "return X"), "none")
})

test("a handler that fails changes nothing, sends nothing, and keeps its slot", async () => {
  const { units, process, send, slots, evaluate } = await aWorld()
  const other = await process()
  const id = await process(
    `X = 0; Handlers.add('fail', 'Fail', function() X = 1; ao.send({ Target = '${other}' }); error('no') end)`,
  )
  const before = await units.stateHash(id)

  const { Error: failure, Messages, id: failed } = await send(id, { Action: "Fail" })

  match(`${failure}`, /no/)
  deepEqual(Messages, [])
  equal(await units.stateHash(id), before)
  equal(await evaluate(id, "return X"), "0")
  await units.idle()
  equal((await slots(other)).length, 1)
  equal((await slots(id))[2]!.message.id, failed)
})

test("a result that is asked for at once waits for the slots before it", async () => {
  const { item, post, process, result } = await aWorld()
  const id = await process()
  const action = { tags: { Action: "Eval" } }
  const items = await Promise.all(
    [1, 2, 3].map((n) => item(id, { ...action, data: `N = (N or 0) + ${n}; return N` })),
  )
  for (const { raw } of items) await post(raw)

  const results = await Promise.all(items.reverse().map((one) => result(id, one.id)))

  deepEqual(
    results.map(({ Output }) => Output.data),
    ["6", "3", "1"],
  )
})
