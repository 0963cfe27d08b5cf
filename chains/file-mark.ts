// Whether a file has changed since it was read, without reading it.

import { statSync } from "node:fs"

/**
 * Differs when a file was written or replaced; null where there is none, or where it may not be looked at. It does not
 * hand over to another thread: that costs twenty times what the look does, and there are several for every request.
 */
export function markOf(path: string): string | null {
  try {
    const about = statSync(path, { throwIfNoEntry: false })
    return about ? `${about.mtimeMs} ${about.size} ${about.ino}` : null
  } catch {
    return null
  }
}
