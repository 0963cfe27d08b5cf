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
    if (node instanceof Uint8Array) return joined(labelled("blob", node.length, hash), hash(node))
    let sum = labelled("list", node.length, hash)
    for (const branch of node) sum = joined(sum, hashOf(branch))
    return sum
  }
  // The hash of an empty list is its label's, which is kept: callers get bytes of their own.
  return new Uint8Array(hashOf(tree))
}

/** The hash of a kind and a length: few, and a third of all the hashing. */
function labelled(kind: "blob" | "list", length: number, hash: Hash): Uint8Array {
  const label = `${kind}${length}`
  const known = LABELS.get(label)
  if (known !== undefined) return known
  const fresh = hash(utf8(label))
  if (length < LABELLED_MAX) LABELS.set(label, fresh)
  return fresh
}

const LABELLED_MAX = 1_024
const LABELS = new Map<string, Uint8Array>()
