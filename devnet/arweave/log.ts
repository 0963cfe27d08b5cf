// An append-only file of JSON lines that outlives a killed process: what a local node remembers.

import { appendFileSync, closeSync, mkdirSync, openSync, readFileSync, truncateSync } from "node:fs"
import path from "node:path"
import { BridgeError } from "../../core/errors.ts"

export interface Log {
  /** On the disk's way before it returns: a process killed right after has not lost it. */
  append(line: unknown): void
  close(): void
}

/**
 * Opens the log, or begins one, and gives back its lines. A last line that was cut off by a crash is
 * removed: nothing was built on it. Throws `journal-damaged` for any other line that is not JSON.
 */
export function openLog(file: string): { lines: unknown[]; log: Log } {
  mkdirSync(path.dirname(file), { recursive: true })
  const descriptor = openSync(file, "a")
  const bytes = readFileSync(file)
  const whole = bytes.lastIndexOf(NEWLINE) + 1
  if (whole < bytes.byteLength) truncateSync(file, whole)
  return {
    lines: parse(bytes.subarray(0, whole), file),
    log: {
      append: (line) => appendFileSync(descriptor, `${JSON.stringify(line)}\n`),
      close: () => closeSync(descriptor),
    },
  }
}

const NEWLINE = 0x0a

/** One line at a time: a long log is larger than a string can be. */
function parse(bytes: Buffer, file: string): unknown[] {
  const lines: unknown[] = []
  for (let start = 0; start < bytes.byteLength; ) {
    const end = bytes.indexOf(NEWLINE, start)
    try {
      lines.push(JSON.parse(bytes.toString("utf8", start, end)))
    } catch (cause) {
      throw new BridgeError("journal-damaged", { file, line: lines.length + 1 }, { cause })
    }
    start = end + 1
  }
  return lines
}
