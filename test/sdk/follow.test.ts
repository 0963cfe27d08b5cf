// Following a transfer with the client: known by its transaction alone, through lost connections, to its end and no further.

import { once } from "node:events"
import { createServer, request } from "node:http"
import type { AddressInfo } from "node:net"
import { afterAll, beforeAll, expect, test } from "vitest"
import { openBridge } from "../../sdk/bridge.ts"
import { aSighting, pathTo } from "../builders.ts"
import { aServedBridge, aTransferIn, tell } from "../services/api/world.ts"

let bridge: Awaited<ReturnType<typeof aServedBridge>>
/** A proxy before the API, and how much of each answer it lets through before it hangs up. */
let flaky: string
let letThrough = Number.POSITIVE_INFINITY

beforeAll(async () => {
  bridge = await aServedBridge({ streams: { pollMs: 5 } })
  const proxy = createServer((asked, answer) => {
    const { method = "GET", url, headers } = asked
    let left = letThrough
    const passed = request(`${bridge.url}${url}`, { method, headers }, (told) => {
      answer.writeHead(told.statusCode!, told.headers)
      told.on("data", (chunk: Buffer) => {
        if (left > 0) answer.write(chunk.subarray(0, left))
        left -= chunk.length
        // In the middle of an event, most of the time.
        if (left <= 0) answer.end()
      })
      told.on("end", () => answer.end())
      answer.on("close", () => told.destroy())
    })
    passed.on("error", () => answer.destroy())
    passed.end()
  }).listen(0, "127.0.0.1")
  await once(proxy, "listening")
  afterAll(() => proxy.close())
  flaky = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
})

async function steps(url: string, what: string | { transaction: string }): Promise<string[]> {
  const events: string[] = []
  for await (const { kind, event } of openBridge(url).follow(what, { pauseMs: 5 }))
    if (kind === "step") events.push(event!)
  return events
}

const KINDS = pathTo("paid").map(({ kind }) => kind)

test("a transaction that nobody has seen yet is waited for, and everything of it told", async () => {
  const sighting = aSighting()
  const following = steps(bridge.url, { transaction: sighting.id.split(":")[1]! })

  for (const [place, event] of pathTo("paid", sighting).entries())
    await tell(bridge.sql, sighting.id, event, `${place}`)

  expect(await following).toEqual(KINDS)
})

test("a connection that is lost again and again loses nothing and repeats nothing", async () => {
  const id = await aTransferIn(bridge.sql, "paid")
  // Room for an event or two each time.
  letThrough = 2_000

  expect(await steps(flaky, id)).toEqual(KINDS)
  letThrough = Number.POSITIVE_INFINITY
})

test("whoever does not want to wait any more is let go, and what is no id is refused", async () => {
  const id = await aTransferIn(bridge.sql, "seen")
  const stop = new AbortController()
  const following = openBridge(bridge.url).follow(id, { signal: stop.signal, pauseMs: 5 })
  await following.next()
  const next = following.next().then(() => following.next())
  stop.abort()
  await expect(next).rejects.toThrow()
  await expect(openBridge(bridge.url).follow("nonsense").next()).rejects.toMatchObject({
    code: "bad-id",
  })
})
