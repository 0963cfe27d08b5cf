// A data item as the local units take it: checked by the reference library, never by the bridge's own codec.

import { ArweaveSigner, createData, DataItem } from "@dha-team/arbundles"
import { keccak_256 } from "@noble/hashes/sha3.js"
import { bytesToHex } from "@noble/hashes/utils.js"
import { sha256, toBase64url } from "../arweave/bytes.ts"
import type { Jwk } from "../arweave/wallet.ts"
import type { AoTag } from "../evaluator.ts"

export interface UnitItem {
  readonly id: string
  readonly raw: Uint8Array
  /** Address of the signer: base64url of a hash, or a checksummed `0x…` for an Ethereum key. */
  readonly owner: string
  /** The public key, base64url. */
  readonly key: string
  readonly signature: string
  readonly target: string
  readonly anchor: string
  readonly tags: readonly AoTag[]
  readonly data: string
}

/** RSA and Ethereum keys; the network's scheduler takes every other type for RSA and refuses it. */
const TYPES: readonly number[] = [1, 3]

/** The item in these bytes, or null when its form, type or signature is wrong. */
export async function readItem(raw: Uint8Array): Promise<UnitItem | null> {
  const bytes = Buffer.from(raw)
  try {
    if (!TYPES.includes(bytes.readUInt16LE(0)) || !(await DataItem.verify(bytes))) return null
    const item = new DataItem(bytes)
    return {
      id: item.id,
      raw: bytes,
      owner: addressOf(item.rawOwner),
      key: toBase64url(item.rawOwner),
      signature: toBase64url(item.rawSignature),
      target: item.target,
      anchor: item.rawAnchor.toString("utf8"),
      tags: item.tags.map(({ name, value }) => ({ name, value })),
      data: item.rawData.toString("utf8"),
    }
  } catch {
    return null
  }
}

/** An item signed by an RSA wallet. */
export async function signItem(
  jwk: Jwk,
  { target, tags, data, anchor }: Pick<UnitItem, "target" | "tags" | "data" | "anchor">,
): Promise<UnitItem> {
  const signer = new ArweaveSigner({ ...jwk })
  const item = createData(data, signer, {
    ...(target && { target }),
    ...(Buffer.byteLength(anchor) === 32 && { anchor }),
    tags: [...tags],
  })
  await item.sign(signer)
  return (await readItem(item.getRaw()))!
}

/** The first tag of a name: what the units go by. */
export function tagOf(tags: readonly AoTag[], name: string): string | null {
  return tags.find((tag) => tag.name === name)?.value ?? null
}

function addressOf(owner: Buffer): string {
  return owner.length === 65 ? ethereumAddress(owner) : toBase64url(sha256(owner))
}

/** EIP-55. */
function ethereumAddress(key: Buffer): string {
  const hex = bytesToHex(keccak_256(key.subarray(1)).slice(12))
  const hash = bytesToHex(keccak_256(Buffer.from(hex)))
  const cased = [...hex].map((digit, n) =>
    Number.parseInt(hash[n]!, 16) >= 8 ? digit.toUpperCase() : digit,
  )
  return `0x${cased.join("")}`
}
