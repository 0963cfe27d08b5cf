// The tags of a data item: an Avro array of (name, value), as ANS-104 writes it.

import type { AoTag } from "../evaluator.ts"

/** ANS-104 §1.3; the second is what the reference library builds and verifies at most. */
const COUNT_MAX = 128
const BYTES_MAX = 4_096

/** The bytes, empty for no tags; null for more than an item can hold. */
export function encodeTags(tags: readonly AoTag[]): Buffer | null {
  if (tags.length === 0) return Buffer.alloc(0)
  if (tags.length > COUNT_MAX) return null
  const parts = [long(tags.length)]
  for (const { name, value } of tags) {
    for (const text of [name, value]) parts.push(long(Buffer.byteLength(text)), Buffer.from(text))
  }
  const bytes = Buffer.concat([...parts, long(0)])
  return bytes.length > BYTES_MAX ? null : bytes
}

/** The tags in order, or null when the bytes are anything but an array of at most 128 of them. */
export function decodeTags(bytes: Buffer): AoTag[] | null {
  if (bytes.length === 0) return []
  if (bytes.length > BYTES_MAX) return null
  const reader = { bytes, at: 0 }
  const tags: AoTag[] = []
  try {
    for (let count = readLong(reader); count !== 0; count = readLong(reader)) {
      // A negative count is followed by the length of its block in bytes (Avro, "Arrays").
      if (count < 0) readLong(reader)
      for (let left = Math.abs(count); left > 0; left--) {
        if (tags.length === COUNT_MAX) return null
        tags.push({ name: readText(reader), value: readText(reader) })
      }
    }
  } catch {
    return null
  }
  return reader.at === bytes.length ? tags : null
}

/** Avro's long: zigzag, seven bits a byte, the lowest first. All lengths here fit 31 bits. */
function long(value: number): Buffer {
  const bytes: number[] = []
  let rest = value * 2
  for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128)
  return Buffer.from([...bytes, rest])
}

interface Reader {
  readonly bytes: Buffer
  at: number
}

function readLong(reader: Reader): number {
  let zigzag = 0
  for (let shift = 0; ; shift += 7) {
    const byte = reader.bytes[reader.at++]
    if (byte === undefined || shift > 21) throw new RangeError("cut off, or absurdly long")
    zigzag |= (byte & 127) << shift
    if (byte < 128) break
  }
  return (zigzag >>> 1) ^ -(zigzag & 1)
}

function readText(reader: Reader): string {
  const length = readLong(reader)
  const end = reader.at + length
  if (length < 0 || end > reader.bytes.length) throw new RangeError("cut off")
  const text = reader.bytes.toString("utf8", reader.at, end)
  reader.at = end
  return text
}
