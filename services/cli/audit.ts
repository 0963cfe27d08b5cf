// `causeway audit`: `checkpoint` keeps what vouches for the log of decisions, `verify` says whether it is whole and not cut
// short; `watch` and `report` are the auditor's.

import { join } from "node:path"
import { parseArgs } from "node:util"
import { parseBridge } from "../../chains/bridge.ts"
import { BridgeError } from "../../core/errors.ts"
import { firstVault } from "../../core/orders.ts"
import { verifyAuditFile } from "../compliance/audit-file.ts"
import { auditKeys, auditLogOf } from "../compliance/audit-trail.ts"
import { checkpointsIn, keepCheckpoint } from "./audit-checkpoint.ts"
import type { Terminal } from "./commands.ts"
import { jsonFile } from "./json-file.ts"

export async function run(words: readonly string[], terminal: Terminal): Promise<number> {
  if (words[0] === "watch" || words[0] === "report")
    return (await import("./audit-watch.ts")).run(words, terminal)
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      folder: { type: "string" },
      writer: { type: "string", default: "all" },
      key: { type: "string" },
      checkpoints: { type: "string" },
      api: { type: "string" },
      out: { type: "string", default: "checkpoints.jsonl" },
      json: { type: "boolean", default: false },
    },
  })
  if (positionals[0] === "checkpoint") {
    const { api, key, out } = values
    if (!api || !key) throw new BridgeError("bad-request", { missing: "--api URL and --key KEY" })
    const { checkpoint, isNew } = await keepCheckpoint(api, out, key)
    const text = `${isNew ? "kept" : "kept before"}: the first ${checkpoint.n} rows, in ${out}`
    terminal.out(values.json ? JSON.stringify({ ok: true, checkpoint, isNew, out }) : text)
    return 0
  }
  if (positionals[0] !== "verify" || !values.folder)
    throw new BridgeError("bad-request", { known: "checkpoint, verify, watch or report" })
  const bridge = parseBridge(await jsonFile(join(values.folder, "bridge.json")))
  const { folder, log } = auditLogOf(values.folder, firstVault(bridge.deployment), values.writer)
  const key = values.key ?? (await keyIn(values.folder))
  const published = values.checkpoints ? await checkpointsIn(values.checkpoints) : []
  const report = await verifyAuditFile(folder, log, auditKeys(key), published)
  const isWhole = report.faults.length === 0
  const text = [
    `${report.rows} rows, head ${report.head}`,
    `a checkpoint vouches for the first ${report.sealed}; what comes after could be cut off unseen`,
    ...report.faults.map(({ n, fault }) => `row ${n}: ${fault}`),
    isWhole ? "whole" : "NOT WHOLE",
  ]
  terminal.out(values.json ? JSON.stringify({ ok: isWhole, ...report }) : text.join("\n"))
  return isWhole ? 0 : 1
}

/** The public half; whoever does not trust the folder gives the key that they know. */
async function keyIn(folder: string): Promise<string> {
  const { x } = (await jsonFile(join(folder, "audit-key.json"))) as { x: string }
  return x
}
