// Arweave's transaction of format 2: read from a node's JSON, its signed bytes, its id and who signed it. Pure.

import { sha256 } from "@noble/hashes/sha2.js"
import { fromBase64url, isBase64url, isId, textOf, toBase64url, utf8 } from "../bytes.ts"
import { deepHash, type Hash, type Tree } from "../deep-hash.ts"
import type { Tag } from "../tags.ts"

/** As a node serves it: numbers are decimal text, the rest base64url. */
export interface TransactionJson {
  readonly format: 2
  readonly id: string
  readonly last_tx: string
  /** RSA modulus; empty when a secp256k1 key signed (since Arweave 2.9). */
  readonly owner: string
  readonly tags: readonly { readonly name: string; readonly value: string }[]
  readonly target: string
  readonly quantity: string
  readonly data_size: string
  readonly data_root: string
  readonly reward: string
  readonly signature: string
}

/** A transaction whose id and signature were checked. */
export interface Transaction {
  readonly id: string
  /** Address of the key that signed. */
  readonly sender: string
  /** Empty when nobody is paid. */
  readonly target: string
  /** Winston. */
  readonly quantity: bigint
  /** Winston. */
  readonly reward: bigint
  readonly anchor: string
  readonly tags: readonly Tag[]
}

/**
 * The fields of format 2, each in its one form; null for anything else. Format 1 is among that: its
 * signed bytes run together, so that amount and reward could be told differently under one signature.
 */
export function transactionJson(value: unknown): TransactionJson | null {
  if (typeof value !== "object" || value === null) return null
  const { format, id, last_tx, owner, tags, target, ...rest } = value as Record<string, unknown>
  const { quantity, data_size, data_root, reward, signature } = rest
  if (format !== 2 || typeof id !== "string" || !isId(id)) return null
  if (!isBytes(last_tx) || !isBytes(owner) || !isBytes(target) || !isBytes(data_root)) return null
  if (!isDecimal(quantity) || !isDecimal(data_size) || !isDecimal(reward)) return null
  if (!isBytes(signature) || !Array.isArray(tags)) return null
  const pairs: { name: string; value: string }[] = []
  for (const tag of tags as ({ name?: unknown; value?: unknown } | null)[]) {
    if (!isBytes(tag?.name) || !isBytes(tag.value)) return null
    pairs.push({ name: tag.name, value: tag.value })
  }
  const numbers = { quantity, data_size, reward }
  return { format, id, last_tx, owner, tags: pairs, target, ...numbers, data_root, signature }
}

/** The 48 bytes that are signed; a secp256k1 transaction leaves the owner out of the list. */
export function messageOf(
  json: Omit<TransactionJson, "id" | "signature">,
  hash?: Hash,
): Uint8Array {
  const tree: Tree = [
    utf8("2"),
    ...(json.owner === "" ? [] : [bytes(json.owner)]),
    bytes(json.target),
    utf8(json.quantity),
    utf8(json.reward),
    bytes(json.last_tx),
    json.tags.map(({ name, value }) => [bytes(name), bytes(value)]),
    utf8(json.data_size),
    bytes(json.data_root),
  ]
  return deepHash(tree, hash)
}

export function idOf(signature: Uint8Array, hash: Hash = sha256): string {
  return toBase64url(hash(signature))
}

/** Of an RSA modulus or of a compressed secp256k1 key. */
export function addressOf(key: Uint8Array, hash: Hash = sha256): string {
  return toBase64url(hash(key))
}

/** The transaction as the codec reads it, once its signature was found to be that of `sender`. */
export function signedBy(sender: string, json: TransactionJson): Transaction {
  return {
    id: json.id,
    sender,
    target: json.target,
    quantity: BigInt(json.quantity),
    reward: BigInt(json.reward),
    anchor: json.last_tx,
    tags: json.tags.map(({ name, value }) => ({
      name: textOf(bytes(name)),
      value: textOf(bytes(value)),
    })),
  }
}

/** The bytes of a field that `transactionJson` let through. */
export function bytes(field: string): Uint8Array {
  return fromBase64url(field) ?? new Uint8Array()
}

function isBytes(value: unknown): value is string {
  return typeof value === "string" && isBase64url(value)
}

function isDecimal(value: unknown): value is string {
  return typeof value === "string" && /^(0|[1-9][0-9]{0,30})$/.test(value)
}
