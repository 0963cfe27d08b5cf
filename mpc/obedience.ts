// Whom a vault obeys, as this signer's own endpoints tell it: the group, the group's next key, or somebody else.

import type { Connection, SchemeName } from "../chains/chain.ts"
import type { SignerConfig } from "./config.ts"
import { groupKeyBytes, type Manifest } from "./manifest.ts"
import { schemeOf } from "./schemes/index.ts"
import { hexOf } from "./schemes/scheme.ts"
import { readNextManifest } from "./successor.ts"

/** `us`, or where there is no vault that could obey anybody. */
export type Obedience = "us" | "our next key" | "somebody else"

/** Throws what the connection throws. */
export async function obedienceOf(
  { folder, manifest }: Pick<SignerConfig, "folder" | "manifest">,
  scheme: SchemeName,
  connection: Connection,
): Promise<Obedience> {
  const present = (await connection.handover?.())?.present
  if (present === undefined || present === keyIn(manifest, scheme)) return "us"
  const next = await readNextManifest(folder)
  return next !== null && present === keyIn(next, scheme) ? "our next key" : "somebody else"
}

function keyIn(manifest: Manifest, scheme: SchemeName): string | null {
  if (manifest.keys[scheme] === undefined) return null
  return hexOf(schemeOf(scheme).decode(groupKeyBytes(manifest, scheme)))
}
