// The one rule by which a transfer changes: state and event in; state, entries and orders out.

import { assert, unreachable } from "./assert.ts"
import type { ChainName } from "./assets.ts"
import { BridgeError } from "./errors.ts"
import { type Entry, entriesFor } from "./ledger.ts"
import { isPayable } from "./payout.ts"
import { moveOf, type Transfer, type TransferEvent } from "./transfer.ts"

/** An order to the services, written in the same commit as the change that caused it. */
export type Effect =
  | { readonly kind: "screen" }
  | { readonly kind: "plan"; readonly chain: ChainName }
  | { readonly kind: "sign"; readonly plan: string }
  | { readonly kind: "broadcast"; readonly plan: string }
  | { readonly kind: "pause"; readonly chain: ChainName; readonly reason: string }
  | { readonly kind: "alarm"; readonly reason: string }

export interface Step {
  readonly transfer: Transfer
  readonly entries: readonly Entry[]
  readonly effects: readonly Effect[]
}

/**
 * Applies one event. Throws `illegal-move` for a pair outside MOVES and for a decision to pay what has no
 * recipient or costs all of its amount, `slot-taken` when a second slot is asked for, and `double-payout`
 * when a paid transfer settles again.
 */
export function step(before: Transfer | null, event: TransferEvent): Step {
  if (before?.state === "paid" && event.kind === "Settled")
    throw new BridgeError("double-payout", { transfer: before.id, by: event.transaction })
  const state = moveOf(before?.state ?? null, event.kind)
  if (state === null)
    throw new BridgeError("illegal-move", {
      transfer: before?.id ?? "new",
      state: before?.state ?? "none",
      event: event.kind,
    })
  const transfer = { ...changed(before, event), state, version: (before?.version ?? 0) + 1 }
  if (state === "ready" && !isPayable(transfer))
    throw new BridgeError("illegal-move", {
      transfer: transfer.id,
      event: event.kind,
      pays: "nobody",
    })
  check(transfer)
  return { transfer, entries: entriesFor(before, event), effects: effectsOf(transfer, event) }
}

function changed(before: Transfer | null, event: TransferEvent): Transfer {
  if (event.kind === "Seen") {
    const { fee: _, ...sighting } = event.sighting
    assert(before === null || before.id === sighting.id, "a sighting is of its own transfer")
    return {
      ...sighting,
      state: "seen",
      version: before?.version ?? 0,
      fee: event.fee,
      block: event.block,
      reason: null,
      refund: false,
      slot: null,
      plan: null,
      transaction: null,
    }
  }
  assert(before !== null, "only Seen begins a transfer")
  switch (event.kind) {
    case "Confirmed":
    case "Cleared":
      return { ...before, reason: null }
    case "Flagged":
      return { ...before, reason: event.reason }
    case "Approved":
      return { ...before, reason: null }
    case "Redirected":
      return { ...before, refund: true, fee: event.fee }
    case "Planned":
      // The old transaction can still land, so a bump must spend the same slot.
      if (before.slot !== null && before.slot !== event.slot)
        throw new BridgeError("slot-taken", { transfer: before.id, slot: before.slot })
      return { ...before, slot: event.slot, plan: event.plan, transaction: null }
    case "Signed":
      return { ...before, transaction: event.transaction }
    case "Settled":
      return { ...before, slot: slotUsed(before, event.slot), transaction: event.transaction }
    case "Died":
      return { ...before, slot: null, plan: null, transaction: null, reason: event.reason }
    case "Vanished":
      return event.reason ? { ...before, reason: event.reason } : before
    default:
      return unreachable(event)
  }
}

/** What was given up can only have been paid in a slot that outlives that: its chain tells which, and the slot its chain. */
function slotUsed(before: Transfer, slot: string | undefined): string {
  const chain = before.refund ? before.source : before.target
  const used = before.slot ?? (slot?.startsWith(`${chain}:`) ? slot : undefined)
  if (used === undefined)
    throw new BridgeError("illegal-move", {
      ...{ transfer: before.id, state: before.state, event: "Settled" },
      why: "a payout in no slot that it could have held",
    })
  return used
}

function check(transfer: Transfer): void {
  const { state, slot, transaction } = transfer
  const needsSlot = state === "signing" || state === "sent" || state === "paid"
  if (needsSlot) assert(slot !== null, "signing, sent and paid hold a slot")
  else assert(slot === null, "no slot is held before a plan")
  if (state === "sent" || state === "paid")
    assert(transaction !== null, "paid names its transaction")
}

function effectsOf(transfer: Transfer, event: TransferEvent): readonly Effect[] {
  const chain = transfer.refund ? transfer.source : transfer.target
  switch (event.kind) {
    case "Confirmed":
      return [{ kind: "screen" }]
    case "Cleared":
    case "Approved":
    case "Redirected":
    case "Died":
      return [{ kind: "plan", chain }]
    case "Flagged":
      return [{ kind: "alarm", reason: event.reason }]
    case "Planned":
      return [{ kind: "sign", plan: event.plan }]
    case "Signed":
      return [{ kind: "broadcast", plan: transfer.plan! }]
    case "Vanished":
      // Unbacked from here on: nothing more may be paid against this chain until people have looked.
      return transfer.state === "dropped"
        ? []
        : [
            { kind: "pause", chain: transfer.source, reason: "source-vanished" },
            { kind: "alarm", reason: "source-vanished" },
          ]
    case "Seen":
    case "Settled":
      return []
    default:
      return unreachable(event)
  }
}
