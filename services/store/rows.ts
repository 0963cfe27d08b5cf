// A transfer as the tables hold it, and the way from a row to the core's Transfer.

import type { AssetName, ChainName } from "../../core/assets.ts"
import type { TransferId } from "../../core/ids.ts"
import type { Problem, State, Transfer } from "../../core/transfer.ts"
import type { Queries } from "./database.ts"

export interface TransferRow {
  readonly number: bigint
  readonly id: TransferId
  readonly asset: AssetName
  readonly source: ChainName
  readonly target: ChainName
  readonly amount: bigint
  readonly sender: string
  readonly recipient: string | null
  readonly refund_to: string
  readonly forward: Readonly<Record<string, string>>
  readonly problem: Problem | null
  readonly depth: number | null
  readonly note: string | null
  readonly senders: readonly string[] | null
  readonly unnamed: number | null
  readonly state: State
  readonly version: number
  readonly fee: bigint
  readonly block_height: bigint
  readonly block_id: string
  readonly reason: string | null
  readonly refund: boolean
  readonly slot: string | null
  readonly plan: string | null
  readonly transaction: string | null
  readonly changed_at: Date
}

/** The columns of a TransferRow, from `sightings s join transfers t using (number)`. */
export function transferColumns(sql: Queries) {
  return sql`
    number, s.id, s.asset, s.source, s.target, s.amount, s.sender, s.recipient, s.refund_to,
    s.forward, s.problem, s.depth, s.note, s.senders, s.unnamed, t.state, t.version, t.fee, t.block_height, t.block_id, t.reason,
    t.refund, t.slot, t.plan, t.transaction, t.changed_at`
}

export function transferFrom(row: TransferRow): Transfer {
  return {
    id: row.id,
    asset: row.asset,
    source: row.source,
    target: row.target,
    amount: row.amount,
    sender: row.sender,
    recipient: row.recipient,
    refundTo: row.refund_to,
    forward: row.forward,
    problem: row.problem,
    ...(row.depth !== null && { depth: row.depth }),
    ...(row.note !== null && { note: row.note }),
    ...(row.senders !== null && { senders: row.senders }),
    ...(row.unnamed !== null && { unnamed: row.unnamed }),
    state: row.state,
    version: row.version,
    fee: row.fee,
    block: { height: Number(row.block_height), id: row.block_id },
    reason: row.reason,
    refund: row.refund,
    slot: row.slot,
    plan: row.plan,
    transaction: row.transaction,
  }
}

/** The chain that pays a transfer out: its source when it goes back. */
export function payoutChainOf(transfer: Transfer): ChainName {
  return transfer.refund ? transfer.source : transfer.target
}
