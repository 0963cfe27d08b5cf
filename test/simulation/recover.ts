// Books that come back from a backup: what `services/watchers/recover.ts` makes of what the chains tell, on the model store.

import type { PaidOut } from "../../chains/match.ts"
import { payoutOf } from "../../core/payout.ts"
import type { Transfer } from "../../core/transfer.ts"
import type { Change as RealChange } from "../../services/store/applying.ts"
import { goingBack } from "../../services/watchers/differing.ts"
import type { Fact } from "../../services/watchers/facts.ts"
import { owedThat, replanned } from "../../services/watchers/recover.ts"
import { isHome } from "./kinds.ts"
import { payoutChain } from "./planner.ts"
import type { ModelChain } from "./plans.ts"
import { landedFor } from "./rest.ts"
import { POLICY } from "./rules.ts"
import type { Change, ModelStore } from "./store.ts"
import { Halted } from "./violation.ts"
import type { World } from "./world.ts"

/** The books are lost, and those of an earlier time take their place; whoever was at work has died. */
export function restoreFrom(world: World, backup: ModelStore): void {
  const { store } = world
  world.log("the books come back from a backup")
  const paid = [...store.transfers.values()].filter(
    (one) => one.state === "paid" && isHome(payoutChain(one)),
  )
  store.become(backup)
  store.restorations += 1
  store.recoveries.clear()
  for (const chain of world.chains)
    store.recoveries.set(chain, { height: null, isRead: false, isOver: false })
  world.queue.length = 0
  world.audit.rebuilt(paid.map(({ id }) => id))
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

/** Those whom a transaction pays that names nobody: holders of its slot, or who may be paid by what the books forgot. */
export function paidBy(
  { store }: World,
  chain: ModelChain,
  paid: readonly PaidOut[],
  known: readonly Transfer[],
): readonly Transfer[] {
  const all = [...store.transfers.values()]
  const open = UNSIGNED.flatMap((wanted) => all.filter(({ state }) => state === wanted))
  return owedThat(POLICY, chain, paid, known, store.recoveries.has(chain) ? open : [])
}

/** As `unsignedOn` of the store has them. */
const UNSIGNED = ["ready", "held", "signing"] as const

/** As the bridge tells books what they forgot; a plan that it makes up for it is one of the model's. */
export function recovered(
  world: World,
  chain: ModelChain,
  fact: Fact,
  spent?: string,
): readonly (Fact | Change)[] {
  const { store } = world
  const known = store.transfers.get(fact.transfer)
  if (!known || fact.event.kind !== "Settled" || !store.recoveries.has(chain)) return [fact]
  const isPlannedHere = known.state === "signing" && payoutChain(known) === chain
  const now = known.source === chain && !isPlannedHere ? goingBack(POLICY, known) : known
  if (UNSIGNED.some((state) => state === known.state))
    demandSameFee(world, now, fact.event.transaction)
  const number = BigInt([...store.transfers.keys()].indexOf(known.id))
  const about = { chain: { name: chain }, policy: POLICY }
  return replanned(about, fact, { ...known, number }, spent).map((one) => {
    if (one === fact) return fact
    const { plan } = one as RealChange
    if (plan) {
      const { id, payouts } = plan
      store.keepPlan({ id, payouts, terms: { kind: "attempt", chain, terms: {} } })
    }
    return asRead(one)
  })
}

/** A change of the services as one of the model. */
export function asRead({ transfer, key, event, ...rest }: Fact | RealChange): Change {
  const version = "version" in rest ? rest.version : undefined
  return { transfer, event, key: `${transfer} ${key}`, version: version ?? null }
}

/** A block that came elsewhere has another fee: what was paid before is found by auditors, by its amount. */
function demandSameFee(world: World, transfer: Transfer, transaction: string): void {
  const { amount } = payoutOf(transfer)
  if (!landedFor(world, transfer.id, transaction).includes(amount))
    throw new Halted("what was paid is not what is owed")
}
