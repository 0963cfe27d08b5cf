// Where the built page lies, and whether it is what the sources say: a hash of all that it is made of.

import { createHash } from "node:crypto"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import path from "node:path"

const ROOT = path.join(import.meta.dirname, "..")

/** What the page is made of; libraries by the lock file. */
const SOURCES = ["web", "sdk", "core", "chains", "package-lock.json"]

/** `index.html` and `assets/`; in `.cache/` of this repository, or in `CAUSEWAY_CACHE`. */
export function pageFolder(): string {
  return path.join(process.env.CAUSEWAY_CACHE ?? path.join(ROOT, ".cache"), "web")
}

/** The name of the sources as they are now. */
export function pageVersion(): string {
  const hash = createHash("sha256")
  for (const file of SOURCES.flatMap(filesOf)) hash.update(file).update(readFileSync(file))
  return hash.digest("hex").slice(0, 32)
}

/** The version that was built last; null when none was. */
export function builtVersion(folder = pageFolder()): string | null {
  const file = path.join(folder, STAMP)
  return existsSync(file) ? readFileSync(file, "utf8").trim() : null
}

/** Written last, so that a build that was cut short is none. */
export const STAMP = "version.txt"

function filesOf(name: string): string[] {
  const start = path.join(ROOT, name)
  if (/\.json$/.test(name)) return [start]
  return readdirSync(start, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort()
}
