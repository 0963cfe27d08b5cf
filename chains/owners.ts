// The RSA keys that a group has had: each owns a vault on Arweave for ever, and tokens on AO obey one of them. Pure.

import { sha256 } from "@noble/hashes/sha2.js"
import { hexToBytes } from "@noble/hashes/utils.js"
import { toBase64url } from "./bytes.ts"
import type { Deployment, Owner, PublicKeyHex } from "./chain.ts"

/** A key of the group as a deployment writes it. */
export function ownerOf(key: PublicKeyHex): Owner {
  const modulus = hexToBytes(key)
  return { owner: toBase64url(modulus), vault: toBase64url(sha256(modulus)) }
}

/** The present one first, then the former ones, the newest first. */
export function keysEver({ owner, vault, former = [] }: Deployment): readonly Owner[] {
  return [{ owner, vault }, ...former]
}

/** The key that the bridge had in the beginning: terms name it by leaving it out, so that they mean the same for ever. */
export function firstKey(deployment: Deployment): Owner {
  return keysEver(deployment).at(-1)!
}

/** Addresses of all its vaults on Arweave, the present one first. */
export function vaultsEver(deployment: Deployment): readonly string[] {
  return keysEver(deployment).map(({ vault }) => vault)
}
