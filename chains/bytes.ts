// Bytes and text: unpadded base64url as Arweave writes it, UTF-8, and joining. Pure.

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
const VALUES = new Int8Array(128).fill(-1)
for (let value = 0; value < 64; value += 1) VALUES[ALPHABET.charCodeAt(value)] = value

export function toBase64url(bytes: Uint8Array): string {
  let text = ""
  for (let at = 0; at < bytes.length; at += 3) {
    const left = bytes.length - at
    const group = (bytes[at]! << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0)
    text += ALPHABET[group >> 18]! + ALPHABET[(group >> 12) & 63]!
    if (left > 1) text += ALPHABET[(group >> 6) & 63]!
    if (left > 2) text += ALPHABET[group & 63]!
  }
  return text
}

/** The bytes of unpadded base64url; null for anything but the one way to write them. */
export function fromBase64url(text: string): Uint8Array | null {
  const rest = text.length % 4
  if (rest === 1) return null
  const bytes = new Uint8Array((text.length * 3) >> 2)
  let at = 0
  let index = 0
  for (; index + 4 <= text.length; index += 4) {
    const high = (valueAt(text, index) << 18) | (valueAt(text, index + 1) << 12)
    const group = high | (valueAt(text, index + 2) << 6) | valueAt(text, index + 3)
    if (group < 0) return null
    bytes[at++] = group >> 16
    bytes[at++] = group >> 8
    bytes[at++] = group
  }
  if (rest === 0) return bytes
  const last = rest === 3 ? valueAt(text, index + 2) : 0
  const group = (valueAt(text, index) << 18) | (valueAt(text, index + 1) << 12) | (last << 6)
  // The bits that fill up the last character must be zero, or two texts would mean the same bytes.
  if (group < 0 || (group & (rest === 2 ? 0xffff : 0xff)) !== 0) return null
  bytes[at++] = group >> 16
  if (rest === 3) bytes[at] = group >> 8
  return bytes
}

/** Negative for what is not in the alphabet, and so is then the whole group. */
function valueAt(text: string, index: number): number {
  const code = text.charCodeAt(index)
  return code < 128 ? VALUES[code]! : -1
}

/** True for 32 bytes in base64url: a transaction, an address, a process. */
export function isId(text: string): boolean {
  return text.length === 43 && fromBase64url(text) !== null
}

export function utf8(text: string): Uint8Array {
  return ENCODER.encode(text)
}

/** The text of bytes, or null when they are not UTF-8. */
export function textOf(bytes: Uint8Array): string | null {
  try {
    return DECODER.decode(bytes)
  } catch {
    return null
  }
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

const ENCODER = new TextEncoder()
const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
