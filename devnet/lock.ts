// Completes package-lock.json, so that `npm ci` works from it on every machine: `npm run lock` after each install.
//
// A registry may lack a package for some other platform. npm then leaves it out of the lock, and `npm ci`
// refuses the lock as incomplete, on every platform. It is content with an entry that only says what is meant.

import { readFileSync, realpathSync, writeFileSync } from "node:fs"
import path from "node:path"
import { BridgeError } from "../core/errors.ts"

interface Entry {
  readonly version?: string
  readonly dev?: boolean
  readonly optional?: boolean
  readonly resolved?: string
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly [field: string]: unknown
}

export interface Lock {
  readonly packages: Readonly<Record<string, Entry>>
  readonly [field: string]: unknown
}

/**
 * The lock with an entry for each optional package that it names and lacks, and without the names of hosts
 * that packages came from. Throws `bad-config` for a range: only an exact version can be written down.
 */
export function completed(lock: Lock): Lock {
  const packages: Record<string, Entry> = {}
  for (const [where, { resolved: _, ...entry }] of Object.entries(lock.packages))
    packages[where] = entry
  for (const [where, entry] of Object.entries(lock.packages))
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {}))
      if (!isListed(lock, where, name))
        packages[`node_modules/${name}`] ??= absent(name, version, entry.dev === true)
  const sorted = Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1))
  return { ...lock, packages: Object.fromEntries(sorted) }
}

/** Node looks in the package's own folder first, then in each folder above it. */
function isListed({ packages }: Lock, where: string, name: string): boolean {
  for (let at = where; ; at = at.slice(0, Math.max(0, at.lastIndexOf("node_modules/") - 1))) {
    if (packages[`${at}${at && "/"}node_modules/${name}`]) return true
    if (at === "") return false
  }
}

const SYSTEMS = /android|darwin|linux|win32|windows|freebsd|openbsd|netbsd|sunos|aix|openharmony/
const PROCESSORS = /x64|arm64|arm|ia32|amd64|ppc64|riscv64|s390x|loong64|mips64el/

/** An entry of a package that nobody can fetch: its name says for which platform it is, and npm leaves it. */
function absent(name: string, version: string, dev: boolean): Entry {
  if (!/^\d+\.\d+\.\d+/.test(version))
    throw new BridgeError("bad-config", { package: name, range: version })
  const [, platform = name] = name.split("/")
  const os = SYSTEMS.exec(platform)?.[0]
  const cpu = PROCESSORS.exec(platform)?.[0]
  return {
    version,
    ...(cpu ? { cpu: [cpu === "amd64" ? "x64" : cpu] } : {}),
    ...(dev ? { dev: true } : {}),
    ...(platform.includes("musl") ? { libc: ["musl"] } : {}),
    optional: true,
    ...(os ? { os: [os === "windows" ? "win32" : os] } : {}),
  }
}

function main(): void {
  const file = path.resolve(import.meta.dirname, "..", "package-lock.json")
  const lock: Lock = JSON.parse(readFileSync(file, "utf8"))
  const whole = completed(lock)
  writeFileSync(file, `${JSON.stringify(whole, null, 2)}\n`)
  const filled = Object.keys(whole.packages).length - Object.keys(lock.packages).length
  console.log(`package-lock.json is complete: ${filled} entries added`)
}

if (process.argv[1] && realpathSync(process.argv[1]) === import.meta.filename) main()
