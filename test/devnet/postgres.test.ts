// The embedded server: one owner at a time, nothing lost when the owner is killed.

import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, expect, test } from "vitest"
import { startPostgres } from "../../devnet/postgres.ts"
import { openDatabase } from "../../services/store/database.ts"

const folder = mkdtempSync(path.join(tmpdir(), "causeway-postgres-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test("a server of a killed owner is adopted with its rows, and stops with its new owner", async () => {
  const data = path.join(folder, "adopted")
  const owner = await startOwner(data)
  const first = openDatabase(owner.url)
  await first`create table kept (word text)`
  await first`insert into kept values ('here')`
  const shared = await startPostgres(data)
  expect(shared.shared).toBe(true)
  await shared.stop()
  expect(await first`select word from kept`).toHaveLength(1)
  await first.end()

  owner.process.kill("SIGKILL")
  await new Promise((resolve) => owner.process.once("exit", resolve))
  const adopted = await startPostgres(data)

  expect(adopted).toMatchObject({ shared: false, url: owner.url })
  const second = openDatabase(adopted.url)
  expect(await second`select word from kept`).toHaveLength(1)
  await second.end()
  await adopted.stop()
  const gone = openDatabase(adopted.url)
  await expect(gone`select 1`).rejects.toThrow(/ECONNREFUSED/)
  await gone.end()
})

/** Another process that starts the server of `data` and stays up. */
async function startOwner(data: string): Promise<{ process: ChildProcess; url: string }> {
  const module = fileURLToPath(new URL("../../devnet/postgres.ts", import.meta.url))
  const script = `
    import(${JSON.stringify(module)}).then(async ({ startPostgres }) => {
      console.log((await startPostgres(${JSON.stringify(data)})).url)
      setInterval(() => {}, 1000)
    })`
  const child = spawn(process.execPath, ["--import", "tsx", "--eval", script], {
    stdio: ["ignore", "pipe", "inherit"],
  })
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.once("data", (line) => resolve(String(line).trim()))
    child.once("exit", () => reject(new Error("the owner died")))
  })
  return { process: child, url }
}
