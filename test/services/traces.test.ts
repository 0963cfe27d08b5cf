// What an OpenTelemetry collector hears of transfers that have ended.

import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { pino } from "pino"
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest"
import type { Sighting, State } from "../../core/transfer.ts"
import type { Sql } from "../../services/store/database.ts"
import { keepSigning } from "../../services/store/signings.ts"
import { startTraces } from "../../services/traces/traces.ts"
import { aSighting, pathTo } from "../builders.ts"
import { testDatabase } from "../database.ts"
import { tell } from "./api/world.ts"

interface Span {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly events: readonly { readonly name: string }[]
}

const heard: Span[] = []
let refusals = 0
let sql: Sql
let collector: Server
let stop: () => Promise<void>

beforeAll(async () => {
  sql = (await testDatabase()).sql
  collector = createServer(async (asked, reply) => {
    let text = ""
    for await (const part of asked) text += part
    refusals -= 1
    // 400 is not tried again by the exporter itself.
    if (refusals >= 0) return reply.writeHead(400).end()
    const told = JSON.parse(text)
    heard.push(...told.resourceSpans[0].scopeSpans[0].spans)
    return reply.writeHead(200, { "content-type": "application/json" }).end("{}")
  })
  await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve))
  const { port } = collector.address() as AddressInfo
  const url = `http://127.0.0.1:${port}/v1/traces`
  await arrive(before, "sent")
  stop = startTraces({ sql, log: pino({ level: "silent" }), url }, 20)
})
afterAll(async () => {
  await stop()
  collector.close()
})
beforeEach(() => {
  heard.length = 0
  refusals = 0
})

const before = aSighting()

async function arrive(sighting: Sighting, state: State, from = 0): Promise<void> {
  const events = pathTo(state, sighting).slice(from)
  for (const event of events) await tell(sql, sighting.id, event, event.kind)
}

const spansOf = (name: string) => heard.filter((span) => span.name === name)

test("a transfer is one trace, with a span for each state and the signers' votes", async () => {
  const one = aSighting()
  await arrive(one, "signing")
  await keepSigning(sql, {
    ...{ session: "s-1", plan: `plan of ${one.id}`, chain: "ao", scheme: "rsa", threshold: 3 },
    ...{ transfers: [one.id], outcome: "signed", tookMs: 40 },
    votes: [
      { signer: 1, name: "ana", vote: "signed", code: null, ms: 12 },
      { signer: 2, name: "ben", vote: "refused", code: "over-cap", ms: 30 },
    ],
  })
  await arrive(one, "paid", pathTo("signing", one).length)

  await vi.waitFor(() => expect(spansOf("AR arweave to ao")).toHaveLength(1))

  const [root] = spansOf("AR arweave to ao")
  expect(heard.map(({ name }) => name).sort()).toEqual(
    ["AR arweave to ao", "confirmed", "ready", "seen", "sent", "signers asked", "signing"].sort(),
  )
  for (const span of heard.filter((span) => span !== root)) {
    expect(span).toMatchObject({ traceId: root!.traceId, parentSpanId: root!.spanId })
    expect(BigInt(span.endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(span.startTimeUnixNano))
  }
  const [asked] = spansOf("signers asked")
  expect(asked!.events.map(({ name }) => name)).toEqual(["ana: signed", "ben: refused"])
})

test("what was under way at the start is told when it ends, and what has not ended is not", async () => {
  await arrive(aSighting(), "held")
  await arrive(before, "paid", pathTo("sent", before).length)

  await vi.waitFor(() => expect(spansOf("AR arweave to ao")).toHaveLength(1))

  expect(new Set(heard.map(({ traceId }) => traceId)).size).toBe(1)
})

test("what the collector refused is told again, under the same ids", async () => {
  refusals = 2
  const one = aSighting()
  await arrive(one, "dropped")

  await vi.waitFor(() => expect(spansOf("AR arweave to ao").length).toBeGreaterThan(0))

  expect(refusals).toBeLessThan(0)
  expect(new Set(heard.map(({ spanId }) => spanId)).size).toBe(2)
})
