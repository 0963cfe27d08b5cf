// The planner at work on the model: the bridge's own rules of batches, attempts, terms and replacements
// (`services/payout/batching.ts`, `chains/*/planning.ts`), with what the model's chains and books tell them.

import { sourcesOf } from "../../chains/ao/codec.ts"
import { mintTerms } from "../../chains/ao/planning.ts"
import { approvalTerms } from "../../chains/evm/planning.ts"
import { reserveOf } from "../../core/fees.ts"
import { limitsOf } from "../../core/policy.ts"
import type { Transfer } from "../../core/transfer.ts"
import { isPayableOn, planned } from "../../services/payout/batching.ts"
import { payoutChainOf } from "../../services/store/rows.ts"
import { choose } from "./coins.ts"
import type { HomeView } from "./home.ts"
import { homeOfLedger, isHome, KINDS } from "./kinds.ts"
import {
  batchMax,
  isLasting,
  type ModelChain,
  type ModelTerms,
  modelled,
  type Plan,
  slotsOf,
} from "./plans.ts"
import { costingOf, reserveFor } from "./purse.ts"
import { isRecovering } from "./recover.ts"
import { POLICY, REWARD_MAX } from "./rules.ts"
import { type Change, named } from "./store.ts"
import { recheck } from "./watchers.ts"
import type { World } from "./world.ts"

export type Planning = Generator<undefined, void, unknown>

/** A step of the world is about six seconds. */
const STEP_MS = 6_000
/** Any key: the model's vaults obey one for ever. */
const KEY = "0".repeat(64)

/** Plans all that is ready on a chain, as `planReady` does; whatever cannot be planned now stays as it is. */
export function* planReady(world: World, chain: ModelChain): Planning {
  const { store, rules } = world
  // Whoever is to be paid here may have got it back where it came from.
  const route = world.routes.find(({ home, ao }) => home.name === chain || ao.name === chain)!
  if ([route.home.name, route.ao.name].some((one) => isRecovering(world, one))) return
  const oldest = [...store.transfers.values()].filter(
    (one) => one.state === "ready" && payoutChain(one) === chain && !waits(world, one),
  )
  const stood: Transfer[] = []
  for (const one of yield* payable(world, oldest)) if (yield* stands(world, one)) stood.push(one)
  const allowed = yield* screened(world, stood)
  if (allowed.length === 0) return
  const isAlone = isHome(chain) && KINDS[chain].slots === "coins"
  const turn = { chain, at: store.turnOf(chain) }
  const plans: Plan[] = []
  const changes: Change[] = []
  let reserve = reserveFor(world, chain)
  // Who would spend the same coins, or the same reserve of fees, do not plan at once.
  const takesTurn = reserve !== null
  const weigh = (one: Transfer) => ({
    amount: rules.payoutOf(one).amount,
    most: limitsOf(POLICY, one)!.cap,
  })
  for (const batch of rules.batchesOf(allowed, { batchMax: batchMax(chain), isAlone, weigh })) {
    const made = planOf(world, chain, batch, reserve)
    if (made === null) continue
    const costing = costingOf(made.plan)
    if (costing && reserve !== null) reserve = reserveOf(reserve, [costing])
    plans.push(made.plan)
    changes.push(...planned({ id: made.plan.id, slots: slotsOf(made.plan) }, made.paid).map(named))
  }
  if (plans.length === 0) return
  yield
  store.advance(changes, { plans, ...(takesTurn && { turn }) })
}

/** One that offers more, in the same slots, for whoever is not paid yet; whichever lands counts. */
export function* replan(world: World, plan: Plan): Planning {
  const { store, rules } = world
  const { chain } = plan.terms
  const turn = { chain, at: store.turnOf(chain) }
  const open = rules.openIn(plan.id, membersOf(world, plan))
  if (open.length === 0) return
  const payouts = rules.payoutsOf(open, rules.payoutOf)
  const terms = choose(world, chain, payouts, plan)
  if (terms === null || !isCovered(world, { payouts, terms }, reserveFor(world, chain, plan)))
    return
  yield
  const second: Plan = { id: world.name("plan"), payouts, terms }
  const changes = planned({ id: second.id, slots: slotsOf(second) }, open).map(named)
  store.advance(changes, { plans: [second], turn })
}

interface Made {
  readonly plan: Plan
  readonly paid: readonly Transfer[]
}

/** Null: it cannot be planned now. */
function planOf(
  world: World,
  chain: ModelChain,
  batch: readonly Transfer[],
  reserve: bigint | null,
): Made | null {
  const { rules, store } = world
  const isCoins = isHome(chain) && KINDS[chain].slots === "coins"
  const sinceMs = ({ id }: Transfer) => store.changedAt.get(id)! * STEP_MS
  const tries = isCoins ? rules.triesOf(batch, sinceMs, world.now * STEP_MS) : [batch]
  for (const paid of tries) {
    const payouts = rules.payoutsOf(paid, rules.payoutOf)
    const terms = termsFor(world, chain, payouts)
    if (terms !== null && isCovered(world, { payouts, terms }, reserve))
      return { plan: { id: world.name("plan"), payouts, terms }, paid }
  }
  return null
}

function isCovered(
  { rules }: World,
  parts: Pick<Plan, "payouts" | "terms">,
  reserve: bigint | null,
): boolean {
  const costing = costingOf(parts)
  return costing === null || reserve === null || rules.isCovered(costing, reserve)
}

export function termsFor(
  world: World,
  chain: ModelChain,
  payouts: Plan["payouts"],
): ModelTerms | null {
  const { rules, store, random } = world
  const times = payouts.map(({ transfer }) => store.plansOf(transfer).length)
  const lost = rules.countsLostAttempts && !isHome(chain) ? store.restorations * 10_000 : 0
  const attempt = rules.attemptOf(times, lost)
  if (!isHome(chain)) {
    const terms = mintTerms(attempt, sourcesOf(payouts), depositedOf(world, chain), null)
    return { kind: "attempt", chain, terms }
  }
  const { slots } = KINDS[chain]
  if (slots === "coins") return choose(world, chain, payouts, null)
  if (slots === "number")
    return { kind: "attempt", chain, terms: approvalTerms(attempt, KEY, null) }
  const view = world.endpointOf(chain).look(world.now) as HomeView
  const anchor = view.at(rules.anchorAt(view.tip.height))!
  const reward = rules.rewardFor(view.price - BigInt(random.between(0, 100)), attempt)
  if (reward > REWARD_MAX) return null
  return { kind: "anchor", chain, anchor: { height: anchor.height, id: anchor.id }, reward }
}

/** What a mint states: what was deposited, and is not taken back. */
export function depositedOf({ store }: World, ledger: ModelChain): bigint {
  const { asset } = KINDS[homeOfLedger(ledger)]
  return store.depositedOf(asset) - store.unbackedOf(asset)
}

/** Whom a chain may pay; people decide about those that were planned where slots outlive plans, on another one. */
function* payable(
  world: World,
  ready: readonly Transfer[],
): Generator<undefined, readonly Transfer[], unknown> {
  const { store, rules } = world
  const isFree = (one: Transfer) => {
    const landing = store.plansOf(one.id).map(({ terms }) => terms.chain)
    return !rules.paysWhereItMayLand || isPayableOn(payoutChain(one), landing.filter(isLasting))
  }
  const taken = ready.filter((one) => !isFree(one))
  if (taken.length === 0) return ready
  yield
  store.advance(taken.map((one) => flagged(one, "slot-taken")))
  return ready.filter(isFree)
}

/** By the newest lists. */
function* screened(
  { store, random, faults }: World,
  ready: readonly Transfer[],
): Generator<undefined, readonly Transfer[], unknown> {
  // Most of all what has waited for long.
  const chanceOf = ({ id }: Transfer) => faults.listed * (store.plansOf(id).length > 0 ? 6 : 1)
  const listed = ready.filter((one) => random.chance(chanceOf(one)))
  if (listed.length === 0) return ready
  yield
  store.advance(listed.map((one) => flagged(one, "screening-hold")))
  return ready.filter((one) => !listed.includes(one))
}

function flagged({ id, version }: Transfer, reason: string): Change {
  const event = { kind: "Flagged", reason } as const
  return named({ transfer: id, key: `Flagged:${version}`, version, event })
}

/** Whether its block still stands; what it has become else is told. */
function* stands(world: World, transfer: Transfer): Generator<undefined, boolean, unknown> {
  const { store, rules } = world
  if (!rules.rechecksBeforeReplan) return true
  const news = recheck(world, transfer)
  if (news === null) return false
  if (news.changes.length === 0) return true
  yield
  store.advance(news.changes, { cursor: news.cursor })
  return false
}

export function membersOf({ store }: World, { payouts }: Plan): readonly Transfer[] {
  return payouts.map(({ transfer }) => store.transfers.get(transfer)!)
}

export function payoutChain(transfer: Transfer): ModelChain {
  return modelled(payoutChainOf(transfer))
}

export function waits({ store, rules }: World, transfer: Transfer): boolean {
  const { paused } = store
  return (
    rules.heedsPauses &&
    (paused.has(modelled(transfer.source)) || paused.has(payoutChain(transfer)))
  )
}
