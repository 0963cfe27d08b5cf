// Model of books that come back from a backup: the rules of `services/watchers/recover.ts` on the model store.

import type { Settlement } from "../../chains/chain.ts"
import { isPayable, payoutOf } from "../../core/payout.ts"
import { limitsOf } from "../../core/policy.ts"
import { OWED, type Transfer, type TransferEvent } from "../../core/transfer.ts"
import type { Fact } from "../../services/watchers/facts.ts"
import { Halted } from "./invariants.ts"
import { isHome } from "./kinds.ts"
import type { ModelChain, Plan } from "./plans.ts"
import { landedFor } from "./rest.ts"
import { POLICY } from "./rules.ts"
import type { Change, ModelStore } from "./store.ts"
import { payoutChain } from "./workers.ts"
import type { World } from "./world.ts"

/** The books are lost, and those of an earlier time take their place; whoever was at work has died. */
export function restoreFrom(world: World, backup: ModelStore): void {
  const { store } = world
  world.log("the books come back from a backup")
  store.become(backup)
  store.restorations += 1
  store.recoveries.clear()
  for (const chain of world.chains)
    store.recoveries.set(chain, { height: null, isRead: false, isOver: false })
  world.queue.length = 0
  world.audit.rebuilt()
}

export function isRecovering({ store, rules }: World, chain: ModelChain): boolean {
  const recovery = store.recoveries.get(chain)
  return rules.recoversFirst && recovery !== undefined && !recovery.isOver
}

export function mayTell(
  { store, rules }: World,
  chain: ModelChain,
  head: number,
  isConfirmed: boolean,
): boolean {
  const recovery = store.recoveries.get(chain)
  if (!recovery || recovery.isOver) return true
  recovery.height ??= head
  if (head >= recovery.height && isConfirmed) recovery.isRead = true
  if (!rules.readsAllFirst) return true
  const isScreened = [...store.transfers.values()].every(({ state }) => state !== "confirmed")
  return [...store.recoveries.values()].every(({ isRead }) => isRead) && isScreened
}

export function mayEnd({ store }: World, chain: ModelChain, settled: number): void {
  const recovery = store.recoveries.get(chain)
  if (recovery && recovery.height !== null && settled >= recovery.height) recovery.isOver = true
}

/** Those who may be paid by what the books do not remember, as they would be: some of them go back by now. */
export function forgotten(
  { store }: World,
  chain: ModelChain,
  known: readonly Transfer[],
): readonly Transfer[] {
  if (!store.recoveries.has(chain)) return known
  const ids = new Set(known.map(({ id }) => id))
  const open = [...store.transfers.values()]
    .filter(({ id, state }) => !ids.has(id) && OWED.includes(state))
    .map((one) => (one.source === chain && one.slot === null ? goingBack(one) : one))
    .filter((one) => isPayable(one) && payoutOf(one).chain === chain)
  return [...known, ...open]
}

function goingBack(transfer: Transfer): Transfer {
  if (transfer.refund) return transfer
  return { ...transfer, refund: true, fee: limitsOf(POLICY, transfer)!.refundFee }
}

/** Items that the token refused after the backup was taken: their transfers wait for the same bytes, which it takes once. */
export function refusedBefore(
  { store }: World,
  chain: ModelChain,
  { outcome, reason, transaction, transfers }: Settlement,
): readonly Fact[] {
  if (outcome !== "refused" || reason === "already-minted" || !store.recoveries.has(chain))
    return []
  const isWaiting = (known: Transfer | undefined) =>
    known?.state === "signing" && payoutChain(known) === chain
  return transfers
    .filter((id) => isWaiting(store.transfers.get(id)))
    .map((transfer) => ({
      ...{ transfer, key: `Died:${transaction}` },
      event: { kind: "Died", reason: reason ?? "payout-refused" },
    }))
}

/** A payout that the books do not remember planning is planned again in the commit that tells it. */
export function replanned(
  world: World,
  chain: ModelChain,
  fact: Fact,
  spent?: string,
): readonly (Fact | Change)[] {
  const { store } = world
  const known = store.transfers.get(fact.transfer)
  if (!known || fact.event.kind !== "Settled" || !store.recoveries.has(chain)) return [fact]
  if (known.state !== "ready" && known.state !== "held") return [fact]
  const { id } = known
  const before: Change[] = []
  const tell = (event: TransferEvent) =>
    before.push({
      ...{ transfer: id, event, key: `${id} ${event.kind}:${fact.key}` },
      // Somebody may have decided meanwhile: then it is looked at again.
      version: known.version + before.length,
    })
  const isBack = known.source === chain && !known.refund
  const now = isBack ? goingBack(known) : known
  if (isBack && known.state === "ready") tell({ kind: "Flagged", reason: "paid-back" })
  if (isBack) tell({ kind: "Redirected", by: ["the chain"], fee: now.fee })
  else if (known.state === "held") tell({ kind: "Approved", by: ["the chain"] })
  demandSameFee(world, now, fact.event.transaction)
  if (!isHome(chain) || fact.event.slot !== undefined) return [...before, fact]
  const slot = `${spent ?? `${chain}:${fact.event.transaction}`}:${id}`
  const plan: Plan = {
    id: `landed ${slot}`,
    payouts: [payoutOf(now)],
    terms: { kind: "attempt", chain, attempt: 0 },
  }
  store.plans.set(plan.id, plan)
  tell({ kind: "Planned", slot, plan: plan.id })
  return [...before, fact]
}

/** A block that came elsewhere has another fee: what was paid before is found by auditors, by its amount. */
function demandSameFee(world: World, transfer: Transfer, transaction: string): void {
  const { amount } = payoutOf(transfer)
  if (!landedFor(world, transfer.id, transaction).includes(amount))
    throw new Halted("what was paid is not what is owed")
}
