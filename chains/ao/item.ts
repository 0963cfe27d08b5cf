// ANS-104 data items, the messages of AO: their bytes, what is signed, their id and owner. Pure.

import { ed25519 } from "@noble/curves/ed25519.js"
import { secp256k1 } from "@noble/curves/secp256k1.js"
import { sha256 } from "@noble/hashes/sha2.js"
import { keccak_256 } from "@noble/hashes/sha3.js"
import { bytesToHex } from "@noble/hashes/utils.js"
import { evmAddress } from "../address.ts"
import { concat, fromBase64url, textOf, toBase64url, utf8 } from "../bytes.ts"
import { deepHash, type Hash } from "../deep-hash.ts"

/** How an item is signed; AO takes RSA-4096 everywhere, Ethereum keys on most of its units. */
export type SignatureType = 1 | 2 | 3

export interface ItemTag {
  readonly name: string
  readonly value: string
}

export interface UnsignedItem {
  readonly type: SignatureType
  /** Public key: RSA modulus (512 bytes), Ed25519 (32) or uncompressed secp256k1 (65). */
  readonly owner: Uint8Array
  /** 32 bytes, or empty. */
  readonly target: Uint8Array
  /** 32 bytes, or empty. */
  readonly anchor: Uint8Array
  readonly tags: readonly ItemTag[]
  readonly data: Uint8Array
}

export interface Item extends UnsignedItem {
  readonly signature: Uint8Array
}

/** Lengths of the owner and of the signature (ANS-104, `signatures`). */
export const SIZES: Readonly<Record<SignatureType, { owner: number; signature: number }>> = {
  1: { owner: 512, signature: 512 },
  2: { owner: 32, signature: 64 },
  3: { owner: 65, signature: 65 },
}

/** The 48 bytes that are signed (ANS-104 §"Signing"). */
export function messageOf(item: UnsignedItem, hash?: Hash): Uint8Array {
  const { type, owner, target, anchor, tags, data } = item
  const head = [utf8("dataitem"), utf8("1"), utf8(`${type}`)]
  return deepHash([...head, owner, target, anchor, encodeTags(tags), data], hash)
}

export function idOf(signature: Uint8Array): string {
  return toBase64url(sha256(signature))
}

/** What AO calls the key: an Ethereum address with its checksum, else base64url of the hash. */
export function addressOf(owner: Uint8Array): string {
  if (owner.length !== SIZES[3].owner) return toBase64url(sha256(owner))
  return evmAddress(`0x${bytesToHex(keccak_256(owner.subarray(1)).subarray(12))}`)!
}

/** Whether a key other than RSA signed these 48 bytes; an Ethereum key signs them as a personal message. */
export function isSigned(
  type: 2 | 3,
  owner: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  try {
    if (type === 2) return ed25519.verify(signature, message, owner)
    const options = { prehash: false, lowS: false } as const
    return secp256k1.verify(signature.subarray(0, 64), personalHash(message), owner, options)
  } catch {
    return false
  }
}

/** An Ethereum wallet's signature of an item; `secretKey` is 32 bytes. */
export function signByEthereum(
  secretKey: Uint8Array,
  item: Omit<UnsignedItem, "type" | "owner">,
): Item {
  const unsigned = { ...item, type: 3 as const, owner: secp256k1.getPublicKey(secretKey, false) }
  const hash = personalHash(messageOf(unsigned))
  const signed = secp256k1.sign(hash, secretKey, { prehash: false, format: "recovered" })
  return { ...unsigned, signature: concat(signed.subarray(1), Uint8Array.of(27 + signed[0]!)) }
}

function personalHash(message: Uint8Array): Uint8Array {
  return keccak_256(concat(utf8(`\x19Ethereum Signed Message:\n${message.length}`), message))
}

/** The bytes that are posted; `decode` reads exactly these. */
export function encode(item: Item): Uint8Array {
  const tags = encodeTags(item.tags)
  return concat(
    Uint8Array.of(item.type, 0),
    item.signature,
    item.owner,
    optional(item.target),
    optional(item.anchor),
    u64(item.tags.length),
    u64(tags.length),
    tags,
    item.data,
  )
}

/** The item in the bytes, or null when they are not what `encode` writes. */
export function decode(raw: Uint8Array): Item | null {
  const type = raw[0]
  if ((type !== 1 && type !== 2 && type !== 3) || raw[1] !== 0) return null
  const reader = new Reader(raw, 2)
  const signature = reader.take(SIZES[type].signature)
  const owner = reader.take(SIZES[type].owner)
  const target = reader.optional()
  const anchor = reader.optional()
  const count = reader.u64()
  const tags = decodeTags(reader.take(reader.u64()))
  if (reader.isBroken || tags === null || tags.length !== count) return null
  return { type, signature, owner, target, anchor, tags, data: reader.rest() }
}

/** Avro: an array of (name, value), as ANS-104 has it; nothing at all for no tags. */
export function encodeTags(tags: readonly ItemTag[]): Uint8Array {
  if (tags.length === 0) return new Uint8Array()
  const parts = [long(tags.length)]
  for (const { name, value } of tags)
    for (const text of [utf8(name), utf8(value)]) parts.push(long(text.length), text)
  return concat(...parts, long(0))
}

function decodeTags(bytes: Uint8Array): ItemTag[] | null {
  if (bytes.length === 0) return []
  const reader = new Reader(bytes, 0)
  const count = reader.long()
  if (count < 1 || count > TAGS_MAX) return null
  const tags: ItemTag[] = []
  for (let index = 0; index < count; index += 1) {
    const name = textOf(reader.take(reader.long()))
    const value = textOf(reader.take(reader.long()))
    if (name === null || value === null) return null
    tags.push({ name, value })
  }
  return reader.long() === 0 && !reader.isBroken && reader.rest().length === 0 ? tags : null
}

const TAGS_MAX = 128

/** The bytes of an id, for `target`; empty for none. */
export function targetOf(id: string): Uint8Array {
  return fromBase64url(id) ?? new Uint8Array()
}

function optional(bytes: Uint8Array): Uint8Array {
  return bytes.length === 0 ? Uint8Array.of(0) : concat(Uint8Array.of(1), bytes)
}

function u64(value: number): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value), true)
  return bytes
}

/** Avro's zigzag varint of a number that is not negative. */
function long(value: number): Uint8Array {
  const bytes: number[] = []
  let left = value * 2
  while (left > 127) {
    bytes.push((left & 127) | 128)
    left = Math.floor(left / 128)
  }
  return Uint8Array.of(...bytes, left)
}

/** Takes bytes in turn; reading past the end makes it `isBroken` and yields nothing. */
class Reader {
  readonly #bytes: Uint8Array
  #at: number
  isBroken = false

  constructor(bytes: Uint8Array, at: number) {
    // A Buffer is a window into memory that others share, and its slices are windows too: one of ours copies.
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#at = at
  }

  take(length: number): Uint8Array {
    if (length < 0 || this.#at + length > this.#bytes.length) {
      this.isBroken = true
      return new Uint8Array()
    }
    this.#at += length
    return this.#bytes.slice(this.#at - length, this.#at)
  }

  rest(): Uint8Array {
    return this.take(this.#bytes.length - this.#at)
  }

  optional(): Uint8Array {
    const flag = this.take(1)[0]
    if (flag === 1) return this.take(32)
    if (flag !== 0) this.isBroken = true
    return new Uint8Array()
  }

  u64(): number {
    const bytes = this.take(8)
    if (bytes.length !== 8) return 0
    const value = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true)
    return value > 0xffff_ffffn ? this.#bytes.length + 1 : Number(value)
  }

  /** Avro's zigzag varint; negative ones do not occur here. */
  long(): number {
    let value = 0
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.take(1)[0] ?? 0
      value |= (byte & 127) << shift
      if (byte < 128) return value & 1 ? -1 : value >> 1
    }
    this.isBroken = true
    return -1
  }
}
