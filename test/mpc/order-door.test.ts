// The door where anybody may hand in an order to stop: open to everybody, also while somebody would rather keep it shut.

import { once } from "node:events"
import { request } from "node:http"
import { connect, type Socket } from "node:net"
import { afterEach, beforeEach, expect, test } from "vitest"
import { BridgeError } from "../../core/errors.ts"
import type { Listening } from "../../mpc/listening.ts"
import { serveOrders } from "../../mpc/order-door.ts"

let clock: number
let heard: unknown[]
let door: Listening
const sockets: Socket[] = []

beforeEach(async () => {
  clock = 1_800_000_000_000
  heard = []
  const hear = async (json: unknown) => {
    if (!Array.isArray(Object(json).orders)) throw new BridgeError("bad-request", { problems: "?" })
    heard.push(json)
    return { held: [] }
  }
  door = await serveOrders("0.0.0.0:0", { hear }, () => clock)
  return () => door.close()
})

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
})

const port = () => Number(door.address.split(":").at(-1))

/** The status of the answer, or how the connection ended without one. */
async function post(from: string, text: string, path = "/orders"): Promise<number | string> {
  const asked = request({
    ...{ host: "127.0.0.1", port: port(), localAddress: from, agent: false },
    ...{ method: "POST", path },
  })
  try {
    const [reply] = await once(asked.end(text), "response")
    reply.resume()
    return reply.statusCode
  } catch (error) {
    return (error as { code: string }).code
  }
}

const ORDERS = JSON.stringify({ orders: [] })

test("an order is taken from anybody, and nothing else is", async () => {
  expect(await post("127.0.0.1", ORDERS)).toBe(200)
  expect(await post("127.0.0.2", ORDERS)).toBe(200)
  expect(heard).toHaveLength(2)
  expect(await post("127.0.0.1", "{")).toBe(400)
  expect(await post("127.0.0.1", "{}")).toBe(400)
  expect(await post("127.0.0.1", `"${"x".repeat(100_000)}"`)).not.toBe(200)
  expect(await post("127.0.0.1", "{}", "/sign")).toBe(404)
  expect(heard).toHaveLength(2)
})

test("a flood from one address is refused, and keeps nobody else's order out", async () => {
  const flood: (number | string)[] = []
  for (let n = 0; n < 40; n++) flood.push(await post("127.0.0.2", "{}"))
  expect(flood.filter((status) => status === 429)).toHaveLength(20)

  expect(await post("127.0.0.3", ORDERS)).toBe(200)
  clock += 1_000
  expect(await post("127.0.0.2", ORDERS)).toBe(200)
})

test("a flood from many addresses leaves each of the others its first order of a second", async () => {
  for (let n = 0; n < 300; n++) await post(`127.0.1.${(n % 15) + 1}`, "{}")

  expect(await post("127.0.1.1", ORDERS)).toBe(429)
  expect(await post("127.0.2.1", ORDERS)).toBe(200)
  expect(await post("127.0.2.1", ORDERS)).toBe(429)
})

test("whoever holds connections open and says nothing keeps nobody out", async () => {
  for (let n = 0; n < 600; n++) {
    const socket = connect({ host: "127.0.0.1", port: port(), localAddress: "127.0.0.2" })
    socket.on("error", () => {})
    sockets.push(socket)
    await once(socket, "connect")
  }

  expect(await post("127.0.0.3", ORDERS)).toBe(200)
})
