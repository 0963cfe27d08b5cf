// The database server itself is killed under load, and comes back: every transfer is paid once, without anybody's help.

import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, onTestFinished, test, vi } from "vitest"
import { type Child, startChild } from "../../devnet/child.ts"
import { freePort, startPostgres } from "../../devnet/postgres.ts"
import { advance } from "../../services/store/advance.ts"
import { openDatabase, type Sql } from "../../services/store/database.ts"
import { balancesNow, balancesRecounted } from "../../services/store/ledger.ts"
import { migrate } from "../../services/store/migrate.ts"
import { aSighting, pathTo } from "../builders.ts"

const COUNT = 60
/** A job that a worker held when the server died is another's when its lock has run out: half a minute, or twice that. */
const WAIT = { timeout: 100_000, interval: 100 }
/** What the services end with after an error that halts: nobody starts them again then. */
const HALTED = 3

// Case 144
test("a database server that is killed and started again leaves every transfer paid once", async () => {
  const folder = mkdtempSync(join(tmpdir(), "causeway-chaos-"))
  const data = join(folder, "data")
  const port = await freePort()
  const first = await startPostgres(data, { durable: false, port })
  await asked(first.url, async (sql) => {
    await migrate(sql)
    await advance(sql, sixty())
  })
  const workers = await supervised(first.url, join(folder, "work.log"))
  await vi.waitFor(async () => expect(await states(first.url)).not.toEqual(["confirmed"]), WAIT)

  process.kill(Number.parseInt(readFileSync(join(data, "postmaster.pid"), "utf8"), 10), "SIGKILL")
  await first.stop()
  const second = await startPostgres(data, { durable: false, port })
  onTestFinished(async () => {
    await workers.stop()
    await second.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  await vi.waitFor(async () => expect(await states(second.url)).toEqual(["paid"]), WAIT)
  await asked(second.url, async (sql) => {
    const rows = await sql`select version, count(*)::int as n from transfers group by version`
    expect([...rows]).toEqual([{ version: 6, n: COUNT }])
    expect(await balancesRecounted(sql, "AR")).toEqual(await balancesNow(sql, "AR"))
  })
  expect(workers.codes()).not.toContain(HALTED)
}, 120_000)

function sixty() {
  return Array.from({ length: COUNT }, () => aSighting()).flatMap((one) =>
    pathTo("confirmed", one).map((event) => ({ transfer: one.id, key: event.kind, event })),
  )
}

async function asked<Answer>(url: string, ask: (sql: Sql) => Promise<Answer>): Promise<Answer> {
  const sql = openDatabase(url, { connections: 1 })
  try {
    return await ask(sql)
  } finally {
    await sql.end({ timeout: 5 })
  }
}

function states(url: string): Promise<readonly string[]> {
  return asked(url, async (sql) => {
    const rows = await sql<{ state: string }[]>`select distinct state from transfers`
    return rows.map(({ state }) => state)
  })
}

/** Starts the work again whenever it ends, as systemd and Kubernetes do. */
async function supervised(url: string, logFile: string) {
  const script = new URL("./postgres-dies-process.ts", import.meta.url)
  const codes: (number | null)[] = []
  let isStopping = false
  let child: Child | null = null
  const start = async (): Promise<void> => {
    child = await startChild({ name: "work", script, args: [url], logFile }).catch(() => null)
    if (child === null) return isStopping ? undefined : start()
    child.ended.then(({ code }) => {
      codes.push(code)
      if (!isStopping) start()
    })
  }
  await start()
  return {
    codes: () => codes,
    async stop() {
      isStopping = true
      await child?.stop()
    },
  }
}
