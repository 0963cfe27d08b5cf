// The operators' console: who gets an answer, and what needs people.

import { generateKeyPairSync } from "node:crypto"
import { afterAll, beforeAll, expect, test } from "vitest"
import { signWith } from "../../../chains/seals.ts"
import { signedHeaders } from "../../../chains/signed-request.ts"
import type { ConsoleView } from "../../../sdk/schemas/console.ts"
import { consoleRoutes } from "../../../services/api/console.ts"
import { serveApi } from "../../../services/api/server.ts"
import { logFor } from "../../../services/log.ts"
import { advance } from "../../../services/store/advance.ts"
import { pause } from "../../../services/store/controls.ts"
import type { Sql } from "../../../services/store/database.ts"
import { giveOrder } from "../../../services/store/orders.ts"
import { aPolicy, aSighting, pathTo } from "../../builders.ts"
import { deployment } from "../../chains/bitcoin/world.ts"
import { testDatabase } from "../../database.ts"

const people = Object.fromEntries(
  ["one", "two", "watchdog", "stranger"].map((name) => {
    const { privateKey } = generateKeyPairSync("ed25519")
    const { x } = privateKey.export({ format: "jwk" })
    return [name, { name, key: String(x), sign: signWith(privateKey) }]
  }),
) as Record<string, { name: string; key: string; sign: (text: string) => string }>
const named = (name: string) => ({ name, key: people[name]!.key })

let sql: Sql
let served: Awaited<ReturnType<typeof serveApi>>
beforeAll(async () => {
  sql = (await testDatabase()).sql
  const parts = {
    ...{ sql, deployment, policy: aPolicy(), screening: null },
    operators: [named("one"), named("two")],
    pausers: [named("watchdog")],
    connections: {
      arweave: { tip: () => Promise.reject(new Error("http://secret.example/key")) },
    },
    endpoints: { arweave: { urls: { node: ["https://node.example/some-secret"] } } },
    gas: () => ({ ethereum: 1.5 }),
  }
  served = await serveApi(
    { ...parts, connections: {} },
    "127.0.0.1:0",
    logFor("api", "silent"),
    async (server) => consoleRoutes(server, parts),
  )
})
afterAll(() => served.close())

async function ask(who: string, url = "/console", nowMs = Date.now()) {
  const bridge = `${deployment.network} ${deployment.vault}`
  const asked = { method: "GET", url: "/console", body: null }
  const headers = signedHeaders(bridge, people[who]!, asked, nowMs)
  const response = await fetch(`${served.url}${url}`, { headers })
  return (await response.json()) as ConsoleView & { error?: { code: string } }
}

test("only those on a list get an answer, for what they signed, and only now", async () => {
  expect((await ask("one")).who).toEqual({ name: "one", roles: ["operator"] })
  expect((await ask("watchdog")).who).toEqual({ name: "watchdog", roles: ["pauser"] })
  expect((await ask("stranger")).error?.code).toBe("bad-signature")
  expect((await ask("one", "/console?more")).error?.code).toBe("bad-signature")
  expect((await ask("one", "/console", Date.now() - 120_000)).error?.code).toBe("bad-signature")
  const bare = await fetch(`${served.url}/console`)
  expect(bare.ok).toBe(false)
})

test("what is held is named with the command that begins to decide it", async () => {
  const held = aSighting()
  const fine = aSighting()
  for (const [one, state] of [
    [held, "held"],
    [fine, "ready"],
  ] as const)
    for (const [place, event] of pathTo(state, one).entries())
      await advance(sql, [{ transfer: one.id, key: `${place}`, event }])

  const { stuck } = await ask("one")

  expect(stuck).toMatchObject([
    {
      transfer: { id: held.id, state: "held" },
      why: "held",
      command: `causeway operator approve ${held.id} --key operator.json`,
    },
  ])
})

test("a pause tells which operators want it over, and not who else signed so", async () => {
  await pause(sql, { chain: "arweave", direction: "in", reason: "test", by: "one" })
  const [{ order } = { order: "" }] = (await ask("one")).resumes
  for (const operator of ["one", "somebody"])
    await giveOrder(sql, { body: order, operator, signature: operator })

  expect((await ask("two")).resumes).toEqual([{ order, given: ["one"], needed: 2 }])
})

test("endpoints are told by their host, and their trouble by its code: the rest may be a secret", async () => {
  const view = await ask("one")

  expect(view.endpoints[0]).toMatchObject({
    ...{
      chain: "arweave",
      hosts: ["node.example"],
      height: null,
      problem: "failed",
      disagreed: null,
      each: [],
    },
  })
  expect(JSON.stringify(view)).not.toContain("secret")
  expect(view.gas).toEqual({ ethereum: 1.5 })
})
