// The proof that a signer demands before it uses a key: a transcript that ends in the key of its manifest.

import { BridgeError } from "../../core/errors.ts"
import { groupKeyBytes, type Manifest, schemesOf } from "../manifest.ts"
import { schemeOf } from "../schemes/index.ts"
import type { SchemeName } from "../schemes/scheme.ts"
import type { Verified } from "./replay.ts"
import { namedMembers, readTranscript } from "./start.ts"

export type Proofs = Readonly<Partial<Record<SchemeName, Verified>>>

/**
 * Replays the transcript of each key of the manifest. Throws `bad-transcript` for one that is missing or
 * wrong, or that is of another key, network or group of members than the manifest says.
 */
export async function proveKeys(folder: string, manifest: Manifest): Promise<Proofs> {
  const rows = await Promise.all(
    schemesOf(manifest).map(async (scheme) => {
      return [scheme, await proveKey(folder, manifest, scheme)] as const
    }),
  )
  return Object.fromEntries(rows)
}

export async function proveKey(
  folder: string,
  manifest: Manifest,
  scheme: SchemeName,
): Promise<Verified> {
  const refuse = (reason: string) => new BridgeError("bad-transcript", { scheme, reason })
  const read = await readTranscript(folder, scheme)
  if (read === null) throw refuse("there is none in the folder")
  const { verified } = read
  const { key, statement } = verified
  const bytes = schemeOf(scheme).encode(key)
  if (key.scheme !== scheme || !Buffer.from(bytes).equals(groupKeyBytes(manifest, scheme)))
    throw refuse("it ends in another key than the manifest's")
  if (statement.network !== manifest.network) throw refuse("it is of another network")
  const members = namedMembers(statement)
  const isSame =
    members.length === manifest.members.length &&
    members.every((one, at) => one.certificate === manifest.members[at]!.certificate)
  if (!isSame) throw refuse("its members are not the manifest's")
  return verified
}
