// How the page is served: what a browser may run in it, what it may keep, and the bridge's public facts beside it.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { fastify } from "fastify"
import { afterAll, expect, test } from "vitest"
import { bridgeJson } from "../../../chains/bridge.ts"
import { site } from "../../../services/api/site.ts"
import { aPolicy } from "../../builders.ts"
import { deployment } from "../../chains/bitcoin/world.ts"

const bridge = { deployment, policy: aPolicy() }
const folder = mkdtempSync(path.join(tmpdir(), "causeway-site-"))
mkdirSync(path.join(folder, "assets"))
writeFileSync(path.join(folder, "index.html"), "<!doctype html><title>page</title>")
writeFileSync(path.join(folder, "assets", "main-abc.js"), "export {}")
writeFileSync(path.join(folder, "version.txt"), "1")
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function served(from = folder) {
  const server = fastify()
  await site(server, { bridge, folder: from })
  return server
}

test("a browser runs nothing in the page but our files, and speaks to nobody but us", async () => {
  const { headers, body } = await (await served()).inject("/")

  expect(body).toContain("<title>page</title>")
  const policy = String(headers["content-security-policy"])
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain("connect-src 'self'")
  expect(policy).toContain("frame-ancestors 'none'")
  expect(policy).not.toMatch(/unsafe|\*|https?:|data:/)
  expect(headers).toMatchObject({
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
  })
})

test("what has its hash in its name is kept for ever, and the page itself is asked for again", async () => {
  const server = await served()

  const page = await server.inject("/")
  const script = await server.inject("/assets/main-abc.js")
  const missing = await server.inject("/assets/gone.js")

  expect(page.headers["cache-control"]).toBe("no-cache")
  expect(script.headers["cache-control"]).toContain("immutable")
  expect(missing.statusCode).toBe(404)
  expect(missing.headers["cache-control"]).not.toContain("immutable")
})

test("nothing of the folder is served but the page and its files", async () => {
  const server = await served()

  for (const url of ["/version.txt", "/assets/../version.txt", "/assets/%2e%2e/version.txt"])
    expect((await server.inject(url)).statusCode).toBe(404)
})

test("the bridge's public facts are those of its file", async () => {
  const answer = await (await served()).inject("/bridge.json")

  expect(answer.json()).toEqual(bridgeJson(bridge))
})

test("a bridge whose page was not built says so", async () => {
  const answer = await (await served(path.join(folder, "none"))).inject("/")

  expect(answer.statusCode).toBe(404)
  expect(answer.body).toContain("npm run build:web")
})
