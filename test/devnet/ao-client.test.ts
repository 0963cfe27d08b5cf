// The official client, unmodified, on the local AO units.

import { deepEqual, equal, match, ok, rejects } from "node:assert/strict"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { connect, createDataItemSigner } from "@permaweb/aoconnect"
import { afterAll, beforeAll, test } from "vitest"
import { type AoDevnet, startAo } from "../../devnet/ao/index.ts"
import { TEST_WALLETS } from "../fixtures/wallets.ts"
import { get, NOBODY, worldOf } from "./ao-builders.ts"

const signer = createDataItemSigner(TEST_WALLETS.alice)
const ACTION_EVAL = [{ name: "Action", value: "Eval" }]

let folder: string
let units: AoDevnet
let world: ReturnType<typeof worldOf>
let ao: ReturnType<typeof clientOf>
let process: string

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "causeway-ao-"))
  units = await startAo({ folder, wallet: TEST_WALLETS.carol })
  world = worldOf(units)
  ao = clientOf(units)
  process = await ao.spawn({
    ...{ module: units.moduleId, scheduler: units.scheduler, signer },
    tags: [{ name: "Authority", value: units.authority }],
  })
})

afterAll(async () => {
  await units.stop()
  await rm(folder, { recursive: true, force: true })
})

function clientOf({ muUrl, cuUrl, graphqlUrl, url }: AoDevnet) {
  return connect({
    ...{ MODE: "legacy", MU_URL: muUrl, CU_URL: cuUrl },
    ...{ GRAPHQL_URL: graphqlUrl, GATEWAY_URL: url },
  })
}

interface Page {
  pageInfo: { hasNextPage: boolean }
  edges: { cursor: string }[]
}

async function evaluate(data: string) {
  const message = await ao.message({ process, data, tags: ACTION_EVAL, signer })
  return ao.result({ process, message: `${message}` })
}

test("an Eval goes out and its value comes back", async () => {
  await evaluate("X = 40")

  equal((await evaluate("return X + 2")).Output.data, "42")
})

test("an Eval of 150 KB is ordinary", async () => {
  const { Output } = await evaluate(`local s = [[${"x".repeat(150_000)}]]; return #s`)

  equal(Output.data, "150000")
})

test("a message that was signed once keeps its one slot, however often it is sent", async () => {
  const anchor = "0123456789abcdef".repeat(2)
  const signed = await ao.signMessage({ process, tags: ACTION_EVAL, data: "", anchor, signer })
  const { id, raw } = signed as unknown as { id: string; raw: Buffer }

  equal(await ao.sendSignedMessage({ id, raw }), id)

  await rejects(ao.sendSignedMessage({ id, raw }), /400: .*Message already exists/)
  equal((await world.slots(process)).filter(({ message }) => message.id === id).length, 1)
})

test("pages of results end, and hold every slot once", async () => {
  await evaluate("return 'last'")
  const slots = await world.slots(process)
  const url = `${units.cuUrl}/results/${process}?sort=ASC&limit=2`
  const seen: string[] = []

  for (let from = ""; ; ) {
    const page = (await get<Page>(`${url}&from=${from}`)).body
    for (const edge of page.edges) seen.push(edge.cursor)
    from = seen.at(-1)!
    if (!page.pageInfo.hasNextPage) break
  }

  equal(seen.length, slots.length)
  equal(new Set(seen).size, slots.length)
  const { edges } = await ao.results({ process, sort: "DESC", limit: 1 })
  deepEqual([edges.length, edges[0]!.cursor], [1, seen.at(-1)])
  equal(edges[0]!.node.Output.data, "last")
  equal((await ao.results({ process, from: seen[0]!, to: seen[2]!, sort: "ASC" })).edges.length, 2)
})

test("a dry run may claim to come from anybody, and changes nothing", async () => {
  await evaluate("X = 1; Handlers.add('up', 'Up', function(m) X = X + 1; print(m.From .. X) end)")
  const before = await units.stateHash(process)

  const { Output } = await ao.dryrun({
    ...{ process, Owner: NOBODY, From: NOBODY },
    tags: [{ name: "Action", value: "Up" }],
  })

  match(`${Output.data}`, new RegExp(`${NOBODY}2`))
  equal(await units.stateHash(process), before)
})

test("a spawn names a module and a scheduler that exist here", async () => {
  const { moduleId: module, scheduler } = units

  await rejects(ao.spawn({ module: NOBODY, scheduler, signer }))
  await rejects(ao.spawn({ module, scheduler: NOBODY, signer }))
  const wrong = { Type: "Process", Module: NOBODY, Scheduler: scheduler }
  const other = { Type: "Process", Module: module, Scheduler: NOBODY }
  for (const tags of [wrong, other])
    equal((await world.post((await world.item("", { tags })).raw)).status, 400)
})

test("an assignment of somebody's item is refused in words", async () => {
  await rejects(ao.assign({ process, message: NOBODY }), /501: .*not supported/)
})

test("one client writes and reads a fresh process at once", async () => {
  const fresh = await ao.spawn({ module: units.moduleId, scheduler: units.scheduler, signer })
  const message = await ao.message({
    ...{ process: fresh, data: "return ao.id", tags: ACTION_EVAL, signer },
  })

  const { Output } = await ao.result({ process: fresh, message: `${message}` })

  equal(Output.data, fresh)
  ok(await units.stateHash(fresh))
})
