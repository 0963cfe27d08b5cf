// What a signer's endpoints answered, copied to another place line by line: a copy that is only ever added to, and that
// shows when the original was changed after it was copied (requirement R-17).

import { appendFile, mkdir, readdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import { BridgeError } from "../core/errors.ts"
import { ANSWERS_FOLDER, DAY_FILE, headAfter } from "./answers.ts"

export interface Copied {
  /** Lines that are new in the copy. */
  readonly lines: number
  /** The hash of its last line; null: there is nothing yet. */
  readonly head: string | null
}

/**
 * Adds to `to` what is new in the signer's folder. Nothing of the copy is ever written over. Throws `bad-transcript` when the
 * original is not the one that was copied before, or has a gap: then one of the two was changed, and people look which.
 */
export async function copyAnswers(signerFolder: string, to: string): Promise<Copied> {
  const from = join(signerFolder, ANSWERS_FOLDER)
  await mkdir(to, { recursive: true, mode: 0o700 })
  const [days, copied] = await Promise.all([daysIn(from), daysIn(to)])
  const last = copied.at(-1)
  const had = last === undefined ? [] : await linesOf(join(to, last))
  let head = last === undefined ? undefined : follow(last, had)
  let lines = 0
  for (const day of days) {
    if (last !== undefined && day < last) continue
    const own = await linesOf(join(from, day))
    const known = day === last ? had : []
    const changed = known.findIndex((line, at) => line !== own[at])
    if (changed >= 0) throw differs(day, `line ${changed + 1} is not the one that was copied`)
    const fresh = own.slice(known.length)
    if (fresh.length === 0) continue
    head = follow(day, fresh, head)
    await appendFile(join(to, day), `${fresh.join("\n")}\n`, { mode: 0o600, flush: true })
    lines += fresh.length
  }
  return { lines, head: head ?? null }
}

function follow(day: string, lines: readonly string[], before?: string): string {
  try {
    return headAfter(lines, before)
  } catch (error) {
    throw differs(day, error instanceof Error ? error.message : String(error))
  }
}

function differs(day: string, reason: string): BridgeError {
  return new BridgeError("bad-transcript", { file: day, reason })
}

async function daysIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => [])
  return names.filter((name) => DAY_FILE.test(name)).sort()
}

/** Whole lines: what is being written, or was cut short by a crash, is not there yet. */
async function linesOf(path: string): Promise<readonly string[]> {
  const text = await readFile(path, "utf8")
  return text.split("\n").slice(0, -1)
}
