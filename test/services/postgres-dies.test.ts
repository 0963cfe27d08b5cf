// The database server itself is killed under load, and comes back: every transfer is paid once, without anybody's help.

import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pino } from "pino"
import { expect, test, vi } from "vitest"
import { freePort, startPostgres } from "../../devnet/postgres.ts"
import { startDispatcher } from "../../services/queue/dispatch.ts"
import { openQueue } from "../../services/queue/queue.ts"
import { startWorkers } from "../../services/queue/workers.ts"
import { advance } from "../../services/store/advance.ts"
import { openDatabase } from "../../services/store/database.ts"
import { balancesNow, balancesRecounted } from "../../services/store/ledger.ts"
import { migrate } from "../../services/store/migrate.ts"
import { aSighting, pathTo } from "../builders.ts"
import { wholeLife } from "./queue/stations.ts"

const COUNT = 60
/** A job that a worker held when the server died is another's when its lock has run out: half a minute, or twice that. */
const WAIT = { timeout: 100_000, interval: 100 }

// Case 144
test("a database server that is killed and started again leaves every transfer paid once", async () => {
  const folder = mkdtempSync(join(tmpdir(), "causeway-chaos-"))
  const data = join(folder, "data")
  const port = await freePort()
  let server = await startPostgres(data, { durable: false, port })
  const sql = openDatabase(server.url)
  await migrate(sql)
  const log = pino({ level: "silent" })
  const queue = await openQueue({ database: server.url, redis: null }, log)
  const halts: unknown[] = []
  startWorkers(sql, queue, wholeLife(sql), { log, onHalt: (error) => halts.push(error) })
  const dispatcher = await startDispatcher(sql, queue, log, { pollMs: 50, sweepMs: 300 })
  const sightings = Array.from({ length: COUNT }, () => aSighting())
  await advance(
    sql,
    sightings.flatMap((one) =>
      pathTo("confirmed", one).map((event) => ({ transfer: one.id, key: event.kind, event })),
    ),
  )
  const states = async () =>
    (await sql<{ state: string; n: number }[]>`
      select state, count(*)::int as n from transfers group by state`.catch(() => [])) as {
      state: string
      n: number
    }[]
  await vi.waitFor(async () => {
    expect((await states()).some(({ state }) => state !== "confirmed")).toBe(true)
  }, WAIT)

  process.kill(Number.parseInt(readFileSync(join(data, "postmaster.pid"), "utf8"), 10), "SIGKILL")
  await server.stop()
  server = await startPostgres(data, { durable: false, port })

  await vi.waitFor(async () => expect(await states()).toEqual([{ state: "paid", n: COUNT }]), WAIT)
  const [row] = await sql<{ versions: number[] }[]>`
    select array_agg(distinct version) as versions from transfers`
  expect(row!.versions).toEqual([6])
  expect(await balancesRecounted(sql, "AR")).toEqual(await balancesNow(sql, "AR"))
  expect(halts).toEqual([])
  await dispatcher.close()
  await queue.close()
  await sql.end({ timeout: 5 })
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
}, 120_000)
