// The embedded server: one owner at a time, nothing lost when the owner is killed.

import { type ChildProcess, spawn } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, expect, test } from "vitest"
import { startPostgres } from "../../devnet/postgres.ts"
import { openDatabase } from "../../services/store/database.ts"

const folder = mkdtempSync(path.join(tmpdir(), "causeway-postgres-"))
// Making one takes seconds, and every test leaves it without a server.
const data = path.join(folder, "data")
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test("a server is shared while its owner lives, and stops with the owner, killed or not", async () => {
  const owner = await startOwner()
  const shared = await startPostgres(data)
  expect(shared).toMatchObject({ shared: true, url: owner.url })
  await shared.stop()
  const pid = postmaster()

  owner.process.kill("SIGKILL")

  await expect.poll(() => isAlive(pid), { timeout: 20_000 }).toBe(false)
})

test("who takes up the folder of a killed owner finds its rows", async () => {
  const owner = await startOwner()
  const first = openDatabase(owner.url)
  await first`create table kept (word text)`
  await first`insert into kept values ('here')`
  await first.end()

  owner.process.kill("SIGKILL")
  await new Promise((resolve) => owner.process.once("exit", resolve))
  const taken = await startPostgres(data)

  expect(taken.shared).toBe(false)
  const second = openDatabase(taken.url)
  expect(await second`select word from kept`).toHaveLength(1)
  await second.end()
  await taken.stop()
  const gone = openDatabase(taken.url)
  await expect(gone`select 1`).rejects.toThrow(/ECONNREFUSED/)
  await gone.end()
})

test("a server that outlived its owner and the guard is adopted as it runs", async () => {
  const owner = await startOwner()
  process.kill(Number(readFileSync(path.join(data, "causeway.guard"), "utf8")), "SIGKILL")
  const pid = postmaster()
  owner.process.kill("SIGKILL")
  await new Promise((resolve) => owner.process.once("exit", resolve))

  const adopted = await startPostgres(data)

  expect(adopted).toMatchObject({ shared: false, url: owner.url })
  expect(postmaster()).toBe(pid)
  await adopted.stop()
  expect(isAlive(pid)).toBe(false)
})

function postmaster(): number {
  return Number.parseInt(readFileSync(path.join(data, "postmaster.pid"), "utf8"), 10)
}

function isAlive(pid: number): boolean {
  const status = path.join("/proc", `${pid}`, "status")
  return existsSync(status) && !/^State:\s+Z/m.test(readFileSync(status, "utf8"))
}

/** Another process that starts the server of `data` and stays up. */
async function startOwner(): Promise<{ process: ChildProcess; url: string }> {
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
