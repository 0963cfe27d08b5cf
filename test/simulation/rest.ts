// When a run has come to rest: nothing is under way, and what still waits can only be brought on by people.

import { originOf, type TransferId } from "../../core/ids.ts"
import type { Transfer } from "../../core/transfer.ts"
import { type ModelHome, offerOf } from "./home.ts"
import { isHome, type ModelChain } from "./kinds.ts"
import { payoutChain } from "./planner.ts"
import type { Plan } from "./plans.ts"
import { SIGNERS, THRESHOLD } from "./signers.ts"
import type { World } from "./world.ts"

/** Nothing is under way any more, in the books or on the chains. */
export function isQuiet(world: World): boolean {
  if ([...world.store.recoveries.values()].some(({ isOver }) => !isOver)) return false
  if (world.routes.some(({ home, ao }) => isMoving(world, home) || ao.waiting.length > 0))
    return false
  if ([...world.store.transfers.values()].some((transfer) => !isAtRest(world, transfer)))
    return false
  if ([...world.store.outbox.values()].some((row) => !isLeft(world, row.transfer))) return false
  return [...world.truth.keys()].every((id) => isTold(world, id))
}

/** What offers too little, and what no books know that could have it replaced, waits for a cheaper hour. */
function isMoving({ store }: World, home: ModelHome): boolean {
  // Asked after every step.
  if (home.mempool.size === 0 || home.kind.slots !== "coins") return home.mempool.size > 0
  return [...home.mempool.values()].some(
    (one) => one.kind === "deposit" || store.sealed.has(one.id) || offerOf(one) >= home.feeFloor,
  )
}

function isAtRest(world: World, { id, state, reason }: Transfer): boolean {
  if (state === "paid" || state === "dropped") return true
  if (state === "held")
    return (
      reason === "not-enough-to-pay-fees" ||
      (reason === "slot-taken" && (world.decisions.get(id) ?? 0) >= 3)
    )
  return isLeft(world, id)
}

function isLeft(world: World, id: TransferId): boolean {
  return whyLeft(world, world.store.transfers.get(id)!) !== null
}

/**
 * Why nothing but people can bring a transfer on, or null. Its slot lasts for ever and something in its plan is no more on
 * its chain; or so many signers that the others are no quorum hold it to other coins, which a second coordinator showed
 * them, or which books that came back do not know. Whoever shares its plan, or its coins, waits with it.
 */
export function whyLeft(world: World, transfer: Transfer): string | null {
  const { plan, state } = transfer
  if (state === "ready") {
    const chain = payoutChain(transfer)
    if (isShort(world, chain)) return "unbacked"
    return isStuck(world, chain) ? "behind a plan that signers refuse" : null
  }
  if (plan === null || (state !== "signing" && state !== "sent")) return null
  const known = world.store.plans.get(plan)!
  const { terms, payouts } = known
  if (!isHome(terms.chain) || isLanded(world, transfer)) return null
  const isGone = payouts.some(({ transfer: id }) => !stands(world, id))
  switch (terms.kind) {
    case "coins":
      if (isStuck(world, terms.chain)) return "slot-taken"
      return isGone && state === "signing" ? "source-vanished" : null
    case "anchor":
      return isHeldBack(world, known) ? "slot-taken" : null
    case "attempt":
      return isGone ? "source-vanished" : null
  }
}

/** A reorganisation has taken back what others were paid for: the vault holds less than is owed. */
function isShort(world: World, chain: ModelChain): boolean {
  if (!isHome(chain)) return false
  const gone = [...world.truth.keys()].some(
    (id) => originOf(id).chain === chain && !stands(world, id) && isPaid(world, id),
  )
  return gone
}

function isPaid({ store }: World, id: TransferId): boolean {
  return store.transfers.get(id)?.state === "paid"
}

/** Its watcher tells before long. */
function isLanded(world: World, { id, source }: Transfer): boolean {
  return world.homeOf(source as ModelChain).fork.releases.has(id)
}

function isStuck(world: World, chain: ModelChain): boolean {
  for (const { plan, state } of world.store.transfers.values()) {
    const known = state === "signing" && plan !== null ? world.store.plans.get(plan)! : null
    if (known?.terms.kind !== "coins" || known.terms.chain !== chain) continue
    if (isHeldBack(world, known)) return true
  }
  return false
}

/** Whether so many signers that the others are no quorum hold one or the other of it elsewhere. */
function isHeldBack({ signers }: World, plan: Plan): boolean {
  const holding = signers.filter((signer) =>
    plan.payouts.some(({ transfer }) => signer.holdsElsewhere(plan, transfer)),
  )
  return holding.length > SIGNERS - THRESHOLD
}

/** Whether a deposit or burn is on its chain now. */
export function stands(world: World, id: TransferId): boolean {
  const { chain, transaction } = originOf(id)
  return !isHome(chain) || world.homeOf(chain).fork.heights.has(transaction)
}

/** Whether the books say of a deposit or burn what is true of it now. */
export function isTold(world: World, id: TransferId): boolean {
  const known = world.store.transfers.get(id)
  const state = known?.state ?? "dropped"
  const isLeft = known !== undefined && whyLeft(world, known) !== null
  return stands(world, id) === (state !== "dropped") || state === "paid" || isLeft
}

/** What a transaction has truly paid a transfer. */
export function landedFor(world: World, id: TransferId, transaction: string): readonly bigint[] {
  const home = world.homeOf(originOf(id).chain as ModelChain)
  const { ao } = world.routes.find((route) => route.home === home)!
  const mint = ao.minted.get(id)
  const rows = [...(home.fork.releases.get(id) ?? [])]
    .filter((release) => release.id === transaction)
    .flatMap((release) => release.rows.filter(({ transfer }) => transfer === id))
  return [...(mint ? [mint.amount] : []), ...rows.map(({ amount }) => amount)]
}
