// Which members failed, how, how often and since when: a list in a signer's folder, for people.
//
// Coordinators tell it, who see all answers, and ceremonies. It is their word, told with their name, and
// nothing here rests on it: a coordinator that lies can only accuse.

import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { z } from "zod"
import { BridgeError } from "../core/errors.ts"
import { BLAME_KINDS, type BlameKind, readBlame } from "./asides.ts"
import { replaceFile } from "./replace-file.ts"
import type { Answer, Asking } from "./transport.ts"

export interface Blamed {
  /** The member's name, and who says so. */
  readonly about: string
  readonly by: string
  readonly kind: BlameKind
  readonly count: number
  /** ISO 8601, UTC. */
  readonly since: string
  readonly last: string
  /** Of the last time. */
  readonly session: string
  readonly detail: string
}

const FILE = "blames.json"
/** What has not happened again for so long is forgotten. */
const MEMORY_MS = 30 * 86_400_000
const WRITE_MS = 500
/** More names than any group and its ceremonies have; the oldest goes. */
const ROWS_MAX = 1_000

const shape: z.ZodType<readonly Blamed[]> = z.array(
  z.strictObject({
    ...{ about: z.string().max(64), by: z.string().max(64), kind: z.enum(BLAME_KINDS) },
    ...{ count: z.number().int().positive(), since: z.iso.datetime(), last: z.iso.datetime() },
    ...{ session: z.string().max(128), detail: z.string().max(300) },
  }),
)

/** The list as it is on the disk; empty when there is none, or it can't be read: it protects nothing. */
export async function readBlames(folder: string): Promise<readonly Blamed[]> {
  try {
    return shape.parse(JSON.parse(await readFile(join(folder, FILE), "utf8")))
  } catch {
    return []
  }
}

export type NewBlame = Pick<Blamed, "about" | "by" | "kind" | "session" | "detail">

export class BlameBook {
  readonly #folder: string
  readonly #rows: Map<string, Blamed>
  #timer: NodeJS.Timeout | null = null
  #writing: Promise<void> = Promise.resolve()

  private constructor(folder: string, rows: readonly Blamed[]) {
    this.#folder = folder
    this.#rows = new Map(rows.map((row) => [keyOf(row), row]))
  }

  static async open(folder: string): Promise<BlameBook> {
    return new BlameBook(folder, await readBlames(folder))
  }

  /** Latest first. */
  get rows(): readonly Blamed[] {
    return [...this.#rows.values()].sort((a, b) => (a.last < b.last ? 1 : -1))
  }

  note(blame: NewBlame, nowMs: number, times = 1): void {
    const key = keyOf(blame)
    const known = this.#rows.get(key)
    const isOld = known && nowMs - Date.parse(known.last) > MEMORY_MS
    const last = new Date(nowMs).toISOString()
    const before = known && !isOld ? known : { count: 0, since: last }
    this.#rows.set(key, {
      ...blame,
      detail: blame.detail.slice(0, 300),
      ...{ count: before.count + times, since: before.since, last },
    })
    for (const [name, row] of this.#rows)
      if (nowMs - Date.parse(row.last) > MEMORY_MS) this.#rows.delete(name)
    if (this.#rows.size > ROWS_MAX) this.#rows.delete(keyOf(this.rows.at(-1)!))
    this.#timer ??= setTimeout(() => void this.flush(), WRITE_MS).unref()
  }

  /** Everything that was noted is on the disk, or can't be written there: then it is told by metrics alone. */
  flush(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    const rows = `${JSON.stringify(this.rows, null, 2)}\n`
    this.#writing = this.#writing
      .then(() => replaceFile(join(this.#folder, FILE), rows))
      .catch(() => {})
    return this.#writing
  }
}

/** Answers `POST /blame` of a coordinator; `members` are names by index. */
export function hearBlame(
  book: BlameBook,
  members: ReadonlyMap<number, string>,
  { peer, body }: Asking,
  nowMs: number,
): Answer {
  if (peer.role !== "coordinator") return { status: 403, body: { error: "not for signers" } }
  try {
    const { signer, kind, session, detail, count } = readBlame(body)
    const about = members.get(signer)
    if (about === undefined) return { status: 400, body: { error: "no such member" } }
    book.note({ about, by: peer.name, kind, session, detail }, nowMs, count)
    return { status: 200, body: { noted: true } }
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error
    return { status: 400, body: { error: error.message } }
  }
}

function keyOf({ about, by, kind }: Pick<Blamed, "about" | "by" | "kind">): string {
  return JSON.stringify([about, by, kind])
}
