// Where the keys lie that were the group's before: a folder each, in a signer's folder and in that of services.

import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import { BridgeError } from "../core/errors.ts"
import { type Manifest, parseManifest } from "./manifest.ts"

export const FORMER = "former"
const MANIFEST = "manifest.json"

/** The folders of former keys, in a signer's folder or in one of services. */
export async function formerFolders(folder: string): Promise<readonly string[]> {
  const names = await readdir(join(folder, FORMER)).catch(() => [])
  return names.sort().map((name) => join(folder, FORMER, name))
}

/** The manifests of former keys. Throws `bad-config` for one that cannot be read. */
export async function formerManifests(folder: string): Promise<readonly Manifest[]> {
  return Promise.all((await formerFolders(folder)).map(manifestIn))
}

/** Throws `bad-config`. */
export async function manifestIn(folder: string): Promise<Manifest> {
  const file = join(folder, MANIFEST)
  try {
    return parseManifest(JSON.parse(await readFile(file, "utf8")))
  } catch (cause) {
    if (cause instanceof BridgeError) throw cause
    throw new BridgeError("bad-config", { file, problems: "missing, or not JSON" }, { cause })
  }
}
