// Bytes and text: unpadded base64url as Arweave writes it, UTF-8, and joining. Pure.

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
const VALUES = new Uint8Array(128)
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

// One pattern for the whole text would need a stack as long as the text.
const FOREIGN = /[^A-Za-z0-9_-]/
const LAST = { 0: /^/, 1: /(?!)/, 2: /[AQgw]$/, 3: /[AEIMQUYcgkosw048]$/ } as const

/**
 * Whether this is the one way to write its bytes in unpadded base64url: the bits that fill up the last
 * character are zero, or two texts would mean the same bytes.
 */
export function isBase64url(text: string): boolean {
  return !FOREIGN.test(text) && LAST[(text.length % 4) as keyof typeof LAST].test(text.slice(-1))
}

/** The bytes of unpadded base64url; null for anything but the one way to write them. */
export function fromBase64url(text: string): Uint8Array | null {
  if (!isBase64url(text)) return null
  const bytes = new Uint8Array((text.length * 3) >> 2)
  let at = 0
  for (let index = 0; index < text.length; index += 4) {
    const group =
      (VALUES[text.charCodeAt(index)]! << 18) |
      (VALUES[text.charCodeAt(index + 1)]! << 12) |
      (VALUES[text.charCodeAt(index + 2)]! << 6) |
      VALUES[text.charCodeAt(index + 3)]!
    // Beyond the end of the text a code is NaN and its value 0; beyond the end of the bytes nothing is written.
    bytes[at++] = group >> 16
    bytes[at++] = group >> 8
    bytes[at++] = group
  }
  return bytes
}

/** True for 32 bytes in base64url: a transaction, an address, a process. */
export function isId(text: string): boolean {
  return text.length === 43 && isBase64url(text)
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
