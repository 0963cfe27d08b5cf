// Bytes as Arweave writes them in JSON (unpadded base64url), and the two hashes it uses.

import { createHash } from "node:crypto"

export function toBase64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64url")
}

/** The bytes of unpadded base64url text; null when it is anything but the one way to write them. */
export function fromBase64url(text: string): Buffer | null {
  const bytes = Buffer.from(text, "base64url")
  return bytes.toString("base64url") === text ? bytes : null
}

export function sha256(...parts: Uint8Array[]): Buffer {
  return hash("sha256", parts)
}

export function sha384(...parts: Uint8Array[]): Buffer {
  return hash("sha384", parts)
}

/** True for what can be a transaction id, an address or a data root: 32 bytes, 43 characters. */
export function isId(text: string): boolean {
  return text.length === 43 && fromBase64url(text) !== null
}

function hash(name: string, parts: Uint8Array[]): Buffer {
  const sum = createHash(name)
  for (const part of parts) sum.update(part)
  return sum.digest()
}
