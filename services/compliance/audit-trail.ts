// The audit log of one process at work: rows in order, and checkpoints signed often enough that little could be cut off.

import { join } from "node:path"
import type { Checkpoint, LogRow } from "../../core/compliance/audit-log.ts"
import type { Json } from "../../core/compliance/canonical.ts"
import type { Sign } from "../../core/compliance/seals.ts"
import { type OwnKey, ownKeyIn } from "../own-key.ts"
import { AuditFile } from "./audit-file.ts"

/** A checkpoint vouches for all before it: after so many rows, or so long. */
const ROWS_MAX = 100
const PAUSE_MS = 600_000

const KEY_FILE = "audit-key.json"
const SIGNER = "services"

/** The key of the folder's log, made at its first start (mode 0600). Throws `bad-config` for a damaged one. */
export function auditKeyIn(folder: string): Promise<OwnKey> {
  return ownKeyIn(folder, KEY_FILE)
}

/** Where a log of the folder is, and its name, which is signed with every row. */
export function auditLogOf(folder: string, vault: string, writer: string) {
  return { folder: join(folder, "audit", writer), log: `causeway ${vault} ${writer}` }
}

/** Whose checkpoints of a log count. */
export function auditKeys(key: string): Readonly<Record<string, string>> {
  return { [SIGNER]: key }
}

export class AuditTrail {
  readonly #file: AuditFile
  readonly #sign: Sign
  readonly #now: () => number
  readonly #timer: NodeJS.Timeout
  #sealed: number
  #last: Checkpoint | null = null

  private constructor(file: AuditFile, sign: Sign, now: () => number) {
    this.#file = file
    this.#sign = sign
    this.#now = now
    this.#sealed = file.last?.n ?? 0
    this.#timer = setInterval(() => void this.seal().catch(() => {}), PAUSE_MS).unref()
  }

  /** `writer` names the process: each has a log of its own. Throws `journal-damaged` for one that was tampered with. */
  static async open(
    { folder, log }: { readonly folder: string; readonly log: string },
    { key, sign }: OwnKey,
    now: () => number,
  ): Promise<AuditTrail> {
    return new AuditTrail(await AuditFile.open(folder, log, auditKeys(key)), sign, now)
  }

  /** Resolves when the row is on disk. Throws `journal-unwritable`. */
  async append(type: string, atMs: number, data: Json): Promise<LogRow> {
    const row = await this.#file.append({ type, data, atMs })
    if (row.n - this.#sealed >= ROWS_MAX) await this.seal()
    return row
  }

  /** Vouches for all rows so far. */
  async seal(): Promise<Checkpoint | null> {
    const { last } = this.#file
    if (!last || last.n === this.#sealed) return this.#last
    this.#last = await this.#file.checkpoint(this.#now(), SIGNER, this.#sign)
    this.#sealed = this.#last?.n ?? this.#sealed
    return this.#last
  }

  /** The newest checkpoint of this run: whoever keeps it can tell later whether anything before it was changed. */
  get published(): Checkpoint | null {
    return this.#last
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.seal().catch(() => {})
    await this.#file.close()
  }
}
