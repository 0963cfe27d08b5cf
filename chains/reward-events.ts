// What one block of a ledger states for rewards: mints, burns, refunds and moves, in the order in which a slot does things.
// Pure: whoever reads the same block, and knows the same transfers, has the same events.

import { ASSETS, type AssetName, type ChainName } from "../core/assets.ts"
import type { TransferId } from "../core/ids.ts"
import type { Move, RewardEvent } from "../core/rewards/event.ts"
import type { Transfer } from "../core/transfer.ts"
import { aoAddress } from "./address.ts"
import type { Settlement } from "./chain.ts"

export interface LedgerBlock {
  readonly chain: ChainName
  readonly height: number
  /** Null when it was read before blocks kept their time. */
  readonly timestampMs: number | null
  /** Burns. */
  readonly sightings: readonly TransferId[]
  readonly settlements: readonly Settlement[]
  readonly moves: readonly Move[]
}

/** As much of a transfer as its events need. */
export type Moved = Pick<
  Transfer,
  | ("id" | "asset" | "source" | "target" | "sender" | "recipient" | "refund" | "refundTo")
  | ("forward" | "amount" | "fee" | "state")
>

/**
 * `atS`: of the block before, 1 for the first. A block without a time has that one's; on one ledger time never goes
 * back. Returns the events and this block's own time.
 */
export function rewardEventsIn(
  { chain, height, timestampMs, sightings, settlements, moves }: LedgerBlock,
  atS: number,
  asset: AssetName,
  known: ReadonlyMap<TransferId, Moved>,
): { readonly events: readonly RewardEvent[]; readonly atS: number } {
  const now = Math.max(atS, Math.floor((timestampMs ?? 0) / 1_000))
  const paid = settlements
    .filter(({ outcome }) => outcome === "paid")
    .flatMap(({ transfers }) => transfers)
  const facts = [
    ...paid.flatMap((id) => mintOf(known.get(id), asset)),
    ...sightings.flatMap((id) => burnOf(known.get(id), asset)),
    ...moves.map((move) => moveOf(move, asset)),
  ]
  const events = facts.map(
    (fact, index) => ({ atS: now, chain, block: height, index, ...fact }) as RewardEvent,
  )
  return { events, atS: now }
}

/** `X-Referrer` of a deposit, in whatever case it was written. */
const REFERRER = /^x-referrer$/i

function mintOf(transfer: Moved | undefined, asset: AssetName) {
  if (!transfer || transfer.asset !== asset) return []
  const { id, source, target, sender, recipient, refund, refundTo, forward } = transfer
  const amount = transfer.amount - transfer.fee
  const account = aoAddress((refund ? refundTo : recipient) ?? "")
  if (account === null || amount <= 0n) return []
  // A burn that came back: it is minted on the ledger that it was burned on.
  if (refund) return [{ kind: "refund", account, asset, amount, transfer: id }]
  if (target !== ASSETS[asset].wrapped.ledger) return []
  const named = Object.entries(forward).find(([name]) => REFERRER.test(name))?.[1] ?? ""
  const referrer = aoAddress(named)
  return [{ kind: "mint", account, asset, amount, transfer: id, source, sender, referrer }]
}

function burnOf(transfer: Moved | undefined, asset: AssetName) {
  if (!transfer || transfer.asset !== asset || transfer.state === "dropped") return []
  const { id, amount, sender } = transfer
  return [{ kind: "burn", account: sender, asset, amount, transfer: id }]
}

function moveOf({ sender, recipient, amount, transaction }: Move, asset: AssetName) {
  return { kind: "move", account: sender, to: recipient, asset, amount, message: transaction }
}
