// The key that is to come after one of the group's: in a folder of its own inside the signer's, where a ceremony made it.
//
// That it lies there is its operator's consent, and its transcript is that of all others: so a signer hands a
// vault over to no key that a coordinator names.

import { constants, copyFile, mkdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import { BridgeError } from "../core/errors.ts"
import { proveKey } from "./ceremony/proof.ts"
import { FILES } from "./config.ts"
import { groupKeyBytes, type Manifest, parseManifest, schemesOf } from "./manifest.ts"
import { schemeOf } from "./schemes/index.ts"
import { type GroupKey, hexOf, type SchemeName } from "./schemes/scheme.ts"
import { UNSEAL_FILE } from "./unseal.ts"

const NEXT = "next"

/** The folder of the next keys. */
export function nextFolder(folder: string): string {
  return join(folder, NEXT)
}

/** Makes that folder, with this signer's own identity, for the ceremony to be held in; false when it was there. */
export async function prepareNext(folder: string): Promise<boolean> {
  const next = nextFolder(folder)
  // Null when the folder was there; what a cut short call left out is made up for.
  const made = await mkdir(next, { recursive: true, mode: 0o700 })
  // Both folders' shares are sealed under one passphrase, wherever it comes from.
  for (const file of [FILES.identity, FILES.certificate, UNSEAL_FILE])
    await copyFile(join(folder, file), join(next, file), constants.COPYFILE_EXCL).catch((error) => {
      const isThere = error.code === "EEXIST"
      if (!isThere && !(file === UNSEAL_FILE && error.code === "ENOENT")) throw error
    })
  return made !== undefined
}

export type Successors = Readonly<Partial<Record<SchemeName, GroupKey>>>

/** The manifest of the next keys, unchecked; null when there are none. Throws `bad-config`. */
export async function readNextManifest(folder: string): Promise<Manifest | null> {
  const path = join(nextFolder(folder), FILES.manifest)
  const text = await readFile(path, "utf8").catch(() => null)
  if (text === null) return null
  try {
    return parseManifest(JSON.parse(text))
  } catch (cause) {
    if (cause instanceof BridgeError) throw cause
    throw new BridgeError("bad-config", { file: path, problems: "not JSON" }, { cause })
  }
}

/**
 * The next keys of a group, each proven by its own transcript; none when no ceremony has made one. Throws
 * `bad-transcript` for one that is not proven, `bad-key` for one that may not follow on the present one.
 */
export async function readSuccessors(folder: string, present: Manifest): Promise<Successors> {
  const manifest = await readNextManifest(folder)
  if (manifest === null) return {}
  const rows = schemesOf(manifest).map(async (scheme) => {
    checkFollows(scheme, present, manifest)
    // Also on a local network: a key without a transcript has nobody's consent.
    await proveKey(nextFolder(folder), manifest, scheme)
    return [scheme, keyIn(manifest, scheme)] as const
  })
  return Object.fromEntries(await Promise.all(rows))
}

function checkFollows(scheme: SchemeName, present: Manifest, next: Manifest): void {
  const refuse = (reason: string) => new BridgeError("bad-key", { scheme, reason })
  if (next.network !== present.network) throw refuse("the next key is of another network")
  if (!present.keys[scheme]) throw refuse("there is no key that it could come after")
  // Who belongs to the group is changed by a reshare, with all that it asks; not by the way.
  const isSame =
    next.members.length === present.members.length &&
    next.members.every(({ certificate }, at) => certificate === present.members[at]!.certificate)
  if (!isSame) throw refuse("the next key is of another committee")
  const [before, after] = [keyIn(present, scheme), keyIn(next, scheme)]
  if (after.threshold < before.threshold) throw refuse("fewer signers could use the next key")
  const keys = schemesOf(present).map((name) => hexOf(keyIn(present, name)))
  if (keys.includes(hexOf(after))) throw refuse("the next key is in use already")
}

function keyIn(manifest: Manifest, scheme: SchemeName): GroupKey {
  return schemeOf(scheme).decode(groupKeyBytes(manifest, scheme))
}
