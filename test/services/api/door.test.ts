// Who comes in at the API, how often, and with what a browser is told: nothing of it may depend on what a stranger says.

import { once } from "node:events"
import { connect } from "node:net"
import { pino } from "pino"
import { beforeAll, expect, onTestFinished, test, vi } from "vitest"
import { aServedBridge } from "./world.ts"

/** Far more than it takes. */
const PATIENT = { timeout: 20_000, interval: 20 }

let url: string
let shy: string

beforeAll(async () => {
  url = (await aServedBridge()).url
  shy = (await aServedBridge({ door: { perMinute: 3, proxies: ["10.9.8.7"] } })).url
})

test("a browser runs nothing of an answer, frames nothing, and guesses no type", async () => {
  for (const path of ["/health", "/reference", "/nowhere"]) {
    const { headers } = await fetch(`${url}${path}`)
    const policy = headers.get("content-security-policy")!
    expect(policy.split(";")).toEqual(
      expect.arrayContaining(["default-src 'none'", "style-src 'self'", "frame-ancestors 'none'"]),
    )
    expect(policy).not.toMatch(/script-src|unsafe/)
    expect(headers.get("x-content-type-options")).toBe("nosniff")
    expect(headers.get("access-control-allow-origin")).toBe("*")
    expect(headers.get("cache-control")).toBe("no-store")
    expect(headers.get("server") ?? headers.get("x-powered-by")).toBeNull()
  }
})

test("other sites may ask, send JSON and show a key", async () => {
  const { status, headers } = await fetch(`${url}/webhooks`, { method: "OPTIONS" })
  expect(status).toBe(204)
  expect(headers.get("access-control-allow-methods")).toBe("GET, POST, DELETE")
  expect(headers.get("access-control-allow-headers")).toContain("authorization")
})

test("one client gets so many answers a minute, whatever it says that it is, and is told when to come back", async () => {
  const ask = (from: string) => fetch(`${shy}/ledger`, { headers: { "x-forwarded-for": from } })
  for (const from of ["1.1.1.1", "2.2.2.2", "3.3.3.3"]) expect((await ask(from)).status).toBe(200)

  const refused = await ask("4.4.4.4")

  expect(refused.status).toBe(429)
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0)
  expect(await refused.json()).toMatchObject({ error: { code: "too-many-requests" } })
})

test("what is too long or no JSON is refused in the one shape that refusals have", async () => {
  const headers = { "content-type": "application/json" }
  const post = async (body: string) => {
    const response = await fetch(`${url}/quotes`, { method: "POST", headers, body })
    return { status: response.status, body: await response.json() }
  }
  expect(await post(JSON.stringify("x".repeat(70_000)))).toMatchObject({
    ...{ status: 413, body: { error: { code: "bad-request" } } },
  })
  expect(await post("{")).toMatchObject({ status: 400, body: { error: { code: "bad-request" } } })
})

test("whoever is gone before an answer is no failure of ours", async () => {
  const said: string[] = []
  const log = pino({ level: "warn" }, { write: (line: string) => said.push(line) })
  const { url } = await aServedBridge({}, log)
  const { hostname, port } = new URL(url)

  for (let n = 0; n < 50; n++)
    await new Promise<void>((gone) => {
      const socket = connect(Number(port), hostname, () => {
        socket.write("GET /health HTTP/1.1\r\nhost: here\r\n\r\n", () => socket.resetAndDestroy())
      })
      socket.once("close", () => gone())
    })

  expect((await fetch(`${url}/ledger`)).status).toBe(200)
  expect(said).toEqual([])
})

test("whoever opens connection after connection takes no place of others", async () => {
  const { url } = await aServedBridge({ door: { places: { all: 8, each: 4 } } })
  const { hostname: host, port } = new URL(url)
  const open = async (localAddress: string) => {
    const socket = connect({ host, port: Number(port), localAddress })
    onTestFinished(() => void socket.destroy())
    socket.on("error", () => {})
    await once(socket, "connect")
    return socket
  }

  const flood = await Promise.all(Array.from({ length: 12 }, () => open("127.0.0.2")))
  await vi.waitFor(() => expect(flood.filter(({ closed }) => closed)).toHaveLength(8), PATIENT)
  expect((await fetch(`${url}/ledger`)).status).toBe(200)

  // Where all places are taken, whoever has had one longest goes.
  for (let n = 3; n < 40; n++) await open(`127.0.0.${n}`)
  await vi.waitFor(() => expect(flood.filter(({ closed }) => closed)).toHaveLength(12), PATIENT)
  expect((await fetch(`${url}/ledger`)).status).toBe(200)
})
