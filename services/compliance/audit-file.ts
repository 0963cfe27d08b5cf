// The audit log as files: rows that are on disk before anybody acts on them, checkpoints beside them, and their check.

import { createReadStream } from "node:fs"
import { type FileHandle, mkdir, open } from "node:fs/promises"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { seals } from "../../chains/seals.ts"
import {
  type Checkpoint,
  checkLog,
  checkpointAt,
  checkpointIn,
  type LogReport,
  type LogRow,
  logRowIn,
  nextRow,
} from "../../core/compliance/audit-log.ts"
import type { Sign } from "../../core/compliance/seals.ts"
import { BridgeError } from "../../core/errors.ts"

const ROWS = "rows.jsonl"
const CHECKPOINTS = "checkpoints.jsonl"

/** One writer's log: `rows.jsonl` and `checkpoints.jsonl` in a folder of its own. */
export class AuditFile {
  readonly #log: string
  readonly #folder: string
  readonly #rows: FileHandle
  #last: LogRow | null
  /** Rows go to disk one after the other, in the order of their numbers. */
  #queue: Promise<unknown> = Promise.resolve()
  #failure: BridgeError | null = null

  private constructor(log: string, folder: string, rows: FileHandle, last: LogRow | null) {
    this.#log = log
    this.#folder = folder
    this.#rows = rows
    this.#last = last
  }

  /**
   * Opens a log, or begins it. What a crash left of a row behind the last whole one was never confirmed to anybody,
   * and is cut off. Throws `journal-damaged` for any other fault in it, as `verifyAuditFile` would find it.
   */
  static async open(
    folder: string,
    log: string,
    keys: Readonly<Record<string, string>>,
  ): Promise<AuditFile> {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const rows = await open(join(folder, ROWS), "a+", 0o600)
    try {
      await trimmed(rows)
      await trimmedAt(join(folder, CHECKPOINTS))
      let last: LogRow | null = null
      const { faults } = await reportOn(folder, log, keys, (row) => {
        last = row
      })
      if (faults.length > 0)
        throw new BridgeError("journal-damaged", { log, ...faults[0], faults: faults.length })
      return new AuditFile(log, folder, rows, last)
    } catch (error) {
      await rows.close()
      throw error
    }
  }

  get last(): LogRow | null {
    return this.#last
  }

  /**
   * Resolves when the row is on disk; its time is at least that of the row before, as clocks are set back and callers
   * overtake each other. Rejects with `journal-unwritable` when that is not certain, and ever after.
   */
  append(entry: Pick<LogRow, "type" | "data" | "atMs">): Promise<LogRow> {
    return this.#inTurn(async () => {
      const timed = { ...entry, atMs: Math.max(entry.atMs, this.#last?.atMs ?? 0) }
      const row = logRowIn(nextRow(this.#log, this.#last, timed, seals.hash))
      await this.#rows.appendFile(`${JSON.stringify(row)}\n`)
      await this.#rows.datasync()
      this.#last = row
      return row
    })
  }

  /** Vouches for all rows so far; null when there are none. To be published, or it protects only from strangers. */
  checkpoint(atMs: number, signer: string, sign: Sign): Promise<Checkpoint | null> {
    return this.#inTurn(async () => {
      if (!this.#last) return null
      const point = checkpointAt(this.#log, this.#last, atMs, signer, sign)
      const file = await open(join(this.#folder, CHECKPOINTS), "a", 0o600)
      try {
        await file.appendFile(`${JSON.stringify(point)}\n`)
        await file.sync()
      } finally {
        await file.close()
      }
      return point
    })
  }

  async close(): Promise<void> {
    await this.#queue
    this.#failure ??= new BridgeError("journal-unwritable", { reason: "it was closed" })
    await this.#rows.close()
  }

  #inTurn<Value>(act: () => Promise<Value>): Promise<Value> {
    const turn = this.#queue.then(async () => {
      if (this.#failure) throw this.#failure
      try {
        return await act()
      } catch (cause) {
        // What is no row was not written at all.
        if (cause instanceof BridgeError) throw cause
        // Half a row may be on disk: only opening it again tells.
        this.#failure = new BridgeError("journal-unwritable", { log: this.#log }, { cause })
        throw this.#failure
      }
    })
    this.#queue = turn.catch(() => undefined)
    return turn
  }
}

/**
 * Reads a log from end to end against its checkpoints, and against `published`, those that were put where its
 * writer cannot take them back. `keys` are the signers' by name. Throws `bad-config` for a line that is no row.
 */
export async function verifyAuditFile(
  folder: string,
  log: string,
  keys: Readonly<Record<string, string>>,
  published: readonly Checkpoint[] = [],
): Promise<LogReport> {
  return reportOn(folder, log, keys, () => undefined, published)
}

async function reportOn(
  folder: string,
  log: string,
  keys: Readonly<Record<string, string>>,
  onRow: (row: LogRow) => void,
  published: readonly Checkpoint[] = [],
): Promise<LogReport> {
  const points = [...published]
  for await (const line of linesOf(join(folder, CHECKPOINTS)))
    points.push(checkpointIn(parsed(line)))
  const reader = checkLog(log, points, keys, seals)
  for await (const line of linesOf(join(folder, ROWS))) {
    const row = logRowIn(parsed(line))
    reader.take(row)
    onRow(row)
  }
  return reader.end()
}

async function* linesOf(path: string): AsyncGenerator<string> {
  const input = createReadStream(path, "utf8")
  try {
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY }))
      if (line !== "") yield line
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch (cause) {
    throw new BridgeError(
      "bad-config",
      { problems: `a line of the log: ${line.slice(0, 60)}` },
      { cause },
    )
  }
}

async function trimmedAt(path: string): Promise<void> {
  const file = await open(path, "a+", 0o600)
  try {
    await trimmed(file)
  } finally {
    await file.close()
  }
}

/** Every whole line ends in a line break. */
async function trimmed(file: FileHandle): Promise<void> {
  const { size } = await file.stat()
  const chunk = Buffer.alloc(65_536)
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - chunk.length)
    const { bytesRead } = await file.read(chunk, 0, end - start, start)
    const at = chunk.subarray(0, bytesRead).lastIndexOf(0x0a)
    if (at >= 0) {
      if (start + at + 1 < size) await file.truncate(start + at + 1)
      return
    }
    end = start
  }
  if (size > 0) await file.truncate(0)
}
