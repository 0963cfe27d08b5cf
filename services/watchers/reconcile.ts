// How a chain that we recorded and the chain as it is now fit together: pure.

import type { BlockRef } from "../../core/transfer.ts"

export type Reconciliation =
  /** The block continues what we recorded. */
  | { readonly kind: "extend" }
  /** We recorded this block already. */
  | { readonly kind: "known" }
  /** Our newest block is not on this chain any more: drop it and look again one block lower. */
  | { readonly kind: "rewind" }
  /** Nothing may be concluded from this block, above a gap or below our newest: look at `height`. */
  | { readonly kind: "fetch"; readonly height: number }

/**
 * Compares the newest recorded block with one canonical block. `head` is null before the first block.
 * Only a different canonical block at a recorded height means a reorganisation; "not found" never does.
 */
export function reconcile(
  head: BlockRef | null,
  block: BlockRef & { readonly parent: string },
): Reconciliation {
  if (head === null) return { kind: "extend" }
  if (block.height === head.height)
    return block.id === head.id ? { kind: "known" } : { kind: "rewind" }
  if (block.height < head.height) return { kind: "fetch", height: head.height }
  if (block.height > head.height + 1) return { kind: "fetch", height: head.height + 1 }
  return block.parent === head.id ? { kind: "extend" } : { kind: "rewind" }
}
