// `causeway audit verify`: a log that is whole passes, and one that was edited, cut short or written anew does not.

import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { beforeEach, expect, test } from "vitest"
import { bridgeJson } from "../../../chains/bridge.ts"
import { run } from "../../../services/cli/audit.ts"
import { AuditTrail, auditKeyIn, auditLogOf } from "../../../services/compliance/audit-trail.ts"
import { deployment } from "../../chains/builders.ts"
import { policy } from "../../mpc/world.ts"

const NOW = 1_795_910_400_000

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "causeway-audit-cli-"))
  await writeFile(join(folder, "bridge.json"), JSON.stringify(bridgeJson({ deployment, policy })))
  await write("a", "b", "c")
  return () => rm(folder, { recursive: true })
})

const place = () => auditLogOf(folder, deployment.vault, "all")
const rows = () => join(place().folder, "rows.jsonl")

/** As the services write it, sealed at its end. */
async function write(...names: readonly string[]): Promise<void> {
  const trail = await AuditTrail.open(place(), await auditKeyIn(folder), () => NOW)
  for (const transfer of names) await trail.append("decisions", NOW, { transfer })
  await trail.seal()
  await trail.close()
}

async function verified(...more: readonly string[]) {
  const said: string[] = []
  const terminal = { out: (text: string) => void said.push(text), note: () => {}, isTty: false }
  const code = await run(["verify", "--folder", folder, "--json", ...more], terminal)
  const report = JSON.parse(said[0]!) as { ok: boolean; rows: number; faults: { fault: string }[] }
  return { code, ok: report.ok, rows: report.rows, faults: report.faults.map((one) => one.fault) }
}

test("a log that nobody touched is whole", async () => {
  expect(await verified()).toEqual({ code: 0, ok: true, rows: 3, faults: [] })
})

test.each<[string, (text: string) => string, string]>([
  ["an edit", (text) => text.replace('"b"', '"x"'), "row changed"],
  [
    "a row less",
    (text) => text.split("\n").toSpliced(1, 1).join("\n"),
    "row missing or out of place",
  ],
  ["its end cut off", (text) => `${text.split("\n").slice(0, 2).join("\n")}\n`, "log cut short"],
  ["nothing left", () => "", "log cut short"],
])("a log with %s is not, and the command fails", async (_, change, fault) => {
  await writeFile(rows(), change(await readFile(rows(), "utf8")))

  const { code, ok, faults } = await verified()

  expect([code, ok]).toEqual([1, false])
  expect(faults).toContain(fault)
})

test("a log that was written anew with its own key is found by a checkpoint kept elsewhere", async () => {
  const kept = join(folder, "kept.jsonl")
  await cp(join(place().folder, "checkpoints.jsonl"), kept)
  await rm(place().folder, { recursive: true })
  await write("a", "x", "c")

  expect((await verified()).ok).toBe(true)
  expect((await verified("--checkpoints", kept)).ok).toBe(false)
})

test("a log that another key has sealed is nobody's", async () => {
  const other = "A".repeat(43)

  expect((await verified("--key", other)).ok).toBe(false)
})
