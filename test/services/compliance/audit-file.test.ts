// The audit log on disk: it survives a crash, keeps its order, and shows whoever tampers with its file.

import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { afterAll, describe, expect, test } from "vitest"
import { AuditFile, verifyAuditFile } from "../../../services/compliance/audit-file.ts"
import { NOW } from "../../core/compliance/builders.ts"
import { keysOf, signAs } from "../../core/compliance/keys.ts"

const LOG = "services"
const keys = keysOf("sealer")
const folders: string[] = []
const entry = (transfer: string) => ({ type: "decision", data: { transfer }, atMs: NOW })
const rowsIn = (folder: string) => path.join(folder, "rows.jsonl")

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

test("rows that are asked for at once stand one behind the other", async () => {
  const folder = aFolder()
  const log = await AuditFile.open(folder, LOG, keys)

  const rows = await Promise.all(["a", "b", "c"].map((name) => log.append(entry(name))))
  await log.close()

  expect(rows.map(({ n }) => n)).toEqual([1, 2, 3])
  expect(await verifyAuditFile(folder, LOG, keys)).toEqual({
    rows: 3,
    head: rows[2]!.hash,
    sealed: 0,
    faults: [],
  })
})

test("time does not go back in it, though clocks do and callers overtake each other", async () => {
  const folder = aFolder()
  const log = await AuditFile.open(folder, LOG, keys)

  const times = [NOW + 5, NOW, NOW + 9]
  await Promise.all(times.map((atMs) => log.append({ ...entry("a"), atMs })))
  await log.close()

  expect(await verifyAuditFile(folder, LOG, keys)).toMatchObject({ rows: 3, faults: [] })
})

test("it goes on where it was, and what a crash left of a row is cut off", async () => {
  const folder = await written("a", "b")
  appendFileSync(rowsIn(folder), '{"n":3,"atMs":17')
  appendFileSync(path.join(folder, "checkpoints.jsonl"), '{"n":')

  const log = await AuditFile.open(folder, LOG, keys)
  const row = await log.append(entry("c"))
  await log.close()

  expect(row.n).toBe(3)
  expect(await verifyAuditFile(folder, LOG, keys)).toMatchObject({ rows: 3, faults: [] })
})

test("a checkpoint vouches for what stands before it", async () => {
  const folder = await written("a", "b")
  const log = await AuditFile.open(folder, LOG, keys)

  const point = await log.checkpoint(NOW, "sealer", signAs("sealer"))
  await log.append(entry("c"))
  await log.close()

  expect(point).toMatchObject({ n: 2, signer: "sealer" })
  expect(await verifyAuditFile(folder, LOG, keys)).toMatchObject({ rows: 3, sealed: 2, faults: [] })
})

test("an empty log has nothing to vouch for", async () => {
  const log = await AuditFile.open(aFolder(), LOG, keys)

  expect(await log.checkpoint(NOW, "sealer", signAs("sealer"))).toBeNull()
  await log.close()
})

describe("tampering is found, and the log is not opened again:", () => {
  test.each<[string, (file: string) => void, string]>([
    ["an edit", (file) => write(file, (text) => text.replace('"b"', '"x"')), "row changed"],
    [
      "a line that is gone",
      (file) => write(file, (text) => text.split("\n").toSpliced(1, 1).join("\n")),
      "row missing or out of place",
    ],
    [
      "an end that is cut off",
      (file) => write(file, (text) => `${text.split("\n").slice(0, 2).join("\n")}\n`),
      "log cut short",
    ],
    ["a file that is emptied", (file) => truncateSync(file), "log cut short"],
  ])("%s", async (_, tamper, fault) => {
    const folder = await written("a", "b", "c")
    const log = await AuditFile.open(folder, LOG, keys)
    await log.checkpoint(NOW, "sealer", signAs("sealer"))
    await log.close()

    tamper(rowsIn(folder))

    expect((await verifyAuditFile(folder, LOG, keys)).faults.map((one) => one.fault)).toContain(
      fault,
    )
    await expect(AuditFile.open(folder, LOG, keys)).rejects.toThrow(/journal-damaged/)
  })

  test("rows and their checkpoints together, by a checkpoint that was published", async () => {
    const folder = await written("a", "b", "c")
    const log = await AuditFile.open(folder, LOG, keys)
    const point = await log.checkpoint(NOW, "sealer", signAs("sealer"))
    await log.close()
    const other = await written("a", "y", "z")

    expect((await verifyAuditFile(other, LOG, keys)).faults).toEqual([])
    expect((await verifyAuditFile(other, LOG, keys, [point!])).faults).toEqual([
      { n: 3, fault: "history rewritten" },
    ])
  })

  test("a line that is no row", async () => {
    const folder = await written("a")
    appendFileSync(rowsIn(folder), "{}\n")

    await expect(verifyAuditFile(folder, LOG, keys)).rejects.toThrow(/lacks n/)
    appendFileSync(rowsIn(folder), "none\n")
    await expect(AuditFile.open(folder, LOG, keys)).rejects.toThrow(/bad-config/)
  })
})

test("what is no row is refused, and the log goes on", async () => {
  const folder = aFolder()
  const log = await AuditFile.open(folder, LOG, keys)

  await expect(log.append({ ...entry("a"), type: "Odd Type" })).rejects.toThrow(/bad-config/)
  await expect(log.append({ ...entry("a"), data: Number.NaN })).rejects.toThrow(/bad-request/)
  await log.append(entry("b"))
  await log.close()

  expect(await verifyAuditFile(folder, LOG, keys)).toMatchObject({ rows: 1, faults: [] })
  await expect(log.append(entry("c"))).rejects.toThrow(/journal-unwritable/)
})

async function written(...names: readonly string[]): Promise<string> {
  const folder = aFolder()
  const log = await AuditFile.open(folder, LOG, keys)
  for (const name of names) await log.append(entry(name))
  await log.close()
  return folder
}

function write(file: string, change: (text: string) => string): void {
  writeFileSync(file, change(readFileSync(file, "utf8")))
}

function aFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "causeway-audit-"))
  folders.push(folder)
  return folder
}
