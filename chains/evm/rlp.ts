// Recursive length prefix: the one way to write bytes and lists of them that Ethereum hashes. Pure.

import { concat } from "../bytes.ts"

export type Rlp = Uint8Array | readonly Rlp[]

/** The encoding of bytes or of a list (Yellow Paper, appendix B). */
export function rlp(item: Rlp): Uint8Array {
  if (item instanceof Uint8Array)
    return item.length === 1 && item[0]! < 0x80 ? item : concat(prefix(0x80, item.length), item)
  const parts = item.map(rlp)
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  return concat(prefix(0xc0, length), ...parts)
}

/** A number as RLP writes it: big-endian without leading zeros, 0 as no byte at all. */
export function numberBytes(value: bigint | number): Uint8Array {
  const bytes: number[] = []
  for (let rest = BigInt(value); rest > 0n; rest >>= 8n) bytes.unshift(Number(rest & 0xffn))
  return Uint8Array.from(bytes)
}

function prefix(offset: number, length: number): Uint8Array {
  if (length <= 55) return Uint8Array.of(offset + length)
  const size = numberBytes(length)
  return concat(Uint8Array.of(offset + 55 + size.length), size)
}
