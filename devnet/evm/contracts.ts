// Our contracts compiled for the local network, once: what the compiler made is kept as long as the sources are the same.

import { createHash } from "node:crypto"
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import path from "node:path"
import { type Artifact, compile } from "../../contracts/build.ts"

const ROOT = path.resolve(import.meta.dirname, "../..")
const SOURCES = ["contracts/src", "contracts/test"]
const CACHE = path.join(ROOT, ".cache", "contracts")

/** The vault. */
export function vaultArtifact(): Artifact {
  return made("Vault", "src/Vault.sol")
}

/** A token of `contracts/test/Tokens.sol` by its name there. */
export function tokenArtifact(name: string): Artifact {
  return made(name, "test/Tokens.sol")
}

function made(name: string, file: string): Artifact {
  const kept = path.join(CACHE, `${name}-${sourcesHash()}.json`)
  try {
    return JSON.parse(readFileSync(kept, "utf8")) as Artifact
  } catch {
    const artifact = compile(name, file)
    mkdirSync(CACHE, { recursive: true })
    // Whoever reads meanwhile sees all of it or nothing.
    writeFileSync(`${kept}.${process.pid}`, JSON.stringify(artifact))
    renameSync(`${kept}.${process.pid}`, kept)
    return artifact
  }
}

/** Of our sources and of the settings that they are compiled with. */
function sourcesHash(): string {
  const hash = createHash("sha256")
  const files = SOURCES.flatMap((folder) =>
    readdirSync(path.join(ROOT, folder))
      .filter((name) => name.endsWith(".sol"))
      .map((name) => path.join(folder, name)),
  )
  for (const file of [...files, "contracts/build.ts", "package-lock.json"].sort())
    hash.update(file).update(readFileSync(path.join(ROOT, file)))
  return hash.digest("hex").slice(0, 32)
}
