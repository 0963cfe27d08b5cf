// Webhooks with a real listener and the official verifier: signed, in order, again until taken, once per event, and never to us.

import { once } from "node:events"
import { createServer, type IncomingMessage } from "node:http"
import type { AddressInfo, LookupFunction } from "node:net"
import { Webhook } from "standardwebhooks"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { RETRY_MS, retryAfterMs } from "../../../core/retries.ts"
import {
  type NewWebhook,
  type WebhookBody,
  webhook,
  webhookBody,
  webhookMessages,
  webhooks,
} from "../../../sdk/schemas/webhooks.ts"
import type { Api } from "../../../services/api/context.ts"
import { demandTarget, publicLookup } from "../../../services/api/safe-target.ts"
import { Delivery } from "../../../services/api/webhook-delivery.ts"
import { anId, aPolicy, aSighting, pathTo } from "../../builders.ts"
import { apiKey, aServedBridge, aTransferIn, deployment, tell } from "./world.ts"

interface Heard {
  readonly path: string
  readonly headers: IncomingMessage["headers"]
  readonly text: string
}
const heard: Heard[] = []
/** Status by path; 200 when there is none. */
const answers = new Map<string, number>()
let listener: string
let bridge: Awaited<ReturnType<typeof aServedBridge>>
let delivery: Delivery

beforeAll(async () => {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const path = request.url!
    heard.push({ path, headers: request.headers, text: Buffer.concat(chunks).toString() })
    const status = answers.get(path) ?? 200
    // Nobody follows this.
    response.writeHead(status, { location: `${listener}/elsewhere` }).end("x".repeat(1_000))
  }).listen(0, "127.0.0.1")
  await once(server, "listening")
  afterAll(() => server.close())
  listener = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  bridge = await aServedBridge({ webhooks: { allowPrivate: true, delivers: false } })
  const parts = { deployment, policy: aPolicy(), operators: [], connections: {}, screening: null }
  const api: Api = { sql: bridge.sql, ...parts, webhooks: { allowPrivate: true } }
  delivery = new Delivery(api, apiKey, (error) => {
    throw error
  })
  afterAll(() => delivery.close())
})

async function ask(
  method: string,
  path: string,
  { key, body }: { key?: string; body?: object } = {},
) {
  const response = await fetch(`${bridge.url}${path}`, {
    method,
    headers: {
      ...(key && { authorization: `Bearer ${key}` }),
      ...(body && { "content-type": "application/json" }),
    },
    ...(body && { body: JSON.stringify(body) }),
  })
  const told = (await response.json()) as NewWebhook & { error: { code: string } }
  return { status: response.status, body: told }
}

async function aWebhook(path: string, words: { addresses?: string[]; transfers?: string[] }) {
  const { status, body } = await ask("POST", "/webhooks", {
    body: { url: `${listener}${path}`, ...words },
  })
  expect(status).toBe(201)
  return body
}

/** What a path heard, verified by the official package; pings left out. */
function told(path: string, secret: string): (WebhookBody & { id: string })[] {
  return heard
    .filter((one) => one.path === path)
    .map(({ headers, text }) => {
      new Webhook(secret).verify(text, headers as Record<string, string>)
      return { ...webhookBody.parse(JSON.parse(text)), id: headers["webhook-id"] as string }
    })
    .filter(({ type }) => type !== "webhook.ping")
}

const messagesOf = async ({ id, key }: NewWebhook) =>
  webhookMessages.parse((await ask("GET", `/webhooks/${id}/messages`, { key })).body).messages

/** Nothing is waited for: what waits for its next attempt is due now. */
const hurry = () => bridge.sql`update webhook_messages set next_at = now()`

// Case 152
describe("messages", () => {
  test("are signed, one for each change and in order, for the addresses that were asked for and no others", async () => {
    const sender = anId("alice")
    const made = await aWebhook("/all", { addresses: [sender] })
    const sighting = aSighting({ sender })
    const events = pathTo("paid", sighting)

    for (const [place, event] of events.entries())
      await tell(bridge.sql, sighting.id, event, `${place}`)
    await aTransferIn(bridge.sql, "paid", aSighting({ sender: anId("somebody else") }))
    await Promise.all([delivery.round(), delivery.round()])

    const messages = told("/all", made.secret)
    expect(messages.map(({ type }) => type)).toEqual(
      events.map(({ kind }) => `transfer.${kind.toLowerCase()}`),
    )
    expect(messages.map(({ data }) => data.sequence)).toEqual(events.map((_, place) => place + 1))
    expect(messages[0]!.data.transfer!.id).toBe(sighting.id)
    const forged = heard.find(({ path }) => path === "/all")!
    const headers = forged.headers as Record<string, string>
    expect(() => new Webhook(made.secret).verify(`${forged.text} `, headers)).toThrow()
  })

  test("that are not taken come again, the same to the letter, and the next ones wait for them", async () => {
    const sender = anId("bob")
    const made = await aWebhook("/down", { addresses: [sender] })
    answers.set("/down", 500)
    const sighting = aSighting({ sender })
    for (const [place, event] of pathTo("ready", sighting).entries())
      await tell(bridge.sql, sighting.id, event, `${place}`)

    await delivery.round()
    const [waiting] = (await messagesOf(made)).slice(-1)
    expect(waiting).toMatchObject({ state: "waiting", attempts: 1, failure: "it answered 500" })
    expect(Date.parse(waiting!.nextAt!)).toBeGreaterThan(Date.now() + 2_000)
    await hurry()
    await delivery.round()
    answers.delete("/down")
    await hurry()
    await delivery.round()

    const messages = told("/down", made.secret)
    expect(messages.map(({ data }) => data.sequence)).toEqual([1, 1, 1, 2, 3])
    expect(new Set(messages.slice(0, 3).map((one) => JSON.stringify(one))).size).toBe(1)
  })

  test("are given up after a day, with all that wait; a replay by id sends it again, and the others after it", async () => {
    const sender = anId("carol")
    const made = await aWebhook("/dead", { addresses: [sender] })
    answers.set("/dead", 302)
    const sighting = aSighting({ sender })
    for (const [place, event] of pathTo("confirmed", sighting).entries())
      await tell(bridge.sql, sighting.id, event, `${place}`)
    for (let attempt = 0; attempt <= RETRY_MS.length; attempt += 1) {
      await hurry()
      await delivery.round()
    }
    const { key } = made
    const listed = async () =>
      webhooks.parse((await ask("GET", "/webhooks", { key })).body).webhooks[0]!
    expect(await listed()).toMatchObject({
      state: "failing",
      failure: "it answered 302",
      waiting: 1,
    })
    expect(heard.filter(({ path }) => path === "/elsewhere")).toEqual([])

    answers.delete("/dead")
    const failed = (await messagesOf(made)).find(({ state }) => state === "failed")!
    const path = `/webhooks/${made.id}/messages/${failed.id}/replay`
    expect((await ask("POST", path, { key })).body).toMatchObject({ state: "active", waiting: 2 })
    await delivery.round()

    const messages = told("/dead", made.secret).slice(-2)
    expect(messages.map(({ data }) => data.sequence)).toEqual([1, 2])
    expect(messages[0]!.id).toBe(failed.id)
    expect((await messagesOf(made)).every(({ state }) => state === "delivered")).toBe(true)
  })

  test("about one transfer come, and stop when the webhook is ended", async () => {
    const sighting = aSighting()
    const [first, second] = pathTo("confirmed", sighting)
    const made = await aWebhook("/one", { transfers: [sighting.id] })
    await tell(bridge.sql, sighting.id, first!, "0")
    await delivery.round()

    const ended = await ask("DELETE", `/webhooks/${made.id}`, { key: made.key })
    await tell(bridge.sql, sighting.id, second!, "1")
    await delivery.round()

    expect(webhook.parse(ended.body).transfers).toEqual([sighting.id])
    expect(told("/one", made.secret).map(({ data }) => data.event)).toEqual(["Seen"])
  })
})

describe("a webhook", () => {
  test("is its key's alone, and a key may have several", async () => {
    const made = await aWebhook("/mine", { addresses: [anId("dora")] })
    const other = await aWebhook("/other", { addresses: [anId("dora")] })
    const { key } = made
    const body = { url: `${listener}/too`, addresses: [anId("dora")] }
    expect((await ask("POST", "/webhooks", { key, body })).body.key).toBe(key)

    expect(webhooks.parse((await ask("GET", "/webhooks", { key })).body).webhooks).toHaveLength(2)
    const stolen = [
      await ask("DELETE", `/webhooks/${other.id}`, { key }),
      await ask("GET", `/webhooks/${other.id}/messages`, { key }),
      await ask("POST", `/webhooks/${other.id}/messages/msg_1/replay`, { key }),
    ]
    expect(stolen.map(({ status }) => status)).toEqual([404, 404, 404])
    expect((await ask("GET", "/webhooks", { key: "cwk_nothing" })).status).toBe(401)
    const rows = await bridge.sql`select * from webhooks`
    expect(JSON.stringify(rows, (_, value) => `${value}`)).not.toContain(key)
  })

  test("that does not answer a ping is none: nobody can have messages sent to a stranger", async () => {
    answers.set("/stranger", 404)
    const body = { url: `${listener}/stranger`, addresses: [anId("eve")] }
    expect(await ask("POST", "/webhooks", { body })).toMatchObject({
      status: 400,
      body: { error: { code: "bad-request", detail: { ping: "it answered 404" } } },
    })
    expect((await ask("POST", "/webhooks", { body: { url: listener } })).status).toBe(400)
  })
})

describe("our own network is out of reach", () => {
  test.each([
    "http://example.org/",
    "https://127.0.0.1/",
    "https://0x7f.1/",
    "https://2130706433/",
    "https://169.254.169.254/latest/meta-data",
    "https://10.1.2.3/",
    "https://[::1]/",
    "https://[::ffff:10.0.0.1]/",
    "https://[fd00::1]/",
    "https://user:word@example.org/",
    "file:///etc/passwd",
  ])("%s is refused", (url) => {
    expect(() => demandTarget(url, { allowPrivate: false })).toThrow("bad-request")
  })

  test.each<[string, string[], boolean]>([
    ["a public address", ["93.184.216.34"], true],
    ["one private address", ["10.0.0.7"], false],
    ["a private address behind a public one", ["93.184.216.34", "127.0.0.1"], false],
    ["nothing", [], false],
  ])("a name that stands for %s", (_, addresses, isReached) => {
    const rows = addresses.map((address) => ({ address, family: 4 }))
    const look: LookupFunction = publicLookup((_name, _options, done) => done(null, rows))
    for (const all of [true, false])
      look("rebind.example", { all }, (error, found) => {
        expect(error === null).toBe(isReached)
        if (isReached) expect(found).toEqual(all ? rows : addresses[0])
      })
  })
})

test("attempts spread over a day, each later than the one before, and there is a last one", () => {
  const waits = RETRY_MS.map((_, place) => retryAfterMs(place + 1, 0.5)!)
  const sum = waits.reduce((all, one) => all + one, 0)
  expect(waits).toEqual([...waits].sort((a, b) => a - b))
  expect(sum / 3_600_000).toBeGreaterThan(22)
  expect(sum / 3_600_000).toBeLessThan(24)
  expect(retryAfterMs(RETRY_MS.length + 1, 0)).toBeNull()
  expect([retryAfterMs(1, 0), retryAfterMs(1, 0.999_999)]).toEqual([4_500, 5_500])
})
