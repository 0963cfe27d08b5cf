// A local network's folder: one at a time, and the same ports when they are free.

import { spawn } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import path from "node:path"
import { afterEach, beforeEach, expect, test } from "vitest"
import { claimFolder, keepPorts, portsIn } from "../../devnet/folder.ts"
import { freePort } from "../../devnet/postgres.ts"

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "causeway-folder-"))
})
afterEach(() => rmSync(folder, { recursive: true }))

test("a folder that a living process has is refused, and free again when it is left", () => {
  const leave = claimFolder(folder)

  expect(() => claimFolder(folder)).toThrow(`runsAlready process ${process.pid}`)
  leave()

  claimFolder(folder)()
})

test("the folder of a killed process can be taken, even when another one has its number", async () => {
  const child = spawn(process.execPath, ["-e", ""])
  await new Promise((resolve) => child.once("exit", resolve))
  writeFileSync(path.join(folder, "launcher.pid"), `${child.pid} 1\n`)
  claimFolder(folder)()

  writeFileSync(path.join(folder, "launcher.pid"), `${process.pid} 1\n`)

  claimFolder(folder)()
})

test("a port that somebody else has taken meanwhile is not asked for again", async () => {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve))
  const ports = { arweave: await freePort(), ao: (taken.address() as { port: number }).port }
  await keepPorts(folder, ports)

  const known = await portsIn(folder)
  taken.close()

  expect(known).toEqual({ arweave: ports.arweave })
})

test("a first start knows no ports", async () => {
  expect(await portsIn(folder)).toEqual({})
})
