// The root of the Merkle Patricia trie over a list, as blocks commit to their receipts with it. Pure.

import { keccak_256 } from "@noble/hashes/sha3.js"
import { numberBytes, type Rlp, rlp } from "./rlp.ts"

/** Root of the trie that holds `values[n]` under the key `rlp(n)` (Yellow Paper, appendix D). */
export function listRoot(values: readonly Uint8Array[]): Uint8Array {
  const leaves = values.map((value, n) => ({ path: nibblesOf(rlp(numberBytes(n))), value }))
  return keccak_256(rlp(node(leaves, 0)))
}

interface Leaf {
  /** Half bytes; no path is the beginning of another. */
  readonly path: readonly number[]
  readonly value: Uint8Array
}

const NONE = new Uint8Array()

/** The node of these leaves, whose paths are the same up to `depth`. */
function node(leaves: readonly Leaf[], depth: number): Rlp {
  const [first] = leaves
  if (!first) return NONE
  if (leaves.length === 1) return [packed(first.path.slice(depth), true), first.value]
  const shared = sharedUntil(leaves, depth)
  if (shared > depth) return [packed(first.path.slice(depth, shared), false), link(leaves, shared)]
  const children = Array.from({ length: 16 }, (_, nibble) =>
    link(
      leaves.filter(({ path }) => path[depth] === nibble),
      depth + 1,
    ),
  )
  return [...children, NONE]
}

/** A node of 32 bytes or more is referred to by its hash, a smaller one stands in its parent. */
function link(leaves: readonly Leaf[], depth: number): Rlp {
  const child = node(leaves, depth)
  const bytes = rlp(child)
  return bytes.length < 32 ? child : keccak_256(bytes)
}

function sharedUntil([first, ...others]: readonly Leaf[], depth: number): number {
  let end = depth
  while (others.every(({ path }) => path[end] === first!.path[end])) end += 1
  return end
}

/** Half bytes as bytes: a flag says whether it ends in a value, and whether the number is odd. */
function packed(nibbles: readonly number[], isLeaf: boolean): Uint8Array {
  const flag = (isLeaf ? 2 : 0) + (nibbles.length % 2)
  const all = nibbles.length % 2 === 1 ? [flag, ...nibbles] : [flag, 0, ...nibbles]
  return Uint8Array.from({ length: all.length / 2 }, (_, n) => all[2 * n]! * 16 + all[2 * n + 1]!)
}

function nibblesOf(bytes: Uint8Array): number[] {
  return [...bytes].flatMap((byte) => [byte >> 4, byte & 15])
}
