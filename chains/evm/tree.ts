// The tree of releases under one approval: root, and the way from each leaf to it. Pure; `contracts/README.md` defines it.

import { keccak_256 } from "@noble/hashes/sha3.js"
import { assert } from "../../core/assert.ts"
import { concat } from "../bytes.ts"

/** Leaves of 32 bytes, at least one, in the order in which they are paid. The root of one leaf is the leaf. */
export function rootOf(leaves: readonly Uint8Array[]): Uint8Array {
  return layersOf(leaves).at(-1)![0]!
}

/** The hashes beside the way from leaf `at` to the root. */
export function proofOf(leaves: readonly Uint8Array[], at: number): readonly Uint8Array[] {
  assert(at >= 0 && at < leaves.length, "a proof is of a leaf")
  const beside = layersOf(leaves).map((layer, depth) => layer[(at >> depth) ^ 1])
  return beside.filter((hash) => hash !== undefined)
}

/** Neighbours are hashed in pairs, the odd one at the end moves up as it is. */
function layersOf(leaves: readonly Uint8Array[]): readonly (readonly Uint8Array[])[] {
  assert(leaves.length > 0, "a tree has leaves")
  const layers = [leaves]
  for (let layer = leaves; layer.length > 1; layers.push(layer))
    layer = Array.from({ length: Math.ceil(layer.length / 2) }, (_, n) =>
      paired(layer[2 * n]!, layer[2 * n + 1]),
    )
  return layers
}

/** The smaller first, so that a proof needs not say on which side it stands. */
function paired(left: Uint8Array, right: Uint8Array | undefined): Uint8Array {
  if (right === undefined) return left
  return keccak_256(isLess(left, right) ? concat(left, right) : concat(right, left))
}

function isLess(left: Uint8Array, right: Uint8Array): boolean {
  const at = left.findIndex((byte, n) => byte !== right[n])
  return at >= 0 && left[at]! < right[at]!
}
