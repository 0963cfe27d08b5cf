// Model workers: what the screener, the minter and the releaser do for an outbox row, step by persisted step.

import type { TransferId } from "../../core/ids.ts"
import type { Transfer, TransferEvent } from "../../core/transfer.ts"
import type { Refusal } from "../../mpc/protocol.ts"
import { refusedBy } from "../../mpc/tally.ts"
import { letGo, planned, type Told } from "../../services/payout/batching.ts"
import { isOutbid, remainderOf } from "./coins.ts"
import { isHome } from "./kinds.ts"
import { membersOf, payoutChain, planReady, replan, termsFor, waits } from "./planner.ts"
import {
  isLasting,
  type ModelChain,
  modelled,
  type Plan,
  sealMint,
  sealRelease,
  slotsOf,
  transactionOf,
} from "./plans.ts"
import { POLICY } from "./rules.ts"
import { THRESHOLD } from "./signers.ts"
import { awaited, type Pending } from "./steps.ts"
import { type Change, named, type OutboxRow } from "./store.ts"
import type { World } from "./world.ts"

/** `later`: the row stays open and is tried again. */
export type Outcome = "done" | "later"
export type Steps = Generator<Pending, Outcome, unknown>

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
  if (transfer.state !== "confirmed") return "done"
  const changes = rules.screened(POLICY, transfer, null)
  yield
  store.advance(changes.map((change) => named(change as Told)))
  return "done"
}

function* planPayouts(world: World, id: TransferId): Steps {
  const first = world.store.transfers.get(id)!
  if (first.state !== "ready") return "done"
  yield* planReady(world, payoutChain(first))
  return world.store.transfers.get(id)!.state === "ready" ? "later" : "done"
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
    yield
    store.advance(letGo(planId, membersOf(world, plan), new Map()).map(named))
    return "done"
  }
  yield
  const refused: (readonly Refusal[])[] = []
  let shares = 0
  for (const signer of world.random.shuffled(world.signers)) {
    const answer = yield* awaited(world.ask(signer, plan))
    yield
    if (answer?.share) shares += 1
    if (answer && !answer.share) refused.push(answer.refusals)
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
      { sealed: { transaction, plan }, asRead: versionsOf(rows) },
    )
    return "done"
  }
  const refusals = refusedBy(refused, THRESHOLD - shares, 0)
  const rounds = rules.givesUp ? tries : 0
  const reasons = refusals && isLasting(plan.terms.chain) ? rules.givenUp(refusals, rounds) : null
  if (reasons === null) return "later"
  store.advance(letGo(planId, membersOf(world, plan), reasons).map(named))
  return "done"
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
    const terms = termsFor(world, plan.terms.chain, plan.payouts)!
    const second = { id: world.name("plan"), payouts: plan.payouts, terms }
    const changes = planned({ id: second.id, slots: slotsOf(second) }, rows).map(named)
    store.advance(changes, { plans: [second] })
  }
  if (isOutbid(world, plan)) yield* replan(world, plan)
  // Submission is at most once somewhere on the way, so it is repeated until the chain shows the payout.
  return "later"
}

/** Plans that nobody can sign or mine as they are: a coin beside the slot is gone, or somebody is paid already. */
export function* mend(world: World): Generator<undefined, void, unknown> {
  const { store } = world
  for (const id of new Set([...store.transfers.values()].map(({ plan }) => plan))) {
    const plan = id === null ? undefined : store.plans.get(id)
    if (plan?.terms.kind !== "coins") continue
    const rows = plan.payouts.map(({ transfer }) => store.transfers.get(transfer)!)
    if (rows.every(({ state }) => state === "paid") || rows.some((row) => waits(world, row)))
      continue
    const left = remainderOf(world, plan)
    const isPartlyPaid = rows.some(({ state }) => state === "paid")
    if (left === "slot" || (left === "all" && isPartlyPaid)) yield* replan(world, plan)
  }
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

function versionsOf(transfers: readonly Transfer[]): ReadonlyMap<TransferId, number> {
  return new Map(transfers.map(({ id, version }) => [id, version]))
}

export function changeOf(transfer: Transfer, event: TransferEvent): Change {
  const { id, version } = transfer
  // Two workers may report the same event for the same version, but not the same plan.
  const plan = event.kind === "Planned" ? event.plan : ""
  return { transfer: id, event, key: `${id} ${event.kind} ${version} ${plan}`, version }
}
