// What was decided, in rows that each carry the hash of the one before; a signed checkpoint pins all behind it.
//
// Rows hold digests and tags, nothing personal: what they stand for can be erased without breaking the chain.

import { canonical, type Json } from "./canonical.ts"
import { DIGEST, type Form, fields, form, NAME, text, whole } from "./form.ts"
import type { Hash, Seals, Sign } from "./seals.ts"

export interface LogRow {
  /** 1, 2, 3, … */
  readonly n: number
  readonly atMs: number
  /** decision, policy, list, pause, case, … */
  readonly type: string
  readonly data: Json
  /** Hash of the row before; of the first, the log's own. */
  readonly prev: string
  readonly hash: string
}

export interface Checkpoint {
  readonly n: number
  /** Hash of row n. */
  readonly head: string
  readonly atMs: number
  readonly signer: string
  /** Ed25519 over `checkpointText`, base64url. */
  readonly signature: string
}

export interface LogReport {
  readonly rows: number
  readonly head: string
  /** Up to this row a checkpoint vouches; what comes after it could still be cut off unseen. */
  readonly sealed: number
  readonly faults: readonly LogFault[]
}

export interface LogFault {
  readonly n: number
  readonly fault:
    | "row changed"
    | "row missing or out of place"
    | "time goes back"
    | "history rewritten"
    | "log cut short"
    | "checkpoint not genuine"
}

/** The row that comes after `last` (null: the first) in the log of that name. */
export function nextRow(
  log: string,
  last: Pick<LogRow, "n" | "hash"> | null,
  { type, data, atMs }: Pick<LogRow, "type" | "data" | "atMs">,
  hash: Hash,
): LogRow {
  const row = { n: (last?.n ?? 0) + 1, atMs, type, data, prev: last?.hash ?? firstOf(log, hash) }
  return { ...row, hash: hashOf(row, hash) }
}

/** Vouches for a row and all before it. Published, it can't be taken back. */
export function checkpointAt(
  log: string,
  { n, hash: head }: Pick<LogRow, "n" | "hash">,
  atMs: number,
  signer: string,
  sign: Sign,
): Checkpoint {
  const point = { n, head, atMs }
  return { ...point, signer, signature: sign(checkpointText(log, point)) }
}

export function checkpointText(
  log: string,
  { n, head, atMs }: Pick<Checkpoint, "n" | "head" | "atMs">,
): string {
  return `causeway log\n${log}\n${canonical({ n, head, atMs })}`
}

/**
 * Reads a log from its first row to its last, one by one, against the checkpoints of signers whose keys (by name)
 * are known. It names every fault: an edit by the row, a deletion by the gap, a history that was written anew and
 * a cut end by the checkpoint that they belie.
 */
export function checkLog(
  log: string,
  checkpoints: readonly Checkpoint[],
  keys: Readonly<Record<string, string>>,
  { hash, verify }: Seals,
) {
  const faults: LogFault[] = []
  const points = new Map<number, Checkpoint[]>()
  for (const point of checkpoints) {
    const key = Object.hasOwn(keys, point.signer) ? keys[point.signer] : undefined
    if (key && verify(key, checkpointText(log, point), point.signature))
      points.set(point.n, [...(points.get(point.n) ?? []), point])
    else faults.push({ n: point.n, fault: "checkpoint not genuine" })
  }
  let last: Pick<LogRow, "n" | "hash" | "atMs"> = {
    n: 0,
    hash: firstOf(log, hash),
    atMs: 0,
  }
  let rows = 0
  let sealed = 0
  return {
    take(row: LogRow): void {
      const { n } = row
      if (row.hash !== hashOf(row, hash)) faults.push({ n, fault: "row changed" })
      if (n !== last.n + 1 || row.prev !== last.hash)
        faults.push({ n, fault: "row missing or out of place" })
      if (row.atMs < last.atMs) faults.push({ n, fault: "time goes back" })
      for (const { head } of points.get(n) ?? [])
        if (head !== row.hash) faults.push({ n, fault: "history rewritten" })
        else sealed = n
      rows += 1
      last = row
    },

    end(): LogReport {
      const cut = [...points.keys()].filter((n) => n > last.n)
      return {
        rows,
        head: last.hash,
        sealed,
        faults: [...faults, ...cut.map((n): LogFault => ({ n, fault: "log cut short" }))],
      }
    },
  }
}

/** Reads the parsed JSON of a row; throws `bad-config`. */
export function logRowIn(json: unknown): LogRow {
  const file = fields(form(json, "row"), ["n", "atMs", "type", "data", "prev", "hash"])
  return {
    n: whole(file.n, 1),
    atMs: whole(file.atMs),
    type: text(file.type, NAME),
    data: jsonIn(file.data),
    prev: text(file.prev, DIGEST),
    hash: text(file.hash, DIGEST),
  }
}

/** Reads the parsed JSON of a checkpoint; throws `bad-config`. */
export function checkpointIn(json: unknown): Checkpoint {
  const file = fields(form(json, "checkpoint"), ["n", "head", "atMs", "signer", "signature"])
  return {
    n: whole(file.n, 1),
    head: text(file.head, DIGEST),
    atMs: whole(file.atMs),
    signer: text(file.signer, NAME),
    signature: text(file.signature, /^[A-Za-z0-9_-]{86}$/),
  }
}

function jsonIn({ value }: Form): Json {
  // It was parsed from JSON, and `canonical` refuses everything else.
  return value as Json
}

function firstOf(log: string, hash: Hash): string {
  return hash(`causeway log\n${log}`)
}

function hashOf({ n, atMs, type, data, prev }: Omit<LogRow, "hash">, hash: Hash): string {
  return hash(canonical({ n, atMs, type, data, prev }))
}
