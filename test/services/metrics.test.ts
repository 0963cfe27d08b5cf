// What the services tell of themselves: what is in the tables now, and nothing that is there no more.

import { beforeAll, expect, test } from "vitest"
import { serveMetrics, servicesMeter } from "../../services/metrics.ts"
import { pause, resume } from "../../services/store/controls.ts"
import type { Sql } from "../../services/store/database.ts"
import { recordHeartbeat } from "../../services/store/heartbeats.ts"
import { aSighting } from "../builders.ts"
import { testDatabase } from "../database.ts"
import { arrive } from "./payout/world.ts"

let sql: Sql
beforeAll(async () => {
  sql = (await testDatabase()).sql
  await arrive(sql, aSighting())
  await recordHeartbeat(sql, { scheme: "evm", period: 7, signers: [1, 2, 3] }, new Uint8Array(64))
})

const MINUTE_LATER = () => Date.now() + 60_000

/** The values of a metric by its labels, as they are written. */
async function told(text: string, name: string) {
  const lines = text.split("\n").filter((line) => line.startsWith(`causeway_${name}`))
  return Object.fromEntries(lines.map((line) => line.slice(9 + name.length).split(" ")))
}

test("what waits, how far a chain was read, and how long ago, are told", async () => {
  const text = await servicesMeter(sql, MINUTE_LATER).text()

  expect(await told(text, "transfers_under_way")).toEqual({
    '{state="ready",source="arweave"}': "1",
  })
  expect(await told(text, "chain_height")).toEqual({ '{chain="arweave"}': "100" })
  const quiet = Number((await told(text, "chain_quiet_seconds"))['{chain="arweave"}'])
  expect(quiet).toBeGreaterThanOrEqual(60)
  expect(quiet).toBeLessThan(120)
  expect(await told(text, "orders_waiting")).toMatchObject({ '{kind="plan",chain="ao"}': "1" })
  expect(Number((await told(text, "heartbeat_age_seconds"))['{scheme="evm"}'])).toBeGreaterThan(59)
})

test("a pause is told while it lasts", async () => {
  const meter = servicesMeter(sql)
  await pause(sql, { chain: "bsc", reason: "finality-broken", by: "watcher", direction: "out" })
  expect(await told(await meter.text(), "paused")).toEqual({ '{chain="bsc",direction="out"}': "1" })

  await resume(sql, { chain: "bsc", direction: "out", by: "people" })

  expect(await told(await meter.text(), "paused")).toEqual({})
})

test("gas money is told in coins, and incidents are counted by kind", async () => {
  const meter = servicesMeter(sql)
  meter.gas("bsc", 1_234_567_890_000_000_000n)
  for (const kind of ["stalled", "wallet", "stalled"]) meter.incident("bsc", kind)

  const served = await serveMetrics("127.0.0.1:0", meter)
  const answer = await fetch(`${served.url}/metrics`)
  const text = await answer.text()
  const other = await fetch(`${served.url}/transfers`)
  await served.close()

  expect(answer.headers.get("content-type")).toContain("text/plain")
  expect(other.status).toBe(404)
  expect(await told(text, "gas_wallet_coins")).toEqual({ '{chain="bsc"}': "1.234567" })
  expect(await told(text, "incidents_total")).toEqual({
    '{chain="bsc",kind="stalled"}': "2",
    '{chain="bsc",kind="wallet"}': "1",
  })
})

test("whoever runs the process is told that it lives, and whether it can work", async () => {
  const { sql: lost } = await testDatabase()
  const well = await serveMetrics("127.0.0.1:0", servicesMeter(sql))
  const ill = await serveMetrics("127.0.0.1:0", servicesMeter(lost))
  await lost.end()
  const ask = async (url: string, path: string) => (await fetch(`${url}${path}`)).status

  expect(await ask(well.url, "/healthz")).toBe(200)
  expect(await ask(well.url, "/readyz")).toBe(200)
  expect(await ask(ill.url, "/healthz")).toBe(200)
  expect(await ask(ill.url, "/readyz")).toBe(503)
  await Promise.all([well.close(), ill.close()])
})

test("a chain that learns what was paid before a backup came back is told until it has", async () => {
  await sql`insert into recoveries (chain) values ('ao')`
  const text = await servicesMeter(sql).text()
  await sql`update recoveries set ended_at = now()`
  const after = await servicesMeter(sql).text()

  expect(await told(text, "recovering")).toEqual({ '{chain="ao"}': "1" })
  expect(await told(after, "recovering")).toEqual({})
})
