// ANS-104 data items as the local units take them: read strictly, verified, and signed for the messenger.

import {
  constants,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  sign as signBytes,
  verify as verifyBytes,
} from "node:crypto"
import { promisify } from "node:util"
import { secp256k1 } from "@noble/curves/secp256k1.js"
import { keccak_256 } from "@noble/hashes/sha3.js"
import { sha256, toBase64url } from "../arweave/bytes.ts"
import { deepHash } from "../arweave/deep-hash.ts"
import type { Jwk } from "../arweave/wallet.ts"
import type { AoTag } from "../evaluator.ts"
import { decodeTags, encodeTags } from "./tags.ts"

/** A verified item. The bridge's own codec is not used: an error in it must show, not cancel out. */
export interface UnitItem {
  readonly id: string
  readonly raw: Uint8Array
  /** Address of the signer: base64url of a hash, or a checksummed `0x…` for an Ethereum key. */
  readonly owner: string
  /** The public key, base64url. */
  readonly key: string
  readonly signature: string
  /** base64url of 32 bytes, or empty. */
  readonly target: string
  /** 32 printable characters as they are, any other 32 bytes in base64url (43 characters), or empty. */
  readonly anchor: string
  readonly tags: readonly AoTag[]
  readonly data: string
  /** False when the data is not UTF-8, and `data` only resembles it. */
  readonly isText: boolean
  readonly bytes: Uint8Array
}

/**
 * The item in these bytes, or null when its form, type or signature is wrong. RSA-4096 (type 1) and
 * Ethereum keys (type 3): the network's scheduler takes every other type for RSA and refuses it.
 */
export function readItem(raw: Uint8Array): UnitItem | null {
  const parts = partsOf(Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength))
  const tags = parts && decodeTags(parts.rawTags)
  if (!parts || tags === null || tags.length !== parts.tagCount || !isSigned(parts)) return null
  const { owner, signature, data } = parts
  const text = data.toString("utf8")
  return {
    id: toBase64url(sha256(signature)),
    raw,
    owner: owner.length === SIZES[3].owner ? ethereumAddress(owner) : toBase64url(sha256(owner)),
    key: toBase64url(owner),
    signature: toBase64url(signature),
    target: toBase64url(parts.target),
    anchor: textOf(parts.anchor),
    tags,
    data: text,
    isText: Buffer.from(text).equals(data),
    bytes: data,
  }
}

export interface Draft {
  readonly target: string
  readonly data: string
  /** 32 bytes of UTF-8, or anything else for none. */
  readonly anchor: string
  readonly tags: readonly AoTag[]
}

/** Signs items with one RSA key; null for tags that do not fit into an item. */
export function itemSigner(jwk: Jwk): (draft: Draft) => Promise<UnitItem | null> {
  const key = createPrivateKey({ format: "jwk", key: { ...jwk } })
  const owner = Buffer.from(jwk.n, "base64url")
  const options = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
  return async ({ target, data, anchor, tags }) => {
    const rawTags = encodeTags(tags)
    if (rawTags === null) return null
    const unsigned = {
      ...{ type: 1 as const, owner, target: Buffer.from(target, "base64url"), rawTags },
      anchor: Buffer.byteLength(anchor) === 32 ? Buffer.from(anchor) : Buffer.alloc(0),
      ...{ tagCount: tags.length, data: Buffer.from(data) },
    }
    // With a callback the exponentiation, 5 ms, runs beside the event loop.
    const signature = await promisify(signBytes)("sha256", messageOf(unsigned), options)
    return readItem(bytesOf({ ...unsigned, signature }))
  }
}

/** The first tag of a name: what the units go by. */
export function tagOf(tags: readonly AoTag[], name: string): string | null {
  return tags.find((tag) => tag.name === name)?.value ?? null
}

const SIZES = { 1: { owner: 512, signature: 512 }, 3: { owner: 65, signature: 65 } } as const

interface Parts {
  readonly type: keyof typeof SIZES
  readonly signature: Buffer
  readonly owner: Buffer
  readonly target: Buffer
  readonly anchor: Buffer
  readonly tagCount: number
  readonly rawTags: Buffer
  readonly data: Buffer
}

/** ANS-104 §1.1: `type, signature, owner, 0/1 [target], 0/1 [anchor], counts of tags, tags, data`. */
function partsOf(raw: Buffer): Parts | null {
  try {
    const type = raw.readUInt16LE(0)
    if (type !== 1 && type !== 3) return null
    let at = 2
    const take = (length: number): Buffer => {
      if (at + length > raw.length) throw new RangeError("cut off")
      at += length
      return raw.subarray(at - length, at)
    }
    const signature = take(SIZES[type].signature)
    const owner = take(SIZES[type].owner)
    const optional = (): Buffer => {
      const [flag] = take(1)
      if (flag! > 1) throw new RangeError("neither there nor not")
      return take(flag! * 32)
    }
    const target = optional()
    const anchor = optional()
    const tagCount = Number(take(8).readBigUInt64LE())
    const rawTags = take(Number(take(8).readBigUInt64LE()))
    return { type, signature, owner, target, anchor, tagCount, rawTags, data: raw.subarray(at) }
  } catch {
    return null
  }
}

function bytesOf(parts: Parts): Buffer {
  const { type, signature, owner, target, anchor, tagCount, rawTags, data } = parts
  const head = Buffer.alloc(2)
  head.writeUInt16LE(type)
  const counts = Buffer.alloc(16)
  counts.writeBigUInt64LE(BigInt(tagCount))
  counts.writeBigUInt64LE(BigInt(rawTags.length), 8)
  const optional = (bytes: Buffer) => [Buffer.of(bytes.length > 0 ? 1 : 0), bytes]
  const middle = [...optional(target), ...optional(anchor), counts, rawTags]
  return Buffer.concat([head, signature, owner, ...middle, data])
}

/** The 48 bytes that are signed (ANS-104 §2.1). */
function messageOf({ type, owner, target, anchor, rawTags, data }: Omit<Parts, "signature">) {
  const head = ["dataitem", "1", `${type}`].map((text) => Buffer.from(text))
  return deepHash([...head, owner, target, anchor, rawTags, data])
}

function isSigned(parts: Parts): boolean {
  const { type, owner, signature } = parts
  const message = messageOf(parts)
  if (type === 3) return isEthereumSigned(message, owner, signature)
  const options = {
    ...{ key: rsaKey(owner), padding: constants.RSA_PKCS1_PSS_PADDING },
    // Any length of salt: the network recovers it from the signature.
    saltLength: constants.RSA_PSS_SALTLEN_AUTO,
  }
  return verifyBytes("sha256", message, options, signature)
}

function rsaKey(modulus: Buffer): KeyObject {
  const key = { kty: "RSA", e: "AQAB", n: toBase64url(modulus) }
  return createPublicKey({ format: "jwk", key })
}

/** What wallets call a personal message; `v` is 27 or 28 (EIP-191). */
function isEthereumSigned(message: Buffer, owner: Buffer, signature: Buffer): boolean {
  const v = signature[64]!
  if (v !== 27 && v !== 28) return false
  const prefix = Buffer.from(`\x19Ethereum Signed Message:\n${message.length}`)
  const digest = keccak_256(Buffer.concat([prefix, message]))
  const recoverable = Buffer.concat([Buffer.of(v - 27), signature.subarray(0, 64)])
  try {
    const key = secp256k1.recoverPublicKey(recoverable, digest, { prehash: false })
    return Buffer.compare(key, secp256k1.Point.fromBytes(owner).toBytes(true)) === 0
  } catch {
    return false
  }
}

/** EIP-55: a letter is a capital when the hash of the address has 8 or more in its place. */
function ethereumAddress(key: Buffer): string {
  const hex = Buffer.from(keccak_256(key.subarray(1)).slice(12)).toString("hex")
  const hash = Buffer.from(keccak_256(Buffer.from(hex))).toString("hex")
  const cased = [...hex].map((digit, n) => (hash[n]! >= "8" ? digit.toUpperCase() : digit))
  return `0x${cased.join("")}`
}

function textOf(anchor: Buffer): string {
  const text = anchor.toString("latin1")
  return /^[\x20-\x7e]*$/.test(text) ? text : toBase64url(anchor)
}
