// Hexadecimal texts as Ethereum writes them, and their bytes. Pure.

import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js"

export function fromHex(text: string): Uint8Array {
  return hexToBytes(text.slice(2))
}

/** Lower case, with `0x`. */
export function toHex(bytes: Uint8Array): string {
  return `0x${bytesToHex(bytes)}`
}

/** A number as JSON-RPC takes it. */
export function hexNumber(value: bigint | number): string {
  return `0x${value.toString(16)}`
}
