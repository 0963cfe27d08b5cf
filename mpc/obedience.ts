// Whom a vault obeys, as this signer's own endpoints tell it: the group, the group's next key, or somebody else.

import type { Chain, Connection } from "../chains/chain.ts"
import { BridgeError } from "../core/errors.ts"
import type { SignerConfig } from "./config.ts"
import { groupKeyHex, type Manifest } from "./manifest.ts"
import { readNextManifest } from "./successor.ts"

/** `us`, or where there is no vault that could obey anybody. */
export type Obedience = "us" | "our next key" | "somebody else"

/** Throws what the connection throws. */
export async function obedienceOf(
  { folder, manifest }: Pick<SignerConfig, "folder" | "manifest">,
  chain: Pick<Chain, "scheme" | "codec">,
  connection: Connection,
): Promise<Obedience> {
  const present = await presentOf(connection)
  if (present === null || present === toldOf(manifest, chain)) return "us"
  const next = await readNextManifest(folder)
  return next !== null && present === toldOf(next, chain) ? "our next key" : "somebody else"
}

/** Null where nothing can obey anybody else than it always did. */
async function presentOf(connection: Connection): Promise<string | null> {
  try {
    return (await connection.handover?.())?.present ?? null
  } catch (error) {
    if (error instanceof BridgeError && error.code === "not-supported") return null
    throw error
  }
}

/** What the chain calls the key of a manifest. */
export function toldOf(
  manifest: Manifest,
  { scheme, codec }: Pick<Chain, "scheme" | "codec">,
): string | null {
  const key = groupKeyHex(manifest, scheme)
  return key === null || !codec.handover ? null : codec.handover.told(key)
}
