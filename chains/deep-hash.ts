// The hash that Arweave transactions and data items sign: SHA-384 over a tree of byte strings. Pure.

import { sha384 } from "@noble/hashes/sha2.js"
import { utf8 } from "./bytes.ts"

export type Tree = Uint8Array | readonly Tree[]
export type Hash = (bytes: Uint8Array) => Uint8Array

/**
 * 48 bytes (ANS-104 and Arweave format 2: `deepHash`). Another implementation of SHA-384 may be passed
 * where the platform has a faster one.
 */
export function deepHash(tree: Tree, hash: Hash = sha384): Uint8Array {
  const pair = new Uint8Array(96)
  const joined = (left: Uint8Array, right: Uint8Array) => {
    pair.set(left, 0)
    pair.set(right, 48)
    return hash(pair)
  }
  const hashOf = (node: Tree): Uint8Array => {
    if (node instanceof Uint8Array) return joined(hash(utf8(`blob${node.length}`)), hash(node))
    let sum = hash(utf8(`list${node.length}`))
    for (const branch of node) sum = joined(sum, hashOf(branch))
    return sum
  }
  return hashOf(tree)
}
