// The Merkle tree over a transaction's data: its root is signed, a path proves one chunk.

import { sha256 } from "./bytes.ts"

/** Data is stored in chunks of at most this many bytes, and paid for in whole ones. */
export const CHUNK_BYTES = 256 * 1024

/** `bytes` are the data from `start` up to `end`, and `path` proves that against the root. */
export interface Chunk {
  readonly start: number
  readonly end: number
  readonly bytes: Uint8Array
  readonly path: Uint8Array
}

/**
 * The root and the chunks of data that came in one piece, cut as the node cuts it: 256 KiB each, the
 * rest last, and an empty one after data that ends on the border (`ar_tx:chunk_binary`).
 */
export function split(data: Uint8Array): { root: Buffer; chunks: Chunk[] } {
  const leaves: Leaf[] = []
  for (let start = 0; start <= data.byteLength; start += CHUNK_BYTES) {
    const bytes = data.subarray(start, start + CHUNK_BYTES)
    leaves.push(leaf(bytes, start, start + bytes.byteLength))
  }
  const root = tree(leaves)
  return { root: root.id, chunks: proven(root, Buffer.alloc(0)).filter((c) => c.end > c.start) }
}

/**
 * What a path says about the byte `offset` of data with this root and size: which chunk hash covers
 * it, from `start` up to `end`. Null when the path is not of this tree.
 */
export function follow(
  root: Uint8Array,
  size: number,
  offset: number,
  path: Uint8Array,
): { hash: Buffer; start: number; end: number } | null {
  let id = Buffer.from(root)
  let rest = Buffer.from(path)
  let [start, end] = [0, size]
  while (rest.byteLength >= BRANCH_BYTES) {
    const [left, right, note] = [rest.subarray(0, 32), rest.subarray(32, 64), rest.subarray(64, 96)]
    if (!branchId(left, right, note).equals(id)) return null
    const border = toNumber(note)
    const goesLeft = offset < border
    id = goesLeft ? left : right
    if (goesLeft) end = Math.min(end, border)
    else start = Math.max(start, border)
    rest = rest.subarray(BRANCH_BYTES)
  }
  const [hash, note] = [rest.subarray(0, 32), rest.subarray(32)]
  if (rest.byteLength !== LEAF_BYTES || !leafId(hash, note).equals(id)) return null
  return offset < start || offset >= end ? null : { hash, start, end }
}

interface Leaf {
  readonly id: Buffer
  readonly end: number
  readonly start: number
  readonly bytes: Uint8Array
}

interface Branch {
  readonly id: Buffer
  readonly end: number
  readonly left: Node
  readonly right: Node
}

type Node = Leaf | Branch

const LEAF_BYTES = 64
const BRANCH_BYTES = 96

function leaf(bytes: Uint8Array, start: number, end: number): Leaf {
  return { id: leafId(sha256(bytes), toNote(end)), start, end, bytes }
}

function tree(nodes: readonly Node[]): Node {
  if (nodes.length === 1) return nodes[0]!
  const next: Node[] = []
  for (let i = 0; i < nodes.length; i += 2) {
    const [left, right] = [nodes[i]!, nodes[i + 1]]
    next.push(right === undefined ? left : branch(left, right))
  }
  return tree(next)
}

function branch(left: Node, right: Node): Branch {
  return { id: branchId(left.id, right.id, toNote(left.end)), end: right.end, left, right }
}

function proven(node: Node, above: Buffer): Chunk[] {
  if (!("left" in node)) {
    const { start, end, bytes } = node
    return [{ start, end, bytes, path: Buffer.concat([above, sha256(bytes), toNote(end)]) }]
  }
  const path = Buffer.concat([above, node.left.id, node.right.id, toNote(node.left.end)])
  return [...proven(node.left, path), ...proven(node.right, path)]
}

function leafId(hash: Uint8Array, note: Uint8Array): Buffer {
  return sha256(sha256(hash), sha256(note))
}

function branchId(left: Uint8Array, right: Uint8Array, note: Uint8Array): Buffer {
  return sha256(sha256(left), sha256(right), sha256(note))
}

/** A number in the tree is 32 bytes, big-endian; ours stay below 2^48. */
function toNote(value: number): Buffer {
  const note = Buffer.alloc(32)
  note.writeUIntBE(value, 26, 6)
  return note
}

function toNumber(note: Buffer): number {
  return note.subarray(0, 26).every((byte) => byte === 0) ? note.readUIntBE(26, 6) : Infinity
}
