// What a chain says that we paid, to books that came back from a backup and do not remember planning it.

import type { Settlement } from "../../chains/chain.ts"
import { matched } from "../../chains/match.ts"
import { isPayable, payoutOf } from "../../core/payout.ts"
import type { Change } from "../store/advance.ts"
import {
  aim,
  isAllRead,
  markOver,
  markRead,
  type Recovery,
  recoveries,
  unplannedOn,
} from "../store/recoveries.ts"
import type { StoredTransfer } from "../store/transfers.ts"
import type { Fact } from "./facts.ts"
import type { Watcher } from "./follow.ts"

/** Null in books that never came back from a backup. */
export async function recoveryOf({ sql, chain }: Watcher): Promise<Recovery | null> {
  return (await recoveries(sql)).find((one) => one.chain === chain.name) ?? null
}

/** At the first look after the books came back: the chain is asked for all up to this tip. */
export async function aimRecovery({ sql, chain }: Watcher, tip: number): Promise<void> {
  await aim(sql, chain.name, tip)
}

/**
 * Whether this chain's payouts may be told now. While another chain has not told what began on it they wait: `head` is
 * how far we have read, `isConfirmed` that nothing deep enough is left to confirm.
 */
export async function mayTell(
  { sql, chain }: Watcher,
  recovery: Recovery | null,
  head: number,
  isConfirmed: boolean,
): Promise<boolean> {
  if (recovery === null || recovery.isOver) return true
  const isThere = recovery.height !== null && head >= recovery.height && isConfirmed
  if (isThere && !recovery.isRead) await markRead(sql, chain.name)
  return isThere && (await isAllRead(sql))
}

/** `settled`: payouts up to this height have been told. */
export async function mayEnd(watcher: Watcher, recovery: Recovery | null, settled: number) {
  if (recovery === null || recovery.isOver || recovery.height === null) return
  if (settled < recovery.height) return
  await markOver(watcher.sql, watcher.chain.name)
  watcher.log.info(
    { chain: watcher.chain.name },
    "what was paid before is on record; payouts go on",
  )
}

/** Where a chain names no transfers: those that are owed just what this transaction pays, and have no plan. */
export async function forgotten(
  { sql, chain }: Watcher,
  { paid = [] }: Settlement,
  known: readonly StoredTransfer[],
): Promise<readonly StoredTransfer[]> {
  const ids = new Set(known.map(({ id }) => id))
  const open = (await unplannedOn(sql, chain.name)).filter((one) => isPayable(one))
  const owed = [...known, ...open.filter(({ id }) => !ids.has(id))]
  const payouts = new Map(owed.map((one) => [one.id, one]))
  const found = matched(paid, owed.map(payoutOf))
  return found.paid.map(({ transfer }) => payouts.get(transfer)!)
}

/**
 * A payout that was planned after the backup was taken is planned again in the same commit, under the name of what
 * landed: the moves and the books are as they would have been.
 */
export function replanned(
  { chain }: Watcher,
  fact: Fact,
  known: StoredTransfer,
  spent?: string,
): readonly (Fact | Change)[] {
  const { event, transfer: id } = fact
  const payout = payoutOf(known)
  // In a slot that outlives its plan a payout needs none, and what is paid elsewhere than it is owed is for people.
  if (event.kind !== "Settled" || event.slot !== undefined) return [fact]
  if (known.state !== "ready" || payout.chain !== chain.name) return [fact]
  const slot = `${spent ?? `${chain.name}:${event.transaction}`}:${id}`
  const plan = `${chain.name}-landed-${event.transaction}-${known.number}`
  return [
    {
      ...{ transfer: id, key: `Planned:${plan}` },
      event: { kind: "Planned", plan, slot },
      plan: {
        ...{ id: plan, chain: chain.name, payouts: [payout], terms: {}, attempt: 0 },
        ...{ messages: [new TextEncoder().encode(event.transaction)], turn: null },
        slots: new Map([[id, slot]]),
      },
    },
    fact,
  ]
}
