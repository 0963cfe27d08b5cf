// Transfers while they happen: every change once and in order, also for who was away; and an end when there is one.

import { connect } from "node:net"
import { beforeAll, expect, test, vi } from "vitest"
import type { Progress } from "../../../sdk/schemas/timeline.ts"
import { progress } from "../../../sdk/schemas/timeline.ts"
import { advance } from "../../../services/store/advance.ts"
import { aBlock, aSighting, pathTo } from "../../builders.ts"
import { aServedBridge, aTransferIn, tell } from "./world.ts"

let bridge: Awaited<ReturnType<typeof aServedBridge>>

beforeAll(async () => {
  bridge = await aServedBridge({ streams: { pollMs: 10, perClientMax: 2, quietMs: 20 } })
})

/** Far more than it takes. */
const PATIENT = { timeout: 20_000, interval: 20 }

interface Told {
  readonly id: string | null
  readonly event: string
  readonly data: Progress
}

/** Opens a stream; `next` waits for its next event, null at its end. */
async function follow(id: string, lastEventId?: string) {
  const headers = lastEventId === undefined ? {} : { "last-event-id": lastEventId }
  const response = await fetch(`${bridge.url}/transfers/${id}/events`, { headers })
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ""
  const next = async (): Promise<Told | null> => {
    for (;;) {
      const end = text.indexOf("\n\n")
      if (end >= 0) {
        const lines = text.slice(0, end).split("\n")
        text = text.slice(end + 2)
        const field = (name: string) =>
          lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? null
        const data = field("data")
        if (data !== null)
          return {
            ...{ id: field("id"), event: field("event")! },
            data: progress.parse(JSON.parse(data)),
          }
        continue
      }
      const { value, done } = await reader!.read()
      if (done) return null
      text += value
    }
  }
  return { status: response.status, next, leave: () => reader?.cancel() }
}

async function rest(next: () => Promise<Told | null>): Promise<Told[]> {
  const all: Told[] = []
  for (let one = await next(); one !== null; one = await next()) all.push(one)
  return all
}

test("each change is told once, in order, and the stream ends when it is paid", async () => {
  const sighting = aSighting()
  const events = pathTo("paid", sighting)
  await tell(bridge.sql, sighting.id, events[0]!, "0")

  const stream = await follow(sighting.id)
  const first = await stream.next()
  for (const [place, event] of events.slice(1).entries())
    await tell(bridge.sql, sighting.id, event, `${place + 1}`)
  const told = [first!, ...(await rest(stream.next))].filter(({ event }) => event === "step")

  expect(told.map(({ data }) => data.event)).toEqual(events.map(({ kind }) => kind))
  expect(told.map(({ id }) => id)).toEqual(events.map((_, place) => `${place + 1}`))
  expect(told.at(-1)!.data.transfer.state).toBe("paid")
})

test("who comes back misses nothing and hears nothing twice, and nothing at all after the end", async () => {
  const id = await aTransferIn(bridge.sql, "paid")

  const again = await follow(id, "4")
  const told = await rest(again.next)
  const over = await follow(id, "6")

  expect(told.map((one) => [one.id, one.data.event])).toEqual([
    ["5", "Signed"],
    ["6", "Settled"],
  ])
  expect(over.status).toBe(204)
})

test("confirmations are told as they come, and are no change of the transfer", async () => {
  const id = await aTransferIn(bridge.sql, "seen")
  const stream = await follow(id, "1")
  expect((await stream.next())!.data.transfer.confirmations).toEqual({ have: 5, need: 10 })

  const block = { ...aBlock(105), parent: aBlock(104).id, sightings: [], settlements: [] }
  await advance(bridge.sql, [], {
    blocks: { chain: "arweave", head: aBlock(104), append: [block] },
  })

  const told = await stream.next()
  expect(told).toMatchObject({ id: null, event: "progress", data: { kind: "progress" } })
  expect(told!.data.transfer.confirmations.have).toBe(6)
  await stream.leave()
})

test("one client gets so many streams, and one that it leaves is free again", async () => {
  const id = await aTransferIn(bridge.sql, "seen")
  const streams = [await follow(id), await follow(id)]
  expect((await follow(id)).status).toBe(429)

  await streams[0]!.leave()

  const again = async (): Promise<number> => {
    const stream = await follow(id)
    // The server hears of it when the connection is closed.
    if (stream.status === 429) return again()
    await stream.leave()
    return stream.status
  }
  expect(await again()).toBe(200)
  await streams[1]!.leave()
})

test("whoever is gone before the stream begins takes no place of others", async () => {
  const id = await aTransferIn(bridge.sql, "seen")
  const { hostname, port } = new URL(bridge.url)

  for (let n = 0; n < 20; n++)
    await new Promise<void>((gone) => {
      const socket = connect(Number(port), hostname, () => {
        const asked = `GET /transfers/${id}/events HTTP/1.1\r\nhost: here\r\n\r\n`
        socket.write(asked, () => socket.destroy())
      })
      socket.once("close", () => gone())
    })

  // The server hears of the last ones when their connections are closed.
  await vi.waitFor(async () => {
    const two = await Promise.all([follow(id), follow(id)])
    for (const { leave } of two) await leave()
    expect(two.map(({ status }) => status)).toEqual([200, 200])
  }, PATIENT)
})
