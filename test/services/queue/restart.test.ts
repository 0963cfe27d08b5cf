// A PostgreSQL server that dies under the books and the queue and starts anew, as after an out-of-memory kill.

import { mkdtempSync, rmSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { pino } from "pino"
import { afterAll, beforeAll, expect, test, vi } from "vitest"
import { type PostgresServer, startPostgres } from "../../../devnet/postgres.ts"
import { startDispatcher } from "../../../services/queue/dispatch.ts"
import { openQueue } from "../../../services/queue/queue.ts"
import { startWorkers } from "../../../services/queue/workers.ts"
import { advance } from "../../../services/store/advance.ts"
import { openDatabase, type Sql } from "../../../services/store/database.ts"
import { balancesNow, balancesRecounted } from "../../../services/store/ledger.ts"
import { migrate } from "../../../services/store/migrate.ts"
import { transfersById } from "../../../services/store/transfers.ts"
import { aSighting, pathTo } from "../../builders.ts"
import { wholeLife } from "./stations.ts"

const folder = mkdtempSync(path.join(tmpdir(), "causeway-restart-"))
const data = path.join(folder, "data")
const log = pino({ level: "silent" })
const WAIT = { timeout: 60_000, interval: 20 }
// Its own: the one of the test run is everybody's, and forgets what it has committed when it dies.
let server: PostgresServer
let sql: Sql
beforeAll(async () => {
  server = await startPostgres(data)
  sql = openDatabase(server.url)
  await migrate(sql)
})
afterAll(async () => {
  await sql.end({ timeout: 5 })
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** One of its processes is killed: PostgreSQL ends all others, and recovers from its log. */
async function crash(times: number): Promise<void> {
  const [own] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`
  process.kill(own!.pid, "SIGKILL")
  await vi.waitFor(async () => {
    const said = await readFile(path.join(data, "server.log"), "utf8")
    expect(said.match(/all server processes terminated; reinitializing/g)).toHaveLength(times)
  }, WAIT)
}

// Cases 102 and 144.
test("with transfers under way pays each of them once, and nobody halts", async () => {
  const halts: unknown[] = []
  const queue = await openQueue({ database: server.url, redis: null }, log)
  startWorkers(sql, queue, wholeLife(sql), { log, onHalt: (error) => halts.push(error) })
  const dispatcher = await startDispatcher(sql, queue, log, { pollMs: 50, sweepMs: 500 })
  const sightings = Array.from({ length: 60 }, () => aSighting())
  const ids = sightings.map(({ id }) => id)
  const furthest = async () =>
    Math.max(0, ...[...(await transfersById(sql, ids)).values()].map(({ version }) => version))
  const tell = () =>
    advance(
      sql,
      sightings.flatMap((one) =>
        pathTo("confirmed", one).map((event) => ({ transfer: one.id, key: event.kind, event })),
      ),
    )

  await tell()
  for (const [at, version] of [3, 4, 5].entries()) {
    await vi.waitFor(async () => expect(await furthest()).toBeGreaterThanOrEqual(version), WAIT)
    await crash(at + 1)
    // Whoever was cut in the middle tells it again.
    await vi.waitFor(tell, WAIT)
  }

  await vi.waitFor(async () => {
    const now = [...(await transfersById(sql, ids)).values()]
    expect(now.filter(({ state }) => state === "paid")).toHaveLength(60)
  }, WAIT)
  const now = [...(await transfersById(sql, ids)).values()]
  expect(now.filter(({ version }) => version !== 6)).toEqual([])
  expect(await balancesRecounted(sql, "AR")).toEqual(await balancesNow(sql, "AR"))
  expect(halts).toEqual([])
  await dispatcher.close()
  await queue.close()
})
