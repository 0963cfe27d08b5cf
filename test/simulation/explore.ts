// Every state that a transfer can reach, with three signers, one reorganisation and one crash: the real core and the
// signers' real rule of slots, against the smallest chains that can do harm. Breadth first, so a counterexample is short.
//
// What is left out because it makes no difference to the rules: amounts, which signer it was (they are alike, so states
// that differ by a renaming are one), and time (whatever may happen later may happen now). Two transfers are in
// `explore-pairs.ts`, and two that share a transaction in `explore-shared.ts`.

import { balancesOf, type Entry, isBalanced } from "../../core/ledger.ts"
import { step } from "../../core/step.ts"
import type { Transfer, TransferEvent } from "../../core/transfer.ts"
import { ClaimIndex } from "../../mpc/claims.ts"
import { aBurn, aSighting, seen } from "../builders.ts"
import { keyOf } from "./explore-key.ts"

const SIGNERS = 3
const THRESHOLD = 2
/** Blocks on top after which a source is final; a payout is when it is this deep in its own chain. */
const FINAL = 2

/** One transaction that would pay: on a chain where its slot can die, or on one where it cannot. */
interface Payout {
  readonly slot: string
  readonly refund: boolean
  readonly lasting: boolean
  /** Signers that ever gave a share, and those whose share the coordinator has now. */
  readonly given: readonly number[]
  readonly held: readonly number[]
  readonly place: "nowhere" | "mempool" | "block" | "final" | "never"
  /** The watcher has told what became of it. */
  readonly isTold: boolean
}

export type Kind = "deposit" | "burn"

interface Case {
  readonly kind: "deposit" | "burn"
  readonly transfer: Transfer | null
  /** Depth of the deposit or burn in its chain: 0 not yet there, -1 reorganised away. */
  readonly depth: number
  readonly payouts: readonly Payout[]
  /** By signer: the slot it holds, and the slots that it let go. */
  readonly journals: readonly { readonly held: string | null; readonly dead: readonly string[] }[]
  readonly entries: readonly Entry[]
}

/** How many of each there may be in all. */
export const REORGS = 1
export const CRASHES = 1

export interface World {
  readonly cases: readonly Case[]
  readonly reorgs: number
  readonly crashes: number
  /** The source chain of the case is paused until people have looked, which they never do here. */
  readonly paused: readonly boolean[]
}

export interface Exploration {
  readonly states: number
  /** Every `state Event state` of a transfer that was gone through. */
  readonly taken: ReadonlySet<string>
  readonly moves: number
  /** Of the longest way that leads somewhere new. */
  readonly steps: number
}

/** The rules that a planted fault can break. */
export interface Rules {
  readonly step: typeof step
  readonly demandsDeadSlot: boolean
  readonly demandsFinality: boolean
}

export const EXPLORED: Rules = { step, demandsDeadSlot: true, demandsFinality: true }

/** Explores all, and shows each state once; throws with the way to the first that breaks an invariant. */
export function explore(
  transfers: readonly Kind[],
  rules: Rules = EXPLORED,
  show: (world: World) => void = () => {},
): Exploration {
  const first = start(transfers)
  const known = new Set([keyOf(first)])
  // By the place of a state among all: where it was first come from, and by which move.
  const from: number[] = [-1]
  const by: string[] = [""]
  let frontier: readonly World[] = [first]
  const taken = new Set<string>()
  let moves = 0
  let steps = 0
  let here = 0
  while (frontier.length > 0) {
    const next: World[] = []
    for (const world of frontier) {
      show(world)
      for (const [name, after] of movesOf(world, rules)) {
        moves += 1
        for (const [at, { transfer }] of after.cases.entries()) {
          const before = world.cases[at]!.transfer
          if (transfer && before !== transfer)
            taken.add(`${before?.state ?? "none"} ${name.slice(0, -2)} ${transfer.state}`)
        }
        const key = keyOf(after)
        if (known.has(key)) continue
        known.add(key)
        from.push(here)
        by.push(name)
        const broken = brokenIn(after)
        if (broken) throw new Error(`${broken}: ${wayTo(from, by).join(" > ")}`)
        next.push(after)
      }
      here += 1
    }
    frontier = next
    if (next.length > 0) steps += 1
  }
  return { states: known.size, taken, moves, steps }
}

export function start(kinds: readonly Kind[]): World {
  const empty = { held: null, dead: [] }
  return {
    cases: kinds.map((kind) => ({
      ...{ kind, transfer: null, depth: 0, payouts: [], entries: [] },
      journals: Array.from({ length: SIGNERS }, () => empty),
    })),
    ...{ reorgs: REORGS, crashes: CRASHES },
    paused: kinds.map(() => false),
  }
}

export type Move = readonly [name: string, after: World]

export function* movesOf(world: World, rules: Rules): Generator<Move> {
  for (const at of world.cases.keys()) yield* movesAt(world, at, rules)
  if (world.cases.length > 1) yield* movesAtOnce(world, rules)
}

/** What happens to one of them. */
function* movesAt(world: World, at: number, rules: Rules): Generator<Move> {
  const one = world.cases[at]!
  const to = (name: string, changed: Partial<Case>, rest: Partial<World> = {}): Move => [
    `${name} ${at}`,
    { ...world, ...rest, cases: world.cases.with(at, { ...one, ...changed }) },
  ]
  yield* chainMoves(world, one, to)
  yield* watcherMoves(world, one, at, to, rules)
  yield* workerMoves(world, one, at, to, rules)
  yield* signerMoves(one, to, rules)
  yield* payoutMoves(world, one, to)
}

/** One reorganisation strikes two, or one crash. Whether their blocks are of one chain is not asked: more may happen here. */
function* movesAtOnce(world: World, rules: Rules): Generator<Move> {
  const [own, other] = [0, 1].map((at) =>
    [...movesAt(world, at, rules)].filter(([, after]) => isStruck(world, after)),
  )
  for (const [first, one] of own!)
    for (const [second, two] of other!)
      if (one.reorgs === two.reorgs)
        yield [`${first}, ${second} at once`, { ...one, cases: [one.cases[0]!, two.cases[1]!] }]
}

export const isStruck = (before: World, after: World) =>
  after.reorgs < before.reorgs || after.crashes < before.crashes

type To = (name: string, changed: Partial<Case>, rest?: Partial<World>) => Move

/** The source appears, gets deeper, and may once be reorganised away, final or not. */
function* chainMoves({ reorgs }: World, { depth }: Case, to: To): Generator<Move> {
  if (depth >= 0 && depth <= FINAL) yield to("block", { depth: depth + 1 })
  if (depth > 0 && reorgs > 0) yield to("reorganised", { depth: -1 }, { reorgs: reorgs - 1 })
  if (depth === -1) yield to("mined again", { depth: 1 })
}

function* watcherMoves(world: World, one: Case, at: number, to: To, rules: Rules): Generator<Move> {
  const { transfer, depth, payouts } = one
  const tell = (event: TransferEvent, more: Partial<Case> = {}, rest: Partial<World> = {}) =>
    to(event.kind, { ...applied(one, event, rules), ...more }, rest)
  if (depth > 0 && (transfer === null || transfer.state === "dropped"))
    yield tell(seen(SIGHTINGS[one.kind]))
  if (depth > FINAL && transfer?.state === "seen") yield tell({ kind: "Confirmed" })
  if (depth === -1 && transfer && transfer.state !== "dropped" && !world.paused[at]) {
    const { effects } = rules.step(transfer, { kind: "Vanished" })
    const isPaused = effects.some(({ kind }) => kind === "pause")
    yield tell({ kind: "Vanished" }, {}, { paused: world.paused.with(at, isPaused) })
  }
  for (const [n, payout] of payouts.entries()) {
    if (payout.isTold || !transfer) continue
    const isTold = { payouts: payouts.with(n, { ...payout, isTold: true }) }
    // What lands beside the plan of the books stops the chain, and people look: no way leads on from there. So does a
    // mint that was given up and landed when a reorganisation below finality had taken what it pays.
    const isStray = payout.lasting ? !isLasting(transfer) : payout.slot !== transfer.slot
    const isUnbacked = ["seen", "confirmed", "dropped"].includes(transfer.state)
    if (payout.place === "final" && !isStray && !isUnbacked)
      yield tell(
        {
          ...{ kind: "Settled", transaction: `by ${payout.slot}`, networkFee: 0n },
          ...(payout.lasting && { slot: payout.slot }),
        },
        isTold,
      )
    if (payout.place === "never") {
      const isHolder = transfer.slot === payout.slot && isDeadSlot(payouts, payout.slot)
      const isOpen = transfer.state === "signing" || transfer.state === "sent"
      yield isHolder && isOpen
        ? tell({ kind: "Died", reason: "slot-expired" }, isTold)
        : to("told", isTold)
    }
  }
}

function* workerMoves(world: World, one: Case, at: number, to: To, rules: Rules): Generator<Move> {
  const { transfer, payouts, depth } = one
  if (!transfer || world.paused[at]) return
  const does = (event: TransferEvent, more: Partial<Case> = {}) =>
    to(event.kind, { ...applied(one, event, rules), ...more })
  if (transfer.state === "confirmed") {
    yield does({ kind: "Cleared" })
    yield does({ kind: "Flagged", reason: "over-cap" })
  }
  if (transfer.state === "held") {
    yield does({ kind: "Approved", by: [] })
    // A mint that was ever planned may land for ever: its deposit does not go back.
    if (!payouts.some(({ lasting }) => lasting))
      yield does({ kind: "Redirected", by: [], fee: transfer.fee })
  }
  if (transfer.state === "ready" && depth > FINAL && payouts.length < 2) {
    const slot = slotFor(transfer, payouts.length)
    const lasting = isLasting(transfer)
    const fresh: Payout = {
      ...{ slot, lasting, refund: transfer.refund, given: [], held: [] },
      ...{ place: "nowhere", isTold: false },
    }
    yield does(
      { kind: "Planned", slot, plan: `plan ${payouts.length}` },
      { payouts: [...payouts, fresh] },
    )
  }
  const isLate = transfer.slot !== null && isLasting(transfer)
  if (transfer.state === "signing" && isLate) yield does({ kind: "Died", reason: "signer-refused" })
  if (transfer.state === "ready" && payouts.length > 0)
    yield does({ kind: "Flagged", reason: "signer-refused" })
  const place = payouts.findLastIndex(({ slot }) => slot === transfer.slot)
  const payout = payouts[place]
  if (!payout) return
  const set = (changed: Partial<Payout>) => ({
    payouts: payouts.with(place, { ...payout, ...changed }),
  })
  // In the slot it has: one that offers more, or that spends other coins beside the slot. Either of the two may land.
  const isOpen = transfer.state === "signing" || transfer.state === "sent"
  if (isOpen && !payout.lasting && payouts.length < 2) {
    const again: Payout = { ...payout, given: [], held: [], place: "nowhere", isTold: false }
    yield does(
      { kind: "Planned", slot: payout.slot, plan: `plan ${payouts.length}` },
      { payouts: [...payouts, again] },
    )
  }
  if (transfer.state === "signing") {
    if (payout.held.length >= THRESHOLD)
      yield does({ kind: "Signed", transaction: `by ${payout.slot}` })
    // The coordinator forgets what it had collected; the signers do not forget what they gave.
    if (world.crashes > 0 && payout.held.length > 0)
      yield to("crash", set({ held: [] }), { crashes: world.crashes - 1 })
  }
  if (transfer.state === "sent" && payout.place === "nowhere")
    yield to("broadcast", set({ place: "mempool" }))
}

/** Signers answer whoever coordinates: ours, for the plan of the books, or one that would have the money sent twice. */
function* signerMoves(one: Case, to: To, rules: Rules): Generator<Move> {
  const { transfer, payouts, journals, depth } = one
  if (!transfer || (rules.demandsFinality && depth <= FINAL)) return
  if (!isLasting(transfer) && payouts.length < 2 && transfer.state === "signing") {
    const wicked: Payout = {
      ...{ slot: "anchor of another", lasting: false, refund: transfer.refund, given: [] },
      ...{ held: [], place: "nowhere", isTold: false },
    }
    yield to("another plan", { payouts: [...payouts, wicked] })
  }
  for (const [n, payout] of payouts.entries()) {
    if (payout.place !== "nowhere") continue
    for (let signer = 0; signer < SIGNERS; signer++) {
      if (payout.held.includes(signer)) continue
      const journal = claimed(one, signer, payout, rules)
      if (journal === null) continue
      const held = [...payout.held, signer].sort()
      const given = [...new Set([...payout.given, signer])].sort()
      yield to(`signer ${signer} signs ${n}`, {
        payouts: payouts.with(n, { ...payout, held, given }),
        journals: journals.with(signer, journal),
      })
    }
  }
}

/** What the payout chain does; whoever has enough shares can send them, recorded or not. */
function* payoutMoves({ reorgs }: World, one: Case, to: To): Generator<Move> {
  for (const [n, payout] of one.payouts.entries()) {
    const set = (place: Payout["place"]) => ({ payouts: one.payouts.with(n, { ...payout, place }) })
    const { place, lasting, given, refund } = payout
    if (place === "nowhere" && given.length >= THRESHOLD)
      yield to("sent by another", set("mempool"))
    // The token mints a transfer once, whatever pays it.
    const isMinted = one.payouts.some((other) => other.lasting && landed(other))
    const isSpent = one.payouts.some((other) => other.slot === payout.slot && landed(other))
    if (place === "mempool" && !(lasting ? isMinted : isSpent)) yield to("mined", set("block"))
    if (place === "block") yield to("final", set("final"))
    if (place === "block" && reorgs > 0 && !lasting)
      yield to("payout reorganised", set("mempool"), { reorgs: reorgs - 1 })
    // A refund goes out on the chain that its deposit came in on, and one reorganisation may take the blocks of both.
    if (place === "block" && reorgs > 0 && !lasting && refund && one.depth > 0)
      yield to("both reorganised", { ...set("mempool"), depth: -1 }, { reorgs: reorgs - 1 })
    if (!lasting && (place === "nowhere" || place === "mempool")) yield to("expired", set("never"))
  }
}

function applied(
  one: Case,
  event: TransferEvent,
  rules: Rules,
): Pick<Case, "transfer" | "entries"> {
  const { transfer, entries } = rules.step(one.transfer, event)
  return { transfer, entries: [...one.entries, ...entries] }
}

/** The signer's own rule at work: its journal after it has signed, or null when it refuses. */
function claimed({ payouts, journals }: Case, signer: number, payout: Payout, rules: Rules) {
  const { held, dead } = journals[signer]!
  const index = new ClaimIndex()
  const claim = (slot: string) => ({ kind: "claim", transfer: "t", slot, payout: "p" })
  for (const slot of dead) {
    index.replay(claim(slot) as never)
    index.replay({ ...claim(slot), kind: "release" } as never)
  }
  if (held) index.replay(claim(held) as never)
  const wanted = { transfer: "t", slot: payout.slot, payout: "p" }
  if (index.refusal(wanted) === null) return { held: payout.slot, dead }
  const isDead = (held !== null && isDeadSlot(payouts, held)) || !rules.demandsDeadSlot
  if (held === null || held === payout.slot || !isDead) return null
  index.release("t", held)
  return index.refusal(wanted) === null ? { held: payout.slot, dead: [...dead, held] } : null
}

function brokenIn({ cases }: World): string | null {
  for (const { transfer, payouts, entries, depth } of cases) {
    if (payouts.filter(landed).length > 1) return "two payouts of one transfer landed"
    const balances = balancesOf(entries)
    if (!isBalanced(balances)) return "the books do not balance"
    const isOwed = transfer && !["seen", "dropped", "paid"].includes(transfer.state)
    if (!isOwed && balances.pending !== 0n) return "something is owed that is not"
    if (transfer?.state === "paid" && !payouts.some(({ place }) => place === "final"))
      return "paid, and nothing has landed"
    if (depth === 0 && transfer) return "a transfer of nothing"
  }
  return null
}

/** Nothing that uses it can land any more: a replacement has the slot of what it replaces. */
function isDeadSlot(payouts: readonly Payout[], wanted: string): boolean {
  return payouts.every(({ slot, place }) => slot !== wanted || place === "never")
}

const landed = ({ place }: Payout) => place === "block" || place === "final"

const SIGHTINGS = { deposit: aSighting(), burn: aBurn() }

const isLasting = ({ refund, source, target }: Transfer) => (refund ? source : target) === "ao"

function slotFor(transfer: Transfer, attempt: number): string {
  return isLasting(transfer) ? "ao:for ever" : `anchor ${attempt}`
}

/** To the newest. */
function wayTo(from: readonly number[], by: readonly string[]): string[] {
  const way: string[] = []
  for (let at = from.length - 1; at > 0; at = from[at]!) way.push(by[at]!)
  return way.reverse()
}
