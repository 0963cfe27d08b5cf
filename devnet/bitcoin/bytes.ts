// Bytes as Bitcoin writes them: double SHA-256, hashes shown backwards, and lengths in compact form.

import { createHash } from "node:crypto"

export function sha256(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash("sha256")
  for (const part of parts) hash.update(part)
  return hash.digest()
}

export function hash256(...parts: readonly Uint8Array[]): Buffer {
  return sha256(sha256(...parts))
}

/** A hash as RPC, explorers and people write it: hexadecimal, last byte first. */
export function shown(hash: Uint8Array): string {
  return Buffer.from(hash).reverse().toString("hex")
}

/** The bytes of a hash that was written by `shown`. */
export function unshown(text: string): Buffer {
  return Buffer.from(text, "hex").reverse()
}

/** 64 hexadecimal digits: an id of a transaction or a block. */
export function isHash(text: unknown): text is string {
  return typeof text === "string" && /^[0-9a-fA-F]{64}$/.test(text)
}

/** Bytes of hexadecimal text; null for any other text. */
export function fromHex(text: string): Buffer | null {
  return text.length % 2 === 0 && /^[0-9a-fA-F]*$/.test(text) ? Buffer.from(text, "hex") : null
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex")
}

/** How a list or a string says its length. */
export function compactSize(length: number): Buffer {
  if (length < 0xfd) return Buffer.from([length])
  if (length <= 0xffff) return Buffer.from([0xfd, length & 0xff, length >> 8])
  const bytes = Buffer.alloc(5, 0xfe)
  bytes.writeUInt32LE(length, 1)
  return bytes
}

/** The root over hashes: of a block's transactions, or of their witnesses. At least one. */
export function merkleRoot(hashes: readonly Uint8Array[]): Buffer {
  let row: Buffer[] = hashes.map((hash) => Buffer.from(hash))
  while (row.length > 1) {
    const above: Buffer[] = []
    for (let i = 0; i < row.length; i += 2) above.push(hash256(row[i]!, row[i + 1] ?? row[i]!))
    row = above
  }
  return row[0]!
}
