// Model workers: what the screener, the minter and the releaser do for an outbox row, step by persisted step.

import type { TransferId } from "../../core/ids.ts"
import type { Transfer, TransferEvent } from "../../core/transfer.ts"
import { choose, isOutbid, remainderOf } from "./coins.ts"
import { isHome, KINDS, UNIT } from "./kinds.ts"
import {
  batchMax,
  isLasting,
  type ModelChain,
  type ModelTerms,
  modelled,
  type Plan,
  sealMint,
  sealRelease,
  slotOf,
  transactionOf,
} from "./plans.ts"
import { isRecovering } from "./recover.ts"
import { POLICY, type Rules } from "./rules.ts"
import { type Refusal, SIGNERS, THRESHOLD } from "./signers.ts"
import type { Change, OutboxRow } from "./store.ts"
import { recheck } from "./watchers.ts"
import type { World } from "./world.ts"

/** `later`: the row stays open and is tried again. */
export type Outcome = "done" | "later"
export type Steps = Generator<undefined, Outcome, undefined>

/** Rounds of refusals after which a mint's plan is given up. */
const TRIES_MAX = 3

/** Every yield is a place where the worker may die, or another may overtake it. */
export function work(world: World, { effect, transfer, tries }: OutboxRow): Steps {
  switch (effect.kind) {
    case "screen":
      return screen(world, transfer)
    case "plan":
      return planPayouts(world, transfer)
    case "sign":
      return sign(world, effect.plan, tries)
    case "broadcast":
      return broadcast(world, effect.plan, tries)
    case "pause":
      return pause(world, modelled(effect.chain))
    case "alarm":
      return alarm()
  }
}

function* screen({ store, rules }: World, id: TransferId): Steps {
  const transfer = store.transfers.get(id)!
  const verdict = rules.verdictOn(POLICY, { ...transfer }, transfer.fee)
  yield
  if (transfer.state === "confirmed") {
    const event: TransferEvent =
      verdict.kind === "clear" ? { kind: "Cleared" } : { kind: "Flagged", reason: verdict.reason }
    store.advance([changeOf(transfer, event)])
    yield
  }
  // Also reached by a second run, when the first died between the two events.
  const now = store.transfers.get(id)!
  if (verdict.kind === "refund" && now.state === "held" && now.reason === verdict.reason)
    store.advance([changeOf(now, { kind: "Redirected", by: ["policy"], fee: verdict.fee })])
  return "done"
}

function* planPayouts(world: World, id: TransferId): Steps {
  const { store, rules } = world
  const first = store.transfers.get(id)!
  if (first.state !== "ready") return "done"
  if (rules.rechecksBeforeReplan && store.plansOf(id).length > 0) {
    const news = recheck(world, first)
    if (news === null) return "later"
    yield
    if (news.changes.length > 0) {
      store.advance(news.changes, { cursor: news.cursor })
      return "done"
    }
  }
  const chain = payoutChain(first)
  if (isRecovering(world, chain)) return "later"
  if (!isPayableHere(world, first)) {
    store.advance([changeOf(first, { kind: "Flagged", reason: "slot-taken" })])
    return "done"
  }
  const ready = [...store.transfers.values()].filter(
    (other) =>
      other.state === "ready" &&
      payoutChain(other) === chain &&
      !waits(world, other) &&
      isPayableHere(world, other),
  )
  if (!ready.includes(first)) return "later"
  const others = ready.filter((other) => other !== first)
  const batch = [first, ...others].slice(0, batchMax(chain))
  const turn = { chain, at: store.turnOf(chain) }
  const terms = termsFor(world, chain, batch)
  if (terms === null) return "later"
  const payouts = batch.map((transfer) => rules.payoutOf(transfer))
  const plan: Plan = { id: world.name("plan"), payouts, terms }
  yield
  store.advance(
    batch.map((transfer) => planned(transfer, plan)),
    { plan, ...(terms.kind === "coins" && { turn }) },
  )
  return "done"
}

/** What was planned where slots outlive plans may land there: it is paid there or nowhere. */
function isPayableHere({ store, rules }: World, transfer: Transfer): boolean {
  const plans = store.plansOf(transfer.id).map(({ terms }) => terms.chain)
  const landing = plans.filter(isLasting)
  return !rules.paysWhereItMayLand || landing.every((one) => one === payoutChain(transfer))
}

export function planned(transfer: Transfer, plan: Plan): Change {
  return changeOf(transfer, { kind: "Planned", slot: slotOf(plan, transfer.id), plan: plan.id })
}

/** Null: there are not enough coins for it now. */
export function termsFor(
  world: World,
  chain: ModelChain,
  batch: readonly Transfer[],
): ModelTerms | null {
  const { rules, store, random } = world
  if (isHome(chain) && KINDS[chain].slots === "coins")
    return choose(world, chain, batch.map(rules.payoutOf), null)
  if (isHome(chain) && KINDS[chain].slots === "anchor") {
    const view = world.endpointOf(chain).look(world.now)
    const { height, id } = view.at(Math.max(0, view.tip.height - 6))!
    const reward = BigInt(random.between(20, 60)) * UNIT
    return { kind: "anchor", chain, anchor: { height, id }, reward }
  }
  // An item that was refused is never evaluated again, so the next one must have another id.
  const before = Math.max(...batch.map(({ id }) => store.plansOf(id).length))
  const lost = rules.countsLostAttempts ? store.restorations * 1_000 : 0
  return { kind: "attempt", chain, attempt: rules.countsAttempts ? before + 1 + lost : 1 }
}

function* sign(world: World, planId: string, tries: number): Steps {
  const { store, rules } = world
  const plan = store.plans.get(planId)!
  const rows = rowsOf(world, plan, "signing")
  if (rows.length === 0) return "done"
  if (plan.payouts.some(({ transfer }) => waits(world, store.transfers.get(transfer)!)))
    return "later"
  const isPartlyPaid = plan.payouts.some(
    ({ transfer }) => store.transfers.get(transfer)!.state === "paid",
  )
  // No signer signs again what is paid: the others are planned again.
  if (isLasting(plan.terms.chain) && isPartlyPaid) {
    yield* giveUp(world, rows, new Map())
    return "done"
  }
  yield
  const refused = new Map<TransferId, Refusal[]>()
  let shares = 0
  for (const signer of world.random.shuffled(world.signers)) {
    const answer = world.ask(signer, plan)
    yield
    if (answer?.share) shares += 1
    if (answer && !answer.share)
      for (const refusal of answer.refusals)
        refused.set(refusal.transfer, [...(refused.get(refusal.transfer) ?? []), refusal])
    if (shares === THRESHOLD) break
  }
  if (shares === THRESHOLD) {
    if (!rules.recordsBeforeBroadcast) {
      submit(world, plan)
      yield
    }
    const transaction = transactionOf(plan)
    store.advance(
      rows.map((row) => changeOf(row, { kind: "Signed", transaction })),
      { sealed: { transaction, plan } },
    )
    return "done"
  }
  const bad = [...refused].filter(([, refusals]) => isHopeless(rules, refusals, tries))
  if (bad.length > 0 && isLasting(plan.terms.chain) && !hasLanded(world, plan))
    yield* giveUp(world, rows, new Map(bad))
  return "later"
}

/** Somebody else may have had it signed, and sent it. */
function hasLanded(world: World, plan: Plan): boolean {
  const view = world.endpointOf(plan.terms.chain).look(world.now)
  const own = transactionOf(plan)
  return plan.payouts.some(({ transfer }) =>
    view.payoutsOf(transfer).some(({ transaction }) => transaction === own),
  )
}

/** So many signers refuse a row that the rest are no quorum, and it is not only a matter of waiting. */
function isHopeless(rules: Rules, refusals: readonly Refusal[], tries: number): boolean {
  const enough = SIGNERS - THRESHOLD + 1
  const forGood = refusals.filter(({ until }) => until === "never")
  const tired = rules.givesUp && refusals.length >= enough && tries >= TRIES_MAX
  return forGood.length >= enough || tired
}

/** Frees the transfers of a plan that was never signed; the rows that were refused wait for people. */
function* giveUp(
  { store }: World,
  rows: readonly Transfer[],
  bad: ReadonlyMap<TransferId, readonly Refusal[]>,
): Generator<undefined, void, undefined> {
  store.advance(rows.map((row) => changeOf(row, { kind: "Died", reason: "signer-refused" })))
  yield
  for (const [id, refusals] of bad) {
    const transfer = store.transfers.get(id)!
    if (transfer.state !== "ready") continue
    const taken = refusals.some(({ reason }) => reason === "slot taken")
    const reason = taken ? "slot-taken" : "signer-refused"
    store.advance([changeOf(transfer, { kind: "Flagged", reason })])
    yield
  }
}

function* broadcast(world: World, planId: string, tries: number): Steps {
  const { store, rules } = world
  const plan = store.plans.get(planId)!
  const rows = rowsOf(world, plan, "sent")
  if (rows.length === 0) return "done"
  if (plan.payouts.some(({ transfer }) => waits(world, store.transfers.get(transfer)!)))
    return "later"
  yield
  submit(world, plan)
  yield
  if (!rules.waitsForSlow && plan.terms.kind === "anchor" && tries >= 2) {
    const terms = termsFor(world, plan.terms.chain, rows)!
    const second = { id: world.name("plan"), payouts: plan.payouts, terms }
    store.advance(
      rows.map((row) => planned(row, second)),
      { plan: second },
    )
  }
  if (isOutbid(world, plan)) yield* replace(world, plan)
  // Submission is at most once somewhere on the way, so it is repeated until the chain shows the payout.
  return "later"
}

/** Plans that nobody can sign or mine as they are: a coin beside the slot is gone, or somebody is paid already. */
export function* mend(world: World): Generator<undefined, void, undefined> {
  const { store } = world
  for (const id of new Set([...store.transfers.values()].map(({ plan }) => plan))) {
    const plan = id === null ? undefined : store.plans.get(id)
    if (plan?.terms.kind !== "coins") continue
    const rows = plan.payouts.map(({ transfer }) => store.transfers.get(transfer)!)
    if (rows.every(({ state }) => state === "paid") || rows.some((row) => waits(world, row)))
      continue
    const left = remainderOf(world, plan)
    const isPartlyPaid = rows.some(({ state }) => state === "paid")
    if (left === "slot" || (left === "all" && isPartlyPaid)) yield* replace(world, plan)
  }
}

/** One that offers more, in the same slots, for whoever is not paid yet; whichever lands counts. */
function* replace(world: World, plan: Plan): Generator<undefined, void, undefined> {
  const { store } = world
  const { chain } = plan.terms
  const turn = { chain, at: store.turnOf(chain) }
  const rows = plan.payouts
    .map(({ transfer }) => store.transfers.get(transfer)!)
    .filter(({ state }) => state !== "paid")
  const isStill = ({ plan: own, state }: Transfer) =>
    own === plan.id && (state === "signing" || state === "sent")
  if (rows.length === 0 || !rows.every(isStill)) return
  const payouts = plan.payouts.filter((one) => rows.some(({ id }) => id === one.transfer))
  const terms = choose(world, chain, payouts, plan)
  if (terms === null) return
  yield
  const second: Plan = { id: world.name("plan"), payouts, terms }
  store.advance(
    rows.map((row) => planned(row, second)),
    { plan: second, turn },
  )
}

function* pause(world: World, chain: ModelChain): Steps {
  yield
  world.pause(chain)
  return "done"
}

function* alarm(): Steps {
  yield
  return "done"
}

function submit(world: World, plan: Plan): void {
  world.audit.handedOver(plan)
  const { chain } = plan.terms
  if (isHome(chain)) world.submitHome(chain, sealRelease(plan))
  else world.submitToAo(chain, sealMint(plan))
}

function rowsOf({ store }: World, plan: Plan, state: Transfer["state"]): readonly Transfer[] {
  return plan.payouts
    .map(({ transfer }) => store.transfers.get(transfer)!)
    .filter((transfer) => transfer.plan === plan.id && transfer.state === state)
}

export function payoutChain({ refund, source, target }: Transfer): ModelChain {
  return modelled(refund ? source : target)
}

export function waits({ store, rules }: World, transfer: Transfer): boolean {
  const { paused } = store
  return (
    rules.heedsPauses &&
    (paused.has(modelled(transfer.source)) || paused.has(payoutChain(transfer)))
  )
}

export function changeOf(transfer: Transfer, event: TransferEvent): Change {
  const { id, version } = transfer
  // Two workers may report the same event for the same version, but not the same plan.
  const plan = event.kind === "Planned" ? event.plan : ""
  return { transfer: id, event, key: `${id} ${event.kind} ${version} ${plan}`, version }
}
