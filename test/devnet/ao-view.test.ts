// What endpoints of the local AO units show: pages, single messages, results, and the lies of a faulty one.

import { deepEqual, equal, notEqual } from "node:assert/strict"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { afterAll, beforeAll, test } from "vitest"
import { type AoDevnet, startAo } from "../../devnet/ao/index.ts"
import { TEST_WALLETS } from "../fixtures/wallets.ts"
import { aFolder, assigned, aWorld, BOB, get, NOBODY, type Shown, worldOf } from "./ao-builders.ts"

const numbers = (shown: readonly Shown[]) => shown.map((slot) => Number(assigned(slot, "Nonce")))

interface Page {
  page_info: { has_next_page: boolean; process: string }
}

/** What a HyperBEAM node calls `application/aos-2`. */
interface Listing extends Page {
  edges: {
    cursor: number
    node: { message: { Id: string }; assignment: { Tags: { name: string; value: string }[] } }
  }[]
}

let folder: string
let units: AoDevnet
let world: ReturnType<typeof worldOf>
/** A process with slots 0 to 6; every one after the first sends a Quantity of 5 to Bob. */
let id: string
let newest: string

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "causeway-ao-"))
  units = await startAo({ folder, wallet: TEST_WALLETS.carol })
  world = worldOf(units)
  id = await world.process()
  const data = `ao.send({ Target = '${BOB}', Quantity = '5' })`
  for (let n = 1; n <= 6; n++) newest = (await world.send(id, { Action: "Eval" }, { data })).id
})

afterAll(async () => {
  await units.stop()
  await rm(folder, { recursive: true, force: true })
})

test("a page holds the slots from `from` to `to`, both included, and says if more follow", async () => {
  const { slots } = world
  const more = async (query: string) =>
    (await get<Page>(`${units.suUrl}/${id}${query}`)).body.page_info.has_next_page
  const asked = async (query: string) => numbers(await slots(id, query))

  deepEqual(await asked(""), [0, 1, 2, 3, 4, 5, 6])
  deepEqual(await asked("?from=2&to=4"), [2, 3, 4])
  deepEqual(await asked("?from=5&to=99"), [5, 6])
  deepEqual(await asked("?from=7"), [])
  deepEqual(await asked("?from=1&limit=2"), [1, 2])
  deepEqual(await asked("?from-nonce=1&to-nonce=3"), [2, 3])
  deepEqual([await more("?from=1&limit=2"), await more("?from=5&limit=2")], [true, false])
  equal((await get(`${units.suUrl}/${id}?from=x`)).status, 400)
  equal((await get(`${units.suUrl}/${NOBODY}`)).status, 404)
})

test("a page can be asked for by time, as older clients do", async () => {
  const { slots } = world
  const times = (await slots(id)).map((slot) => assigned(slot, "Timestamp"))

  deepEqual(numbers(await slots(id, `?from=${times[2]}&to=${times[4]}`)), [3, 4])
  deepEqual(numbers(await slots(id, `?process-id=${id}&from=${times[6]}&limit=100`)), [])
})

test("one message, the newest, the spawn and the data of an item can be asked for", async () => {
  const { suUrl, url } = units

  equal((await get<Shown>(`${suUrl}/${newest}?process-id=${id}`)).body.message.id, newest)
  equal((await get(`${suUrl}/${newest}?process-id=${NOBODY}`)).status, 404)
  equal((await get<Shown>(`${suUrl}/${id}/latest`)).body.message.id, newest)
  const spawn = (await get<Shown & { process_id: string }>(`${suUrl}/processes/${id}`)).body
  deepEqual([spawn.process_id, assigned(spawn, "Nonce")], [id, "0"])
  const now = (await get<{ block_height: string }>(`${suUrl}/timestamp?process-id=${id}`)).body
  equal(now.block_height, "000000000001")
  const data = await fetch(`${url}/raw/${newest}`)
  equal(await data.text(), `ao.send({ Target = '${BOB}', Quantity = '5' })`)
})

test("an endpoint that lags shows neither the newest slots nor their results, and lags alone", async () => {
  const { slots } = world
  const view = await units.view({ lagSlots: 2 })

  deepEqual(numbers(await slots(id, "?from=4", view.suUrl)), [4])
  equal((await get(`${view.cuUrl}/result/${newest}?process-id=${id}`)).status, 404)
  deepEqual(numbers(await slots(id, "?from=4")), [4, 5, 6])
})

test("a slot can be visible before its result is", async () => {
  const { slots } = world
  const view = await units.view({ lagResults: 1 })
  const result = async () => (await get(`${view.cuUrl}/result/${newest}?process-id=${id}`)).status

  deepEqual(numbers(await slots(id, "?from=6", view.suUrl)), [6])
  equal(await result(), 504)
  view.setFaults({})
  equal(await result(), 200)
})

test("an endpoint lies about results, and tampers with what it is told to", async () => {
  const { slots, result } = world
  const liar = await units.view({ lie: true })
  const forger = await units.view({
    tamper: {
      item: (item) => ({ ...item, owner: NOBODY }),
      result: (answer, { slot }) => (slot === 6 ? { ...answer, Messages: [] } : answer),
    },
  })
  const quantities = async (cu: string) =>
    (await result(id, newest, cu)).Messages.map(
      ({ Tags }) => Tags.find(({ name }) => name === "Quantity")?.value,
    )

  deepEqual(await quantities(units.cuUrl), ["5"])
  deepEqual(await quantities(liar.cuUrl), ["50"])
  deepEqual(await quantities(forger.cuUrl), [])
  equal((await slots(id, "?from=6", forger.suUrl))[0]!.message.owner.address, NOBODY)
  notEqual((await slots(id, "?from=6"))[0]!.message.owner.address, NOBODY)
})

test("an endpoint fails as often as it is told to, and can be mended while it does", async () => {
  const { command } = world
  const view = await units.view({ fail: { status: 503, path: "/cu", times: 1 } })
  const ask = async () => (await get(`${view.cuUrl}/result/${newest}?process-id=${id}`)).status

  deepEqual([await ask(), await ask()], [503, 200])

  view.setFaults({ hang: true })
  await command("faults", { fail: { status: 500 } }, view.url)
  deepEqual([await ask(), await ask()], [500, 500])

  await command("faults", {}, view.url)
  equal(await ask(), 200)
})

test("misfortunes and views can be ordered over HTTP, as JSON alone", async () => {
  const { units, process, item, post, slots, command } = await aWorld()
  const id = await process()

  await command("suffer", { swallow: 1 })
  await post((await item(id)).raw)
  equal((await slots(id)).length, 1)

  const { suUrl = "" } = await command("view", { lagSlots: 1 })
  equal((await slots(id, "", suUrl)).length, 0)
  await command("idle", {})
  deepEqual(await command("state-hash", { process: id }), { hash: await units.stateHash(id) })
  const plain = await fetch(`${units.url}/devnet/suffer`, { method: "POST", body: "{}" })
  equal(plain.status, 415)
  deepEqual(await command("explode", {}), { error: "bad-request: command explode" })
})

test("the same slots can be read as a HyperBEAM node shows them", async () => {
  const at = `${units.url}/${id}~process@1.0`
  const codec = "require-codec=application/json&accept-bundle=true"

  deepEqual(await get(`${at}/slot/current`), { status: 200, body: 6 })
  const { body } = await get<Listing>(`${at}/schedule?from=5&to=6&accept=application/aos-2`)
  deepEqual(
    body.edges.map(({ cursor }) => cursor),
    [5, 6],
  )
  deepEqual([body.page_info.process, body.page_info.has_next_page], [id, false])
  const { message, assignment } = body.edges[1]!.node
  equal(message.Id, newest)
  equal(assignment.Tags.find(({ name }) => name === "Slot")?.value, "6")

  const first = (await get<{ json: { body: string } }>(`${at}/compute=6/results?${codec}`)).body
  const again = (await get(`${at}/compute&slot=6/results?${codec}`)).body
  deepEqual(again, { "ao-result": "body", body: first, status: 200 })
  equal(JSON.parse(first.json.body).Messages[0].Target, BOB)
  equal((await get(`${at}/compute=7/results?${codec}`)).status, 404)
  equal((await get(`${units.url}/${NOBODY}~process@1.0/slot/current`)).status, 500)
})

test("units listen on this machine alone, on a port of the kernel's or one that was asked for", async () => {
  const { units } = await aWorld()
  const { port } = units
  equal(new URL(units.url).hostname, "127.0.0.1")
  await units.stop()

  const again = await aWorld({ folder: await aFolder(), port })

  equal(again.units.port, port)
})
