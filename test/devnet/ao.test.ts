// The local AO units, driven by the unmodified official client.

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { ArweaveSigner, createData } from "@dha-team/arbundles"
import { connect, createDataItemSigner } from "@permaweb/aoconnect"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { type AoDevnet, startAo } from "../../devnet/ao/index.ts"
import type { Jwk } from "../../devnet/arweave/wallet.ts"
import { TEST_WALLETS } from "../fixtures/wallets.ts"

const { alice, bob } = TEST_WALLETS
const folder = mkdtempSync(path.join(tmpdir(), "causeway-ao-"))
let units: AoDevnet
let ao: ReturnType<typeof clientOf>

beforeAll(async () => {
  units = await startAo({ folder })
  ao = clientOf(units)
})

afterAll(async () => {
  await units.stop()
  rmSync(folder, { recursive: true, force: true })
})

function clientOf({ muUrl, cuUrl, graphqlUrl, url }: AoDevnet) {
  return connect({
    MODE: "legacy",
    MU_URL: muUrl,
    CU_URL: cuUrl,
    GRAPHQL_URL: graphqlUrl,
    GATEWAY_URL: url,
  })
}

/** A process of alice's that trusts our messenger, with some Lua in it. */
async function aProcess(lua = "return 1", client = ao): Promise<string> {
  const process = await client.spawn({
    module: units.moduleId,
    scheduler: units.scheduler,
    signer: createDataItemSigner(alice),
    tags: [{ name: "Authority", value: units.authority }],
  })
  await evaluate(process, lua, client)
  return process
}

async function evaluate(process: string, lua: string, client = ao): Promise<string> {
  const { Output, Error: failure } = await say(process, { Action: "Eval" }, lua, client)
  if (failure) throw new Error(String(failure))
  return String(Output.data ?? "")
    .split("\n")
    .at(-1)!
}

async function say(
  process: string,
  tags: Record<string, string>,
  data = "",
  client = ao,
  wallet: Jwk = alice,
) {
  const message = (await client.message({
    process,
    data,
    tags: Object.entries(tags).map(([name, value]) => ({ name, value })),
    signer: createDataItemSigner(wallet),
  })) as string
  return client.result({ process, message })
}

async function post(raw: Uint8Array, target = units) {
  const response = await fetch(target.muUrl, {
    method: "POST",
    headers: { "content-type": "application/octet-stream" },
    body: Buffer.from(raw),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

async function anItem(target: string, tags: Record<string, string> = {}, wallet: Jwk = alice) {
  const signer = new ArweaveSigner({ ...wallet })
  const all = { "Data-Protocol": "ao", Type: "Message", Variant: "ao.TN.1", ...tags }
  const item = createData("", signer, {
    target,
    anchor: "a".repeat(31) + Math.random().toString(36)[2],
    tags: Object.entries(all).map(([name, value]) => ({ name, value })),
  })
  await item.sign(signer)
  return item
}

describe("a process", () => {
  test("runs what its owner evaluates, and remembers it", async () => {
    const process = await aProcess("X = 40")
    expect(await evaluate(process, "return X + 2")).toBe("42")
  })

  test("gives nobody else an Eval", async () => {
    const process = await aProcess("X = 1")
    await say(process, { Action: "Eval" }, "X = 2", ao, bob)
    expect(await evaluate(process, "return X")).toBe("1")
  })

  test("takes back what a handler did before it failed", async () => {
    const process = await aProcess(
      "X = 0; Handlers.add('fail', 'Fail', function() X = 1; error('no') end)",
    )
    const { Error: failure, Messages } = await say(process, { Action: "Fail" })
    expect(failure).toContain("no")
    expect(Messages).toEqual([])
    expect(await evaluate(process, "return X")).toBe("0")
  })

  test("is not deceived by a From-Process that anybody can write", async () => {
    const process = await aProcess("X = 0; Handlers.add('set', 'Set', function(m) X = m.From end)")
    const victim = "v".repeat(43)
    const { Messages } = await say(process, { Action: "Set", "From-Process": victim }, "", ao, bob)
    expect(await evaluate(process, "return X")).toBe("0")
    expect(Messages[0].Data).toContain("not trusted")
  })

  test("answers a dry run without changing", async () => {
    const process = await aProcess(
      "X = 0; Handlers.add('up', 'Up', function() X = X + 1; print(X) end)",
    )
    const { Output } = await ao.dryrun({ process, tags: [{ name: "Action", value: "Up" }] })
    expect(Output.data).toContain("1")
    expect(await evaluate(process, "return X")).toBe("0")
  })
})

describe("the messenger", () => {
  test("refuses an item of which one bit was changed", async () => {
    const process = await aProcess()
    const raw = (await anItem(process)).getRaw()
    raw[raw.length - 3]! ^= 1
    expect(await post(raw)).toMatchObject({ status: 400 })
  })

  test("refuses an item for a process that does not exist", async () => {
    expect(await post((await anItem("x".repeat(43))).getRaw())).toMatchObject({ status: 404 })
  })

  test("gives an item one slot, however often it is posted", async () => {
    const process = await aProcess()
    const raw = (await anItem(process, { Action: "Nothing" })).getRaw()
    expect((await post(raw)).status).toBe(202)
    expect(await post(raw)).toEqual({ status: 400, body: { error: "Message already exists" } })
  })

  test("carries a message to another process, which trusts it by its Authority", async () => {
    const receiver = await aProcess(
      "Got = 'nothing'; Handlers.add('hear', 'Hear', function(m) Got = m.From end)",
    )
    const sender = await aProcess()
    await evaluate(sender, `ao.send({ Target = '${receiver}', Action = 'Hear' })`)
    await units.idle()
    expect(await evaluate(receiver, "return Got")).toBe(sender)
  })

  test("loses a message that it was told to lose, and nobody hears of it", async () => {
    const receiver = await aProcess(
      "Got = 0; Handlers.add('hear', 'Hear', function() Got = Got + 1 end)",
    )
    const sender = await aProcess()
    units.suffer({ drop: 1 })
    await evaluate(sender, `ao.send({ Target = '${receiver}', Action = 'Hear' })`)
    await units.idle()
    units.suffer({})
    expect(await evaluate(receiver, "return Got")).toBe("0")
  })

  test("ends the talk of two processes that answer each other for ever", async () => {
    const echo =
      "Count = 0; Handlers.add('ping', 'Ping', function(m) Count = Count + 1; ao.send({ Target = m.From, Action = 'Ping' }) end)"
    const one = await aProcess(echo)
    const other = await aProcess(echo)
    await evaluate(one, `ao.send({ Target = '${other}', Action = 'Ping' })`)
    await units.idle()
    expect(Number(await evaluate(one, "return Count"))).toBeLessThanOrEqual(32)
  })

  test("can take an item and never give it a slot; the same item gets one later", async () => {
    const process = await aProcess()
    const item = await anItem(process)
    units.suffer({ swallow: 1 })
    expect((await post(item.getRaw())).status).toBe(202)
    const ask = () => fetch(`${units.suUrl}/${item.id}?process-id=${process}`)
    expect((await ask()).status).toBe(404)
    await post(item.getRaw())
    expect((await ask()).status).toBe(200)
  })

  test("can put one item in two slots", async () => {
    const process = await aProcess()
    const item = await anItem(process)
    units.suffer({ twice: 1 })
    await post(item.getRaw())
    units.suffer({})
    const page = await slots(process)
    expect(page.filter((id) => id === item.id)).toHaveLength(2)
  })
})

async function slots(process: string, query = "", at = units.suUrl): Promise<string[]> {
  const response = await fetch(`${at}/${process}${query}`)
  const body = (await response.json()) as { edges: { node: { message: { id: string } } }[] }
  return body.edges.map(({ node }) => node.message.id)
}

describe("an endpoint", () => {
  test("pages slots by number, both ends included", async () => {
    const process = await aProcess()
    for (let n = 0; n < 3; n++) await say(process, { Action: "Nothing", N: String(n) })
    const all = await slots(process)
    expect(all).toHaveLength(5)
    expect(await slots(process, "?from=1&to=3")).toEqual(all.slice(1, 4))
  })

  test("tells the client when there is no next page of results", async () => {
    const process = await aProcess()
    const { edges } = await ao.results({ process, limit: 1, sort: "ASC" })
    const [first] = edges
    const page = async (query: string) => {
      const response = await fetch(`${units.cuUrl}/results/${process}?sort=ASC${query}`)
      return (await response.json()) as { pageInfo: { hasNextPage: boolean }; edges: unknown[] }
    }
    expect((await page("&limit=1")).pageInfo.hasNextPage).toBe(true)
    const rest = await page(`&limit=5&from=${first?.cursor}`)
    expect(rest.pageInfo.hasNextPage).toBe(false)
    expect(rest.edges).toHaveLength(1)
  })

  test("that lags or lies does so alone", async () => {
    const process = await aProcess()
    const lagging = await units.view({ lagSlots: 1 })
    expect(await slots(process, "", lagging.suUrl)).toHaveLength(1)
    expect(await slots(process)).toHaveLength(2)
    const failing = await units.view({ fail: { status: 503, path: "/cu", times: 1 } })
    expect((await fetch(`${failing.cuUrl}/result/x?process-id=y`)).status).toBe(503)
    expect((await fetch(`${failing.cuUrl}/result/x?process-id=y`)).status).toBe(404)
  })
})

test("the units come back after a restart with the same state, slot for slot", async () => {
  const process = await aProcess("X = 7")
  await say(process, { Action: "Fail" })
  await units.idle()
  const before = await units.stateHash(process)
  const seen = await slots(process)
  await units.stop()
  units = await startAo({ folder })
  ao = clientOf(units)
  expect(await units.stateHash(process)).toBe(before)
  expect(await slots(process)).toEqual(seen)
  expect(await evaluate(process, "return X")).toBe("7")
})
