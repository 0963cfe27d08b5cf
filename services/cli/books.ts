// `causeway backup` and `causeway restore`: the books in one file, and from it into a database that has none.

import { resolve } from "node:path"
import { parseArgs } from "node:util"
import { servedBy } from "../../chains/served.ts"
import { BridgeError } from "../../core/errors.ts"
import { readServicesConfig } from "../config.ts"
import { backup } from "../store/backup.ts"
import { openDatabase } from "../store/database.ts"
import { restore } from "../store/restore.ts"
import type { Terminal } from "./commands.ts"

const OPTIONS = {
  folder: { type: "string" },
  out: { type: "string" },
  from: { type: "string" },
  json: { type: "boolean", default: false },
} as const

/** `causeway backup`. */
export async function putAside(words: readonly string[], terminal: Terminal): Promise<number> {
  const { values } = parseArgs({ args: [...words], options: OPTIONS })
  if (!values.folder) throw new BridgeError("bad-request", { missing: "--folder DIR" })
  const { settings } = await readServicesConfig(resolve(values.folder))
  const file = resolve(values.out ?? `causeway-${new Date().toISOString().slice(0, 10)}.backup`)
  const sql = openDatabase(settings.database, { connections: 2 })
  const started = performance.now()
  try {
    const done = await backup(sql, file)
    const seconds = secondsSince(started)
    const { takenAt, rows, bytes, sha256 } = done
    terminal.out(
      values.json
        ? JSON.stringify({ ok: true, file, takenAt, rows, bytes, sha256, seconds })
        : `${file}\n  ${rows} rows as of ${takenAt.toISOString()}, ${bytes} bytes, in ${seconds} s\n  sha256 of what is in it: ${sha256}`,
    )
    return 0
  } finally {
    await sql.end({ timeout: 5 })
  }
}

/** `causeway restore`. */
export async function bringBack(words: readonly string[], terminal: Terminal): Promise<number> {
  const { values } = parseArgs({ args: [...words], options: OPTIONS })
  if (!values.folder || !values.from)
    throw new BridgeError("bad-request", { missing: "--from FILE --folder DIR" })
  const { settings, bridge } = await readServicesConfig(resolve(values.folder))
  const sql = openDatabase(settings.database, { connections: 2 })
  const started = performance.now()
  try {
    const done = await restore(sql, resolve(values.from), servedBy(bridge.deployment))
    const seconds = secondsSince(started)
    const { takenAt, rows } = done
    terminal.out(
      values.json
        ? JSON.stringify({ ok: true, takenAt, rows, seconds })
        : [
            `${rows} rows as of ${takenAt.toISOString()} are back, in ${seconds} s`,
            "Start the services: on each chain they pay nothing before it has told what happened since then.",
            "Orders of operators, cases and sessions of that time are not on any chain; give them again.",
          ].join("\n"),
    )
    return 0
  } finally {
    await sql.end({ timeout: 5 })
  }
}

export function secondsSince(started: number): number {
  return Math.round((performance.now() - started) / 10) / 100
}
