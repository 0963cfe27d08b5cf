// A layer-one transaction: read from JSON, and everything about it that can be judged without a chain.

import { constants, createPublicKey, type KeyObject, verify as verifySignature } from "node:crypto"
import { secp256k1 } from "@noble/curves/secp256k1.js"
import { fromBase64url, sha256, toBase64url } from "./bytes.ts"
import { deepHash } from "./deep-hash.ts"

/** Names and values as the JSON has them, base64url. */
export interface Tag {
  readonly name: string
  readonly value: string
}

/** What a client posts and a node serves; numbers are decimal text, the rest base64url. */
export interface TransactionJson {
  readonly format: number
  readonly id: string
  readonly last_tx: string
  readonly owner: string
  readonly tags: readonly Tag[]
  readonly target: string
  readonly quantity: string
  readonly data: string
  readonly data_size: string
  readonly data_root: string
  readonly reward: string
  readonly signature: string
}

/** Amounts in winston. `sender` is the address the signature belongs to, empty when it has none. */
export interface Transaction {
  readonly id: string
  readonly sender: string
  readonly target: string
  readonly quantity: bigint
  readonly reward: bigint
  readonly anchor: string
  readonly tags: readonly Tag[]
  readonly dataSize: number
  readonly dataRoot: string
  readonly json: TransactionJson
  /** The body of `GET /tx/{id}`, made once: it carries no data, as on the network. */
  readonly served: Buffer
}

/** A body that is no transaction at all; the message is the node's own answer. */
export class NotATransaction extends Error {}

/**
 * Reads a posted transaction. Two ways to sign exist since Arweave 2.9: RSA-4096, whose key is
 * `owner`, and secp256k1, whose `owner` is empty because the key is recovered from the signature.
 * Throws `NotATransaction`. Nothing is verified here but the form.
 */
export function parseTransaction(body: unknown): Transaction {
  const json = tidy(body)
  return transactionOf(json, senderOf(json))
}

/** A transaction that was parsed before, without the work of finding out again who sent it. */
export function transactionOf(json: TransactionJson, sender: string): Transaction {
  return {
    id: json.id,
    sender,
    target: json.target,
    quantity: BigInt(json.quantity),
    reward: BigInt(json.reward),
    anchor: json.last_tx,
    tags: json.tags,
    dataSize: Number(json.data_size),
    dataRoot: json.data_root,
    json,
    served: served(json),
  }
}

/** The body of `GET /tx/{id}`. */
export function served(json: TransactionJson): Buffer {
  const { data_root, reward, signature, ...front } = json
  const rest = { data_tree: [], data_root, reward, signature }
  return Buffer.from(JSON.stringify({ ...front, data: "", ...rest }))
}

/**
 * The node's error codes for what is wrong whatever the chain says (`ar_tx:verify`); empty when
 * nothing is. Format 1, which the network still takes, is refused here.
 */
export function faultsOf(tx: Transaction): string[] {
  const { json, quantity, sender, target, dataSize, dataRoot } = tx
  const claims: [string, boolean][] = [
    ["tx_format_not_supported", json.format === 2],
    ["quantity_negative", quantity >= 0n],
    ["same_owner_as_target", sender !== target],
    ["tx_fields_too_large", isWithinLimits(json)],
    ["tx_id_not_valid", toBase64url(sha256(decoded(json.signature))) === json.id],
    ["tx_signature_not_valid", isSigned(tx)],
    ["tx_data_size_negative", dataSize >= 0],
    ["tx_data_size_data_root_mismatch", (dataSize === 0) === (dataRoot === "")],
    ["invalid_target_length", isTarget(decoded(target).byteLength, quantity)],
  ]
  return claims.filter(([, holds]) => !holds).map(([code]) => code)
}

/** The 48 bytes that are signed. A secp256k1 transaction leaves the owner out of the list. */
export function signatureData(json: Omit<TransactionJson, "id" | "signature">): Buffer {
  return deepHash([
    Buffer.from(`${json.format}`),
    ...(json.owner === "" ? [] : [decoded(json.owner)]),
    decoded(json.target),
    Buffer.from(json.quantity),
    Buffer.from(json.reward),
    decoded(json.last_tx),
    json.tags.map(({ name, value }) => [decoded(name), decoded(value)]),
    Buffer.from(json.data_size),
    decoded(json.data_root),
  ])
}

function senderOf(json: TransactionJson): string {
  const key = json.owner === "" ? recoveredKey(json) : decoded(json.owner)
  return key === null ? "" : toBase64url(sha256(key))
}

function isSigned({ json, sender }: Transaction): boolean {
  // The secp256k1 key was recovered from the signature, so that it verifies is already known.
  if (json.owner === "") return sender !== ""
  const [owner, signature] = [decoded(json.owner), decoded(json.signature)]
  if (owner.byteLength !== RSA_BYTES || signature.byteLength !== RSA_BYTES) return false
  try {
    return verifySignature(
      "sha256",
      signatureData(json),
      {
        key: rsaKey(json.owner),
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength: constants.RSA_PSS_SALTLEN_AUTO,
      },
      signature,
    )
  } catch {
    return false
  }
}

const RSA_BYTES = 512
const keys = new Map<string, KeyObject>()

/** A parsed key, remembered: wallets come back, and parsing costs as much as verifying. */
function rsaKey(n: string): KeyObject {
  const known = keys.get(n)
  if (known !== undefined) return known
  const key = createPublicKey({ format: "jwk", key: { kty: "RSA", n, e: "AQAB" } })
  if (keys.size >= 10_000) keys.clear()
  keys.set(n, key)
  return key
}

/** The 33-byte key, or null: 65 bytes r, s, recovery id 0-3, and only the lower of the two s. */
function recoveredKey(json: TransactionJson): Uint8Array | null {
  const signature = decoded(json.signature)
  if (signature.byteLength !== 65) return null
  try {
    const recoverable = Buffer.concat([signature.subarray(64), signature.subarray(0, 64)])
    const parsed = secp256k1.Signature.fromBytes(recoverable, "recovered")
    // What is recovered verifies by construction, so only the rule on s is left to check.
    if (parsed.hasHighS()) return null
    return parsed.recoverPublicKey(sha256(signatureData(json))).toBytes(true)
  } catch {
    return null
  }
}

function isWithinLimits(json: TransactionJson): boolean {
  const sizes = json.tags.map(({ name, value }) => decoded(name).length + decoded(value).length)
  return (
    sizes.reduce((sum, size) => sum + size, 0) <= 2048 &&
    json.tags.length <= 2048 &&
    decoded(json.last_tx).byteLength <= 48 &&
    decoded(json.owner).byteLength <= RSA_BYTES &&
    decoded(json.signature).byteLength <= RSA_BYTES &&
    decoded(json.data_root).byteLength <= 32 &&
    [json.quantity, json.reward, json.data_size].every((digits) => digits.length <= 21)
  )
}

function isTarget(bytes: number, quantity: bigint): boolean {
  return bytes === 32 || (quantity === 0n && bytes < 32)
}

/** The posted JSON with our fields only, each in its one form. */
function tidy(body: unknown): TransactionJson {
  if (typeof body !== "object" || body === null) throw new NotATransaction("Invalid JSON.")
  const fields = body as Record<string, unknown>
  const json = {
    format: Number(fields.format ?? 1),
    id: base64url(fields.id),
    last_tx: base64url(fields.last_tx),
    owner: base64url(fields.owner ?? ""),
    tags: tags(fields.tags ?? []),
    target: base64url(fields.target ?? ""),
    quantity: decimal(fields.quantity ?? "0"),
    data: base64url(fields.data ?? ""),
    data_size: decimal(fields.data_size ?? "0"),
    data_root: base64url(fields.data_root ?? ""),
    reward: decimal(fields.reward),
    signature: base64url(fields.signature),
  }
  if (decoded(json.id).byteLength !== 32) throw new NotATransaction("Invalid hash.")
  return json
}

function tags(value: unknown): Tag[] {
  if (!Array.isArray(value)) throw new NotATransaction("Invalid JSON.")
  return value.map((tag: { name?: unknown; value?: unknown } | null) => ({
    name: base64url(tag?.name),
    value: base64url(tag?.value),
  }))
}

function base64url(value: unknown): string {
  if (typeof value === "string" && fromBase64url(value) !== null) return value
  throw new NotATransaction("Invalid JSON.")
}

/** Numbers are text and are signed as text: `007` or `+7` would be a second way to write 7. */
function decimal(value: unknown): string {
  if (typeof value === "string" && /^(0|-?[1-9]\d{0,99})$/.test(value)) return value
  throw new NotATransaction("Invalid JSON.")
}

function decoded(text: string): Buffer {
  return Buffer.from(text, "base64url")
}
