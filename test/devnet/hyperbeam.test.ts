// A local HyperBEAM node does what the real one was seen to do, the awkward things above all.
// Measured on a node (test/cases.md): H-4, H-5, H-43, H-50, H-51, H-52, H-53, H-55, H-63, H-67.

import { deepEqual, equal, ok, rejects } from "node:assert/strict"
import { beforeAll, describe, test } from "vitest"
import { moduleOf, spawnProcess } from "../../chains/ao/spawn.ts"
import { NO_HTTP, openHttp } from "../../chains/http.ts"
import type { BridgeError } from "../../core/errors.ts"
import { startAo } from "../../devnet/ao/index.ts"
import { deployHyperToken } from "../../devnet/token.ts"
import { ALICE, anItem, BOB, NODES, nodeWorld, type World } from "../chains/ao/node-world.ts"
import { aPayout, idNumber, deployment as keys } from "../chains/builders.ts"
import { TEST_WALLETS } from "../fixtures/wallets.ts"
import { aFolder } from "./ao-builders.ts"

let world: World
beforeAll(async () => {
  world = await nodeWorld()
  await world.own.submit(world.seal([aPayout("ao", { recipient: ALICE, amount: 10_000n })]))
})

const transfer = (recipient = BOB) => ({ Action: "Transfer", Recipient: recipient, Quantity: "10" })

describe("an item gets no slot", () => {
  test.each<[string, () => Promise<Uint8Array>, number]>([
    [
      "with a changed byte",
      async () =>
        (await anItem(world.token, {})).raw.map((byte, at) => (at === 5 ? byte ^ 1 : byte)),
      500,
    ],
    ["that is none", async () => Buffer.from("garbage"), 500],
    ["that is empty", async () => new Uint8Array(), 500],
    [
      "with the tags path and method",
      async () => (await anItem(world.token, { path: "now", method: "GET" })).raw,
      404,
    ],
    ["with a tag body", async () => (await anItem(world.token, { body: "x" })).raw, 400],
    [
      "with a tag commitments+link",
      async () => (await anItem(world.token, { "commitments+link": "x" })).raw,
      500,
    ],
  ])("%s", async (_, make, status) => {
    const before = world.newest()

    equal((await world.post(await make())).status, status)

    equal(world.newest(), before)
  })

  test("with a tag slot: it is answered with success, and pushes that slot again", async () => {
    const before = world.newest()

    const { status, body } = await world.post((await anItem(world.token, { slot: "1" })).raw)

    deepEqual([status, JSON.parse(body).slot], [200, 1])
    equal(world.newest(), before)
  })
})

test("an item is scheduled on its own target, whatever path it came by", async () => {
  const other = await nodeWorld()
  const before = world.newest()
  const { raw } = await anItem(world.token, { Action: "Tick" })

  const { status } = await world.post(raw, `${other.token}~process@1.0/push`)

  equal(status, 400)
  equal(world.newest(), before + 1)
})

test("a tag Target or Data moves nothing: the item's own fields are meant", async () => {
  const tags = { ...transfer(), Target: idNumber(9), Data: "other" }
  await world.post((await anItem(world.token, tags, { data: "own" })).raw)
  const slot = world.newest()

  const { body } = await world.get(`schedule?from=${slot}&to=${slot}&accept=application/aos-2`)
  const { message } = JSON.parse(body).edges[0].node

  deepEqual([message.Target, message.Data], [world.token, "own"])
})

test("the listing believes the tag From-Process, and names the real signer beside it", async () => {
  await world.post((await anItem(world.token, { "From-Process": keys.vault })).raw)
  const slot = world.newest()

  const { body } = await world.get(`schedule?from=${slot}&to=${slot}&accept=application/aos-2`)
  const { message } = JSON.parse(body).edges[0].node

  deepEqual([message.From, message.Owner], [keys.vault, ALICE])
})

test("what is only scheduled is computed, and carried to nobody until somebody pushes it", async () => {
  // A process on the same node that only listens.
  const listener = await spawned(
    'function compute(base) base.results = { outbox = {}, output = { data = "opened" } } return "ok", base end',
  )
  const count = () => world.schedule.processes.get(listener)!.slots.length
  const before = count()

  await world.post(
    (await anItem(world.token, transfer(listener))).raw,
    `${world.token}~process@1.0/schedule`,
  )
  await world.messenger.idle()
  equal(count(), before)
  const slot = world.newest()
  for (let n = 0; n < 2; n++) await world.get(`push?slot=${slot}`)
  await world.messenger.idle()

  // Each push under an id of its own, with the one number that the token gave the notice.
  const notices = world.schedule.processes
    .get(listener)!
    .slots.slice(before)
    .map(({ item }) => item)
  equal(notices.length, 2)
  equal(new Set(notices.map(({ id }) => id)).size, 2)
  const numbers = notices.map(
    ({ tags }) => tags.find(({ name }) => name === "Notice-Number")?.value,
  )
  equal(new Set(numbers).size, 1)
})

async function spawned(script: string): Promise<string> {
  const [node, key] = [NODES[0]!, TEST_WALLETS.dave]
  return spawnProcess(world.http, { node, bundler: node, module: moduleOf(key, script), key })
}

test("a balance is read at a slot, and one that is none is not there", async () => {
  const before = world.newest()
  await world.post((await anItem(world.token, transfer(idNumber(4)))).raw)

  deepEqual(await world.get(`compute=${before}/balances/${idNumber(4)}`), {
    status: 404,
    body: '{"error":"not_found"}',
  })
  deepEqual(await world.get(`compute=${before + 1}/balances/${idNumber(4)}`), {
    status: 200,
    body: "10",
  })
  deepEqual(await world.get(`now/balances/${idNumber(4)}`), { status: 200, body: "10" })
  equal((await world.get(`compute=${before + 9}/balances/${ALICE}`)).status, 404)
})

test("a spawn with a module that the node does not have is taken, and never computed", async () => {
  const address = world.nodes.get(NODES[0]!)!.address
  const tags = {
    ...{ Type: "Process", "execution-device": "lua@5.3a", Module: idNumber(3) },
    ...{ Authority: address, Scheduler: address },
  }
  const { raw, id } = await anItem("", tags)
  const elsewhere = await anItem("", { ...tags, Scheduler: idNumber(8) })

  equal((await world.post(raw, "push")).status, 200)
  equal((await world.post(elsewhere.raw, "push")).status, 500)

  const { status, body } = await world.http.get(`${NODES[0]}/${id}~process@1.0/compute=0/results`)
  deepEqual([status, JSON.parse(body).phase], [500, "compute"])
})

test("a map without a codec is a page for people", async () => {
  const { status, body } = await world.get("compute=1/results")

  equal(status, 200)
  ok(body.startsWith("<html"))
})

test("a node that was killed takes everything up again from its folder", async () => {
  const folder = await aFolder()
  const first = await startAo({ folder, wallet: TEST_WALLETS.carol })
  const facts = { deployer: TEST_WALLETS.dave, bridge: keys.vault, guardian: ALICE }
  const token = await deployHyperToken(first.url, facts)
  const { raw } = await anItem(token, { Action: "Info" })
  await fetch(`${first.url}/${token}~process@1.0/push`, { method: "POST", body: Buffer.from(raw) })
  const hash = await first.stateHash(token)
  await first.stop()

  const second = await startAo({ folder, wallet: TEST_WALLETS.carol })

  equal(await second.stateHash(token), hash)
  const path = `${second.url}/${token}~process@1.0`
  equal(await (await fetch(`${path}/slot/current`)).text(), "1")
  equal(await (await fetch(`${path}/compute=1/supply`)).text(), "0")
  await second.stop()
})

test("an answer that is no HTTP is an error of the client's own, and may follow a slot", async () => {
  const units = await startAo({ folder: await aFolder(), wallet: TEST_WALLETS.carol })
  const facts = { deployer: TEST_WALLETS.dave, bridge: keys.vault, guardian: ALICE }
  const token = await deployHyperToken(units.url, facts)
  units.suffer({ crash: 1 })
  const { raw } = await anItem(token, { Action: "Tick" })
  const at = `${units.url}/${token}~process@1.0`

  const http = openHttp({ timeoutMs: 5_000, atOnce: 1, pipelining: 1 })
  await rejects(http.post(`${at}/push`, raw, "application/ans104"), (error: BridgeError) => {
    deepEqual([error.code, error.detail.why], ["rpc-unavailable", NO_HTTP])
    return true
  })
  http.close()

  equal(await (await fetch(`${at}/slot/current`)).text(), "1")
  await units.stop()
})
