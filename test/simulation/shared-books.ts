// What the books and their orders become in the small world of two transfers that share a transaction.

import type { TransferId } from "../../core/ids.ts"
import type { Transfer, TransferEvent } from "../../core/transfer.ts"
import type { Told } from "../../services/payout/batching.ts"
import {
  BOTH,
  type Case,
  IDS,
  isIn,
  type Mask,
  type Place,
  type Plan,
  planName,
  type Setting,
  type Shared,
} from "./shared-world.ts"

/**
 * `isSure`: it comes by itself when nobody does anything wrong and no luck is bad; what must end has to end by such moves.
 */
export interface Move {
  readonly name: string
  readonly after: Shared
  readonly isSure: boolean
  /** The plan that a signer gives a share of by it. */
  readonly signed?: number
}

export const sure = (name: string, after: Shared): Move => ({ name, after, isSure: true })
export const other = (name: string, after: Shared): Move => ({ name, after, isSure: false })

/** The books take an event; whoever has read the transfer before is late. */
export function told(
  world: Shared,
  { cases, rules }: Setting,
  at: Place,
  event: TransferEvent,
): Shared {
  const before = world.cases[at]!
  const after = world.cases.with(at, cases.after(before, event))
  const { session } = world
  const isRead = session !== null && before.transfer.plan === planName(session.plan)
  const stale = isRead ? session.stale | (rules.recordsWhole ? ANY : 1 << at) : 0
  const plans = world.plans.map((plan, n) => (isWaiting(after, n) ? plan : without(plan)))
  return { ...world, plans, cases: after, session: isRead ? { ...session, stale } : session }
}

const ANY = 3

/** An order whose plan has nobody left to be signed for is done by whoever looks at it. */
const isWaiting = (cases: readonly Case[], n: number) =>
  cases.some(({ transfer }) => transfer.plan === planName(n) && transfer.state === "signing")
const without = (plan: Plan) => (plan.isOrdered ? { ...plan, isOrdered: false } : plan)

export function unordered(world: Shared, n: number): Shared {
  return withPlan(world, n, { isOrdered: false })
}

export function afterAll(world: Shared, setting: Setting, all: readonly Told[]): Shared {
  return all.reduce(
    (after, { transfer: id, event }) => told(after, setting, place(id), event),
    world,
  )
}

export function withPlan(world: Shared, n: number, changed: Partial<Plan>): Shared {
  return { ...world, plans: world.plans.with(n, { ...world.plans[n]!, ...changed }) }
}

export function withoutSession(world: Shared): Shared {
  const signers = world.signers.map((one) => (one.isHeld ? { ...one, isHeld: false } : one))
  return { ...world, session: null, signers }
}

export const transferAt = ({ cases }: Shared, at: Place): Transfer => ({
  ...cases[at]!.transfer,
  id: IDS[at]!,
})

/** Whom a plan pays, as the books have them. */
export function membersOf(world: Shared, n: number): readonly Transfer[] {
  return BOTH.filter((at) => isIn(world.plans[n]!.pays, at)).map((at) => transferAt(world, at))
}

export const maskOf = (test: (at: Place) => boolean): Mask => (test(0) ? 1 : 0) + (test(1) ? 2 : 0)
export const maskIn = (some: readonly Transfer[]): Mask =>
  maskOf((at) => some.some(({ id }) => id === IDS[at]))
export const partsOf = (mask: Mask): readonly Mask[] =>
  [1, 2, 3].filter((part) => (part & mask) === part)
export const set = (landed: readonly number[], mask: Mask, to: number) =>
  landed.map((was, at) => (isIn(mask, at as Place) ? to : was))

export const place = (id: TransferId) => IDS.indexOf(id) as Place
