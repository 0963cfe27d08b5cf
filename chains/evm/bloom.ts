// The bloom filter of a block: says for sure that a contract wrote no log in it. Pure.

import { keccak_256 } from "@noble/hashes/sha3.js"

/** The three bits of a value, as (byte, mask) in a filter of 256 bytes (Yellow Paper, 4.3.1). */
export type BloomKey = readonly (readonly [byte: number, mask: number])[]

export function bloomKey(value: Uint8Array): BloomKey {
  const hash = keccak_256(value)
  return [0, 2, 4].map((at) => {
    const bit = ((hash[at]! << 8) | hash[at + 1]!) & 2047
    return [255 - (bit >> 3), 1 << (bit & 7)]
  })
}

/** False: the value is certainly not in it. True: it may be. */
export function mayHold(bloom: Uint8Array, key: BloomKey): boolean {
  return key.every(([byte, mask]) => (bloom[byte]! & mask) !== 0)
}
