// The part of Ethereum's ABI that our contracts need: fields of 32 bytes, in calldata and in logs. Pure.

import { keccak_256 } from "@noble/hashes/sha3.js"
import { utf8 } from "../bytes.ts"
import { toHex } from "./hex.ts"

/** A number, or hex text of at most 32 bytes that is filled up in front, as 64 digits. */
export function word(value: bigint | number | string): string {
  return (typeof value === "string" ? value.slice(2) : value.toString(16)).padStart(64, "0")
}

/** The words of some data, without `0x`; null unless it is words throughout. */
export function wordsOf(data: string): readonly string[] | null {
  const digits = data.slice(2)
  if (digits.length % 64 !== 0) return null
  return digits.match(/.{64}/g) ?? []
}

/** The number in a word. */
export function numberIn(word: string): bigint {
  return BigInt(`0x${word}`)
}

/** The address in a word, lower case; null when there is more in it. */
export function addressIn(word: string): string | null {
  return /^0{24}/.test(word) ? `0x${word.slice(24)}` : null
}

/** `name(types)` of a function as the four bytes that begin its calldata. */
export function selectorOf(signature: string): string {
  return toHex(keccak_256(utf8(signature))).slice(0, 10)
}

/** `Name(types)` of an event as its first topic. */
export function topicOf(signature: string): string {
  return toHex(keccak_256(utf8(signature)))
}
