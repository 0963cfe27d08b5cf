// Whether a transaction may be in the next block: the network's rules on money, fees and anchors.

import { type Accounts, type Price, priceOf } from "./accounts.ts"
import { toBase64url } from "./bytes.ts"
import { split } from "./merkle.ts"
import { faultsOf, type Transaction } from "./transaction.ts"

/** Why it may not. Codes are the node's (`ar_tx:verify`), as `GET /tx/{id}` lists them after a 410. */
export type Objection =
  | { readonly kind: "invalid"; readonly codes: readonly string[] }
  | { readonly kind: "data-split" | "anchor-pending" | "bad-anchor" | "on-weave" | "in-mempool" }

/** The branch that the next block would extend, and what is true at its end. */
export interface Ground {
  readonly height: number
  readonly accounts: Accounts
  readonly price: Price
  /** The height of the block with this hash, null when it is not on this branch. */
  heightOf(hash: string): number | null
  /** The height of the block on this branch that holds the transaction, null when none does. */
  heightWith(id: string): number | null
}

/** A transaction may be anchored to one of this many latest blocks (`MAX_TX_ANCHOR_DEPTH`). */
export const ANCHOR_DEPTH = 50
/** `GET /tx_anchor` suggests the block this deep, 1 being the tip (`SUGGESTED_TX_ANCHOR_DEPTH`). */
export const SUGGESTED_ANCHOR_DEPTH = 6

/**
 * As a node judges at its door. It holds the transaction against the confirmed balance alone, so two
 * that overspend together are both taken, and one is dropped later.
 */
export function objectionAtDoor(
  tx: Transaction,
  ground: Ground,
  mempool: ReadonlySet<string>,
): Objection | null {
  const codes = [...faultsOf(tx), ...misfits(tx, ground)]
  if (codes.length > 0) return { kind: "invalid", codes }
  return anchorObjection(tx, ground, mempool) ?? dataObjection(tx)
}

/** As a miner judges what passed the door. `chosen` is what the block has already. */
export function objectionTo(
  tx: Transaction,
  ground: Ground,
  chosen: ReadonlySet<string> = new Set(),
): Objection | null {
  const codes = misfits(tx, ground)
  return codes.length > 0 ? { kind: "invalid", codes } : anchorObjection(tx, ground, chosen)
}

function misfits(tx: Transaction, { accounts, price }: Ground): string[] {
  return [
    ...(tx.reward < priceOf(tx.dataSize, tx.target, accounts, price) ? ["tx_too_cheap"] : []),
    ...(accounts.canAfford(tx) ? [] : ["overspend"]),
  ]
}

/** In the node's order (`ar_tx_replay_pool`), which decides what a client is told. */
function anchorObjection(
  tx: Transaction,
  ground: Ground,
  mempool: ReadonlySet<string>,
): Objection | null {
  if (mempool.has(tx.anchor)) return { kind: "anchor-pending" }
  // The wallet's own last transaction is good for exactly one more, whenever that comes.
  if (ground.accounts.find(tx.sender)?.lastTx === tx.anchor) return null
  const isRecent = (height: number | null) =>
    height !== null && height > ground.height - ANCHOR_DEPTH
  if (!isRecent(ground.heightOf(tx.anchor))) return { kind: "bad-anchor" }
  if (isRecent(ground.heightWith(tx.id))) return { kind: "on-weave" }
  return mempool.has(tx.id) ? { kind: "in-mempool" } : null
}

function dataObjection({ json, dataSize, dataRoot }: Transaction): Objection | null {
  if (json.data === "") return null
  const data = Buffer.from(json.data, "base64url")
  const isWhole = data.byteLength === dataSize && toBase64url(split(data).root) === dataRoot
  return isWhole ? null : { kind: "data-split" }
}
