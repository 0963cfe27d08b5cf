// Keys that were the group's before, and that money lies under for ever: each in a folder of its own inside the signer's.
//
// Such a folder is like `next/` was: share, transcript, manifest and this member's identity. So its share is renewed in
// a ceremony that is held there, and never thrown away.

import { copyFile, mkdir } from "node:fs/promises"
import { join } from "node:path"
import type { Bridge } from "../chains/bridge.ts"
import { formerKeysNamed } from "../chains/served.ts"
import { BridgeError } from "../core/errors.ts"
import { proveKey } from "./ceremony/proof.ts"
import { transcriptFile } from "./ceremony/shelf.ts"
import { FILES, shareFile } from "./config.ts"
import { FORMER, formerFolders, manifestIn } from "./former-folders.ts"
import { readShare, writeShare } from "./keyshare.ts"
import { groupKeyBytes, type Manifest, schemesOf } from "./manifest.ts"
import { replaceFile } from "./replace-file.ts"
import { schemeOf } from "./schemes/index.ts"
import { type GroupKey, hexOf, type SchemeName } from "./schemes/scheme.ts"
import { UNSEAL_FILE } from "./unseal.ts"

export interface Former {
  readonly folder: string
  readonly manifest: Manifest
  readonly key: GroupKey
}

/** The folder of one former key. */
export function formerFolder(folder: string, { scheme, publicKey }: GroupKey): string {
  const name = Buffer.from(publicKey).subarray(0, 8).toString("hex")
  return join(folder, FORMER, `${scheme}-${name}`)
}

/**
 * Puts the present key of a scheme aside in a folder of its own, with all that signs under it; whole when this is
 * done, and safe to repeat.
 */
export async function keepFormer(
  folder: string,
  scheme: SchemeName,
  manifest: Manifest,
): Promise<void> {
  const own = formerFolder(folder, keyIn(manifest, scheme))
  await mkdir(own, { recursive: true, mode: 0o700 })
  await writeShare(join(own, shareFile(scheme)), await readShare(join(folder, shareFile(scheme))))
  for (const file of [FILES.identity, FILES.certificate, UNSEAL_FILE, transcriptFile(scheme)])
    await copyFile(join(folder, file), join(own, file)).catch((error) => {
      // A local network's dealt key has no transcript, and not everybody has a key service.
      const isNeeded = file === FILES.identity || file === FILES.certificate
      if (isNeeded || error.code !== "ENOENT") throw error
    })
  const only = { ...manifest, keys: { [scheme]: manifest.keys[scheme] } }
  await replaceFile(join(own, FILES.manifest), `${JSON.stringify(only, null, 2)}\n`)
}

/**
 * Former keys of the group of `present`, each proven like the present ones. Throws `bad-transcript` for one that is
 * not, `bad-key` for one of another network or group of members: a former key is reshared with the others.
 */
export async function readFormers(folder: string, present: Manifest): Promise<readonly Former[]> {
  const rows = (await formerFolders(folder)).map(async (own) => {
    const manifest = await manifestIn(own)
    const refuse = (reason: string) => new BridgeError("bad-key", { folder: own, reason })
    if (manifest.network !== present.network) throw refuse("a former key is of another network")
    const isSame =
      manifest.members.length === present.members.length &&
      manifest.members.every(
        ({ certificate }, at) => certificate === present.members[at]!.certificate,
      )
    if (!isSame) throw refuse("a former key is of another committee: it has to be reshared, too")
    return Promise.all(
      schemesOf(manifest).map(async (scheme) => {
        if (!manifest.devnet) await proveKey(own, manifest, scheme)
        return { folder: own, manifest, key: keyIn(manifest, scheme) }
      }),
    )
  })
  return (await Promise.all(rows)).flat()
}

/** The former keys that the bridge says money lies under, of those schemes that this group signs with. */
export function namedOf(manifest: Manifest, { deployment }: Bridge) {
  return formerKeysNamed(deployment).filter(([scheme]) => manifest.keys[scheme] !== undefined)
}

/** Throws `bad-key` when the bridge says that money lies under a former key that this signer has no share of. */
export function checkFormers(
  named: readonly (readonly [SchemeName, string])[],
  formers: readonly Pick<Former, "key">[],
): void {
  for (const [scheme, key] of named)
    if (!formers.some((one) => one.key.scheme === scheme && hexOf(one.key) === key))
      throw new BridgeError("bad-key", {
        ...{ scheme, key },
        reason: "the bridge names a former key that this signer has no share of",
      })
}

function keyIn(manifest: Manifest, scheme: SchemeName): GroupKey {
  return schemeOf(scheme).decode(groupKeyBytes(manifest, scheme))
}
