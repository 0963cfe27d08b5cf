// Every state that two transfers can reach which may share a transaction: a mint, an approval to a vault, or coins that pay
// both, with three signers of whom two suffice, one reorganisation and any number of crashes. In each state nobody is paid
// twice, the books balance, and whoever is to be signed for has an order to it; and from each, by moves that are sure to be
// made, each of the two can come to an end, or waits for people. Breadth first, so a counterexample is short.
//
// The model is smaller than what it is of, and loses nothing by it:
// - Up to `ready` nothing of one is the other's (`explore-pairs.ts`), so both begin there. Whom a plan finds ready is any part
//   of those that are: the other one may have become so a moment later.
// - Signers are alike, and the two transfers are: states that differ by who is who are one.
// - A crash costs what the coordinator has collected, and what it forgets it asks for again: with no bound on crashes there
//   are fewer states than with a count of them, and more may happen.
// - Whoever has its source in a block that is not deep may do no more than in none, or in one that is: that is left out.
// - Shares that only our coordinator has come again when it asks again; those of a plan that is out are not needed. What a
//   signer has claimed of a slot that never dies is in nobody's way. None of these is told apart.
// - One coordinator has one plan in hand at a time. Another one's shares are those of a second session.
// - Refunds are mints, or payouts of a home chain, like others; that what was ever planned in a lasting slot is not sent back is
//   in `explore.ts`.
//
// What waits for people: a chain that stops for a payout in a slot that its transfer does not hold, and coins, when another
// coordinator has had a transfer signed in another slot. Coins that pay more than a signer does are left out: no plan of ours
// is more than one transfer may be (`batchesOf`).

import { step } from "../../core/step.ts"
import type { Move } from "./shared-books.ts"
import { sharedMoves } from "./shared-moves.ts"
import {
  BOTH,
  type Bounds,
  Cases,
  isIn,
  LANDED,
  type Mask,
  namedState,
  type Place,
  planName,
  type Setting,
  SHARED_RULES,
  type Shared,
  type SharedKind,
  type SharedRules,
  SOURCE,
  type Step,
  startShared,
  swapped,
  THRESHOLD,
} from "./shared-world.ts"

export interface Sharing {
  readonly states: number
  readonly moves: number
  /** Of the longest way that leads somewhere new. */
  readonly steps: number
}

const CALM = { reorgs: 0, isLedger: false, isWicked: false, isCapped: false }

/** What the tests explore: with a reorganisation, or with others who ask signers too, and not with both. */
export const SUITE: Readonly<Record<string, Bounds>> = {
  "a mint of both": { ...CALM, kind: "mint", plans: 2, reorgs: 1 },
  "a mint of both, asked for by others as well": {
    ...CALM,
    kind: "mint",
    plans: 2,
    isWicked: true,
  },
  "a mint of both that no signer signs": { ...CALM, kind: "mint", plans: 3, isCapped: true },
  "an approval of both": { ...CALM, kind: "approval", plans: 2, reorgs: 1 },
  "an approval of both, asked for by others as well": {
    ...{ ...CALM, kind: "approval", plans: 2, isWicked: true },
  },
  "coins that pay both": { ...CALM, kind: "coins", plans: 3, reorgs: 1, isLedger: true },
  "coins that pay both, asked for by others as well": {
    ...{ ...CALM, kind: "coins", plans: 2, isWicked: true },
  },
}

const KINDS: readonly SharedKind[] = ["mint", "approval", "coins"]

/** All of it, for `npm run simulate -- --explore`: plans of the books alone, and with those of others. */
export const WHOLE: readonly Bounds[] = KINDS.flatMap((kind) => [
  { ...CALM, kind, plans: 3, reorgs: 1 },
  { ...CALM, kind, plans: 2, reorgs: 1, isWicked: true },
])

/**
 * Explores all that follows from `way`, moves by their names; throws with the way to the first state that breaks an invariant, or from which no end
 * can be reached.
 */
export function exploreShared(
  bounds: Bounds,
  rules: Partial<SharedRules> & { readonly step?: Step } = {},
  way: readonly string[] = [],
): Sharing {
  const cases = new Cases(bounds.kind, rules.step ?? step)
  const setting: Setting = { ...bounds, cases, rules: { ...SHARED_RULES, ...rules } }
  const first = way.reduce(
    (world, wanted) => [...sharedMoves(world, setting)].find(({ name }) => name === wanted)!.after,
    startShared(cases, bounds),
  )
  const graph = new Graph()
  const known = new Map([[namedState(first, setting).key, 0]])
  const ends = endsIn(first, setting)
  graph.add(-1, "", namedState(first, setting).isSwapped ? swapped(ends) : ends)
  let frontier: readonly (readonly [Shared, wasSwapped: boolean])[] = [
    [first, namedState(first, setting).isSwapped],
  ]
  let [here, moves, steps] = [0, 0, 0]
  while (frontier.length > 0) {
    const next: (readonly [Shared, boolean])[] = []
    for (const [world, wasSwapped] of frontier) {
      for (const move of movesFrom(world, setting, () => graph.wayTo(here))) {
        const { name, after, isSure } = move
        if (setting.isCapped && !isSure) continue
        moves += 1
        const { key, isSwapped } = namedState(after, setting)
        const broken = brokenBy(move, setting)
        if (broken) throw new Error(`${broken}: ${graph.wayTo(here)} > ${name}`)
        let to = known.get(key)
        if (to === undefined) {
          to = known.size
          known.set(key, to)
          const ends = endsIn(after, setting)
          graph.add(here, name, isSwapped ? swapped(ends) : ends)
          next.push([after, isSwapped])
        }
        if (isSure) graph.edge(to, isSwapped !== wasSwapped)
      }
      graph.close()
      here += 1
    }
    frontier = next
    if (next.length > 0) steps += 1
  }
  const stuck = graph.stuck()
  if (stuck !== null) throw new Error(`nothing leads on: ${graph.wayTo(stuck)}`)
  return { states: known.size, moves, steps }
}

/** What a rule of the core refuses can not be, and is told with the way there. */
function* movesFrom(world: Shared, setting: Setting, way: () => string): Generator<Move> {
  try {
    yield* sharedMoves(world, setting)
  } catch (error) {
    throw new Error(`${error}: ${way()}`, { cause: error })
  }
}

function brokenBy({ after, signed }: Move, { kind }: Setting): string | null {
  const { cases, plans, landed, coins, sources } = after
  const isGone = (at: Place) => sources[at] === SOURCE.gone
  if (signed !== undefined && BOTH.some((at) => isIn(plans[signed]!.pays, at) && isGone(at)))
    return "a share for what is in no block"
  for (const at of BOTH) {
    const { transfer, broken } = cases[at]!
    const { state, plan, slot } = transfer
    if (broken) return broken
    const paying = coins.filter(({ landed, by }) => isSpent(landed) && isIn(plans[by]!.pays, at))
    if (paying.length > 1) return "two payouts of one transfer landed"
    const isPaid = kind === "coins" ? paying.length > 0 : landed[at] === LANDED.told
    if (state === "paid" && !isPaid) return "paid, and nothing has landed"
    const isLetGo = paying.some((one) => {
      const coin = coins.indexOf(one)
      const isOurs = plans.some((p) => p.isOurs && p.coin === coin && isIn(p.pays, at))
      return isOurs && slot !== `coin ${coin}`
    })
    if (isLetGo) return "a slot was let go in which it is paid"
    if (state === "signing" && !plans[numberOf(plan)]!.isOrdered)
      return "its plan waits for a signature that nobody asks for"
  }
  return null
}

const numberOf = (plan: string | null) => Number(plan?.slice(planName(0).length - 1))

const isSpent = (landed: number) =>
  landed === LANDED.block || landed === LANDED.final || landed === LANDED.told

/** Of the two, those that are at an end, or wait for people, or for more than is explored. */
function endsIn(world: Shared, setting: Setting): Mask {
  const { cases, plans } = world
  const isCoins = setting.kind === "coins"
  const isFull = plans.length >= setting.plans || (isCoins && !hasCoin(world))
  let ends = 0
  for (const at of BOTH) {
    const { state, plan } = cases[at]!.transfer
    const isOver = state === "paid" || state === "dropped" || state === "held"
    const isBeyond = state === "ready" && isFull && !setting.isCapped
    const whole = plans.find((_, n) => planName(n) === plan)?.pays ?? 0
    // Who shares its coins with one that waits for people waits as well.
    const isStopped = isCoins && BOTH.some((one) => isIn(whole, one) && isForPeople(world, one))
    if (isOver || isBeyond || isStopped) ends |= 1 << at
  }
  return ends
}

/**
 * Coins alone: another coordinator has had it signed in another slot, in which it stops the chain when it lands, and signers
 * sign in no other before that is dead; or it is a burn that its ledger has taken back, as none does.
 */
function isForPeople({ cases, coins, plans, signers, sources }: Shared, at: Place): boolean {
  const { slot } = cases[at]!.transfer
  const isElsewhere = (coin: number | null) => coin !== null && slot !== `coin ${coin}`
  const isStray = coins.some(
    ({ landed, by }, coin) => isSpent(landed) && isIn(plans[by]!.pays, at) && isElsewhere(coin),
  )
  const held = signers.filter(({ journal }) => isElsewhere(journal.rows[at]!.held))
  return isStray || held.length >= THRESHOLD || sources[at] === SOURCE.gone
}

const hasCoin = ({ coins, plans }: Shared) =>
  coins.some(
    ({ landed }, coin) =>
      landed === LANDED.not && !plans.some((plan) => plan.isOurs && plan.coin === coin),
  )

/** States by their numbers, each with the way that it was first come by and the moves that are sure to be made. */
class Graph {
  readonly #from: number[] = []
  readonly #by: string[] = []
  /** By state: which of the two come to an end from there. */
  readonly #ends: number[] = []
  /** Twice the number of the state that an edge leads to, and one more when the two change names on it. */
  #edges = new Uint32Array(1 << 16)
  #count = 0
  /** Where the edges of each state end. */
  readonly #closed: number[] = []

  add(from: number, by: string, ends: number): void {
    this.#from.push(from)
    this.#by.push(by)
    this.#ends.push(ends)
  }

  edge(to: number, isSwapped: boolean): void {
    if (this.#count === this.#edges.length) {
      const wider = new Uint32Array(2 * this.#count)
      wider.set(this.#edges)
      this.#edges = wider
    }
    this.#edges[this.#count] = 2 * to + (isSwapped ? 1 : 0)
    this.#count += 1
  }

  /** The next edges are of the next state. */
  close(): void {
    this.#closed.push(this.#count)
  }

  /** The first state from which one of the two comes to no end; null: there is none. */
  stuck(): number | null {
    const ends = Uint8Array.from(this.#ends)
    for (let hasChanged = true; hasChanged; ) {
      hasChanged = false
      for (let state = ends.length - 1; state >= 0; state -= 1) {
        let found = ends[state]!
        for (let at = this.#closed[state - 1] ?? 0; at < this.#closed[state]!; at += 1) {
          const edge = this.#edges[at]!
          const there = ends[edge >>> 1]!
          found |= edge & 1 ? swapped(there) : there
        }
        if (found !== ends[state]) hasChanged = true
        ends[state] = found
      }
    }
    const first = ends.findIndex((one) => one !== 3)
    return first === -1 ? null : first
  }

  wayTo(state: number): string {
    const way: string[] = []
    for (let at = state; at > 0; at = this.#from[at]!) way.push(this.#by[at]!)
    return way.reverse().join(" > ")
  }
}
