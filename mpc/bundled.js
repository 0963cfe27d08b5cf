// Whether a bundled program is still what its sources say. Plain JavaScript: it is asked before TypeScript can be read.

import { createHash } from "node:crypto"
import { accessSync, constants, existsSync, mkdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

/** Where bundled programs lie, by their content, and a note of what each was made from. */
export const PROGRAMS = join(import.meta.dirname, "..", ".cache", "programs")

/**
 * A source as it was when a program was made from it; `changedMs` is the time that no unpacking or copying can set.
 * @typedef {{ readonly path: string, readonly bytes: number, readonly changedMs: number }} Seen
 */

/**
 * What a program was made from.
 * @typedef {{ readonly made: string, readonly seen: readonly Seen[] }} Note
 */

/**
 * The file of a program as it was made, when every source is as it was then; else null.
 * @param {URL} entry
 * @returns {string | null}
 */
export function bundled(entry) {
  try {
    const { made, seen } = /** @type {Note} */ (JSON.parse(readFileSync(noteOf(entry), "utf8")))
    return existsSync(made) && seen.every(isUnchanged) ? made : null
  } catch {
    return null
  }
}

/**
 * Where the note of a program lies.
 * @param {URL} entry
 */
export function noteOf(entry) {
  const name = createHash("sha256").update(fileURLToPath(entry)).digest("hex").slice(0, 16)
  return join(PROGRAMS, `${name}.json`)
}

/**
 * A source as it is now.
 * @param {string} path
 * @returns {Seen}
 */
export function seenNow(path) {
  const { size, ctimeMs } = statSync(path)
  return { path, bytes: size, changedMs: ctimeMs }
}

/** Whether programs can be kept here; not where the bridge is installed for people who may not change it. */
export function canKeep() {
  try {
    mkdirSync(PROGRAMS, { recursive: true })
    accessSync(PROGRAMS, constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** @param {Seen} then */
function isUnchanged({ path, bytes, changedMs }) {
  const now = seenNow(path)
  return now.bytes === bytes && now.changedMs === changedMs
}
