// Deposit addresses by the API: the same for the same person, known to the bridge, and never for nobody.

import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest"
import { depositOutput } from "../../../chains/bitcoin/deposit.ts"
import { destinationIn } from "../../../chains/bitcoin/destination.ts"
import { ApiError, type BridgeApi, bridgeApi } from "../../../sdk/client.ts"
import { ROUTES } from "../../../sdk/schemas/routes.ts"
import { serveApi } from "../../../services/api/server.ts"
import { logFor } from "../../../services/log.ts"
import { openClaims } from "../../../services/store/claims.ts"
import type { Sql } from "../../../services/store/database.ts"
import { newNotes } from "../../../services/store/notes.ts"
import { anId, aPolicy } from "../../builders.ts"
import { aDestination, REFUND_TO, vault } from "../../chains/bitcoin/builders.ts"
import { deployment } from "../../chains/bitcoin/world.ts"
import { testDatabase } from "../../database.ts"

let sql: Sql
let served: Awaited<ReturnType<typeof serveApi>>
let api: BridgeApi

const bridge = { ...deployment, tokens: { AR: anId("wAR"), BTC: anId("wBTC") } }
const recipient = aDestination().recipient

beforeAll(async () => {
  sql = (await testDatabase()).sql
  const parts = {
    sql,
    deployment: bridge,
    policy: aPolicy(),
    operators: [],
    connections: {},
    screening: null,
  }
  served = await serveApi(parts, "127.0.0.1:0", logFor("api", "silent"))
  api = bridgeApi(served.url)
})
afterAll(() => served.close())

const refusal = (wish: Parameters<BridgeApi["depositAddress"]>[0]) =>
  api.depositAddress(wish).then(
    () => "made",
    (error: unknown) => (error instanceof ApiError ? error.code : "failed"),
  )

test("an address follows from whom it is for, and whoever has its note can prove it", async () => {
  const wish = { recipient, refundTo: REFUND_TO }

  const made = await api.depositAddress(wish)
  const again = await api.depositAddress(wish)
  const other = await api.depositAddress({ ...wish, index: 1 })

  expect(again).toEqual(made)
  expect(other.address).not.toBe(made.address)
  const destination = destinationIn(made.note, "devnet")!
  expect(destination).toEqual({ ...wish, refundKey: null, index: 0 })
  expect(depositOutput(vault, destination).address).toBe(made.address)
  expect(await newNotes(sql, "bitcoin")()).toEqual([made.note, other.note])
})

test.each([
  ["nobody on AO", { recipient: "somebody", refundTo: REFUND_TO }, "bad-address"],
  ["a token's own process", { recipient: bridge.tokens.BTC, refundTo: REFUND_TO }, "bad-address"],
  ["no address to go back to", { recipient, refundTo: "" }, "bad-address"],
  [
    "an address of another network",
    { recipient, refundTo: "1BoatSLRHtKNngkdXEeobR76b53LETtpyT" },
    "bad-address",
  ],
  ["an index that is none", { recipient, refundTo: REFUND_TO, index: -1 }, "bad-request"],
])("an address for %s is refused, and not kept", async (_, wish, code) => {
  const before = (await newNotes(sql, "bitcoin")()).length

  expect(await refusal(wish)).toBe(code)

  expect(await newNotes(sql, "bitcoin")()).toHaveLength(before)
})

test("an address that was paid before is kept with the payment, for the watcher to go back to", async () => {
  const transaction = "ab".repeat(32)
  const { note } = await api.depositAddress({
    recipient,
    refundTo: REFUND_TO,
    index: 9,
    transaction,
  })

  expect(await openClaims(sql, "bitcoin", 10)).toMatchObject([{ note, transaction }])
})

test("one client is made so many addresses a minute, and may ask for everything else meanwhile", async () => {
  const parts = {
    sql,
    deployment: bridge,
    policy: aPolicy(),
    operators: [],
    connections: {},
    screening: null,
  }
  const own = await serveApi(parts, "127.0.0.1:0", logFor("api", "silent"))
  onTestFinished(() => own.close())
  const ask = (path: string, init?: RequestInit) => fetch(`${own.url}${path}`, init)
  const body = JSON.stringify({ recipient, refundTo: REFUND_TO })
  const post = { method: "POST", headers: { "content-type": "application/json" }, body }

  for (let n = 0; n < ROUTES.addresses.perMinute; n += 1)
    expect((await ask("/addresses", post)).status).toBe(200)

  const refused = await ask("/addresses", post)
  expect(refused.status).toBe(429)
  expect(await refused.json()).toMatchObject({ error: { code: "too-many-requests" } })
  expect((await ask("/transfers")).status).toBe(200)
})
