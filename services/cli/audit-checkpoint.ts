// `causeway audit checkpoint`: takes what vouches for the log of decisions now, and keeps it where the log is not.

import { appendFile, readFile } from "node:fs/promises"
import { seals } from "../../chains/seals.ts"
import { type Checkpoint, checkpointIn, checkpointText } from "../../core/compliance/audit-log.ts"
import { BridgeError } from "../../core/errors.ts"
import { auditKeys } from "../compliance/audit-trail.ts"

export interface Kept {
  readonly checkpoint: Checkpoint
  /** False when it is the one that was kept last. */
  readonly isNew: boolean
}

/**
 * Asks the API and appends what it says to `file`, one JSON checkpoint a line. `key`: the log's public key, as it was told
 * by somebody else than the API. Throws `bad-signature` for a checkpoint under another key, and `journal-damaged` when
 * it belies one that was kept before: a log that became shorter, or says something else of the same row.
 */
export async function keepCheckpoint(api: string, file: string, key: string): Promise<Kept> {
  const response = await fetch(`${api}/audit`)
  if (!response.ok) throw new BridgeError("not-supported", { audit: `status ${response.status}` })
  const told = (await response.json()) as { log: string; checkpoint: unknown }
  if (told.checkpoint === null) throw new BridgeError("not-found", { checkpoint: "no row yet" })
  const checkpoint = checkpointIn(told.checkpoint)
  const own = auditKeys(key)[checkpoint.signer]
  if (!own || !seals.verify(own, checkpointText(told.log, checkpoint), checkpoint.signature))
    throw new BridgeError("bad-signature", { checkpoint: checkpoint.n, key })
  const before = (await checkpointsIn(file)).at(-1)
  if (
    before &&
    (checkpoint.n < before.n || (checkpoint.n === before.n && checkpoint.head !== before.head))
  )
    throw new BridgeError("journal-damaged", { row: checkpoint.n, kept: before.n })
  const isNew = before?.n !== checkpoint.n
  if (isNew) await appendFile(file, `${JSON.stringify(checkpoint)}\n`, { mode: 0o600 })
  return { checkpoint, isNew }
}

/** One JSON checkpoint a line, as they were kept; none when there is no file. */
export async function checkpointsIn(file: string): Promise<readonly Checkpoint[]> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return ""
    throw error
  })
  const lines = text.split("\n").filter((line) => line.trim() !== "")
  return lines.map((line) => checkpointIn(JSON.parse(line)))
}
