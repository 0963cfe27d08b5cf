// What a chain says that we paid, to books that came back from a backup and do not remember planning it.

import type { Settlement } from "../../chains/chain.ts"
import { matched, type PaidOut } from "../../chains/match.ts"
import type { ChainName } from "../../core/assets.ts"
import type { TransferId } from "../../core/ids.ts"
import { isPayable, payoutOf } from "../../core/payout.ts"
import type { Policy } from "../../core/policy.ts"
import type { Transfer, TransferEvent } from "../../core/transfer.ts"
import type { Change } from "../store/advance.ts"
import {
  aim,
  isAllRead,
  markOver,
  markRead,
  type Recovery,
  recoveries,
  unsignedOn,
} from "../store/recoveries.ts"
import { payoutChainOf } from "../store/rows.ts"
import type { StoredTransfer } from "../store/transfers.ts"
import { goingBack } from "./differing.ts"
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

/** Where a chain names no transfers: those that are owed just what this transaction pays, and that nobody has signed for. */
export async function forgotten(
  { sql, chain, policy }: Watcher,
  { paid = [] }: Settlement,
  known: readonly StoredTransfer[],
): Promise<readonly StoredTransfer[]> {
  return owedThat(policy, chain.name, paid, known, await unsignedOn(sql, chain.name))
}

/** Of `known`, then of `open`, those that `paid` pays on this chain: some of these go back by now. */
export function owedThat<T extends Transfer>(
  policy: Policy,
  chain: ChainName,
  paid: readonly PaidOut[],
  known: readonly T[],
  open: readonly T[],
): readonly T[] {
  const ids = new Set(known.map(({ id }) => id))
  const owed = [
    ...known.map((one) => ({ one, now: one })),
    ...open
      .filter(({ id }) => !ids.has(id))
      .map((one) => ({ one, now: one.source === chain ? goingBack(policy, one) : one }))
      .filter(({ now }) => isPayable(now) && payoutOf(now).chain === chain),
  ]
  const byId = new Map(owed.map(({ one }) => [one.id, one]))
  const found = matched(
    paid,
    owed.map(({ now }) => payoutOf(now)),
  )
  return found.paid.map(({ transfer }) => byId.get(transfer)!)
}

/**
 * What the token refused after the backup was taken: the restored books still wait for that item, whose bytes the token
 * takes once. Its transfers are planned anew; each is minted once, whatever is refused or signed meanwhile. Whoever goes
 * back by now waits for a transaction of another chain, of which the token says nothing.
 */
export function refusedBefore(
  chain: ChainName,
  { outcome, reason, transaction, transfers }: Settlement,
  knownOf: (id: TransferId) => Transfer | null,
): readonly Change[] {
  if (outcome !== "refused" || reason === "already-minted") return []
  return transfers.flatMap((transfer): Change[] => {
    const known = knownOf(transfer)
    if (known?.state !== "signing" || payoutChainOf(known) !== chain) return []
    const event = { kind: "Died", reason: reason ?? "payout-refused" } as const
    // Who let it go meanwhile has done the same.
    return [{ transfer, key: `Died:${transaction}`, version: known.version, event }]
  })
}

/**
 * A payout that was planned after the backup was taken is planned again in the same commit, under the name of what
 * landed; what people had decided before it is decided again by the chain, as the group has signed it since. What the books
 * have planned meanwhile, in another slot, the group never signs. The moves and the books are as they would have been.
 */
export function replanned(
  { chain, policy }: { readonly chain: Pick<Watcher["chain"], "name">; readonly policy: Policy },
  fact: Fact,
  known: Transfer & Pick<StoredTransfer, "number">,
  spent?: string,
): readonly (Fact | Change)[] {
  const { event, transfer: id } = fact
  if (event.kind !== "Settled") return [fact]
  const used = event.slot ?? (spent && `${spent}:${id}`)
  const isElsewhere = known.state === "signing" && !isIn(known, chain.name, used)
  if (!isElsewhere && known.state !== "ready" && known.state !== "held") return [fact]
  const isBack = known.source === chain.name && !known.refund
  const now = isBack ? goingBack(policy, known) : known
  // What is paid elsewhere than it is owed is for people.
  if (!isPayable(now) || payoutOf(now).chain !== chain.name) return [fact]
  const before: Change[] = []
  const decide = (one: TransferEvent) =>
    before.push({
      ...{ transfer: id, key: `${one.kind}:${event.transaction}`, event: one },
      // Somebody may have decided meanwhile: that stays.
      version: known.version + before.length,
    })
  if (isElsewhere) decide({ kind: "Died", reason: "paid-elsewhere" })
  if (isBack && known.state !== "held") decide({ kind: "Flagged", reason: "paid-back" })
  if (isBack) decide({ kind: "Redirected", by: BY_CHAIN, fee: now.fee })
  else if (known.state === "held") decide({ kind: "Approved", by: BY_CHAIN })
  // In a slot that outlives its plan a payout needs none.
  if (event.slot !== undefined) return [...before, fact]
  const payout = payoutOf(now)
  const slot = used ?? `${chain.name}:${event.transaction}:${id}`
  const plan = `${chain.name}-landed-${event.transaction}-${known.number}`
  return [
    ...before,
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

/** Whether a payout on this chain used the slot that the transfer holds; one that names none may have. */
function isIn(known: Transfer, chain: ChainName, used: string | undefined): boolean {
  return payoutChainOf(known) === chain && (used === undefined || used === known.slot)
}

const BY_CHAIN = ["the chain"]
