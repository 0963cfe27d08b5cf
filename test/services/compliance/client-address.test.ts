// Whose request it is, behind proxies of ours and behind those of strangers.

import http from "node:http"
import type { AddressInfo } from "node:net"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { clientOf, type Trust, trustOf } from "../../../services/compliance/client-address.ts"

let trust: Trust
let address: string | undefined
const server = http.createServer((request, response) => {
  address = clientOf(request, trust)?.text
  response.end()
})

beforeAll(async () => {
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening))
})
afterAll(async () => {
  await new Promise((closed) => server.close(closed))
})

async function ask(proxies: readonly string[], forwarded?: string) {
  trust = trustOf(proxies)
  const { port } = server.address() as AddressInfo
  const headers = forwarded === undefined ? {} : { "x-forwarded-for": forwarded }
  await fetch(`http://127.0.0.1:${port}`, { headers })
  return address ?? null
}

describe("behind a proxy of ours the client is", () => {
  test.each<[string, string, string | null]>([
    ["whom it names", "5.9.1.1", "5.9.1.1"],
    ["the last that it did not pass on blindly", "8.8.8.8, 5.9.1.1", "5.9.1.1"],
    ["the one before our other proxy", "8.8.8.8, 5.9.1.1, 10.0.0.7", "5.9.1.1"],
    ["an IPv4 address, however it is written", "::ffff:5.9.1.1", "5.9.1.1"],
    ["unknown when it names a private address", "192.168.1.1", null],
    ["unknown when it names no address", "unknown", null],
    ["unknown when it names nothing", "", null],
  ])("%s", async (_, forwarded, expected) => {
    expect(await ask(["127.0.0.1", "10.0.0.0/8"], forwarded)).toBe(expected)
  })

  test("unknown when it names only our proxies, though they have a place", async () => {
    expect(await ask(["127.0.0.1", "5.9.9.0/24"], "5.9.9.9")).toBeNull()
  })

  test("unknown without the header: the proxy does not lend its place", async () => {
    expect(await ask(["127.0.0.1"])).toBeNull()
  })
})

test("a stranger's header is not believed", async () => {
  expect(await ask([], "5.9.1.1")).toBeNull()
  expect(await ask(["10.0.0.0/8"], "5.9.1.1")).toBeNull()
})

test("what is neither an address nor a block is no proxy", () => {
  expect(() => trustOf(["proxy.example"])).toThrow(/bad-config/)
})
