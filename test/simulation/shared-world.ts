// A small world in which two transfers share a transaction: what it is made of, and how its states are told apart.

import type { TransferId } from "../../core/ids.ts"
import { balancesOf, type Entry, isBalanced } from "../../core/ledger.ts"
import type { step } from "../../core/step.ts"
import type { Transfer, TransferEvent } from "../../core/transfer.ts"
import { batchesOf, buried, letGo, openIn } from "../../services/payout/batching.ts"
import { settledFacts } from "../../services/watchers/facts.ts"
import { aBlock, aBurn, aSighting, seen } from "../builders.ts"

/**
 * What pays both. `mint`: all rows or none, in slots that never die, and never undone. `approval`: each row for itself, in
 * slots that never die, until its block has gone. `coins`: one output is spent, which both have for their slot.
 */
export type SharedKind = "mint" | "approval" | "coins"

export const BOTH = [0, 1] as const
export type Place = (typeof BOTH)[number]
/** Of the two: 1 the first, 2 the second, 3 both. */
export type Mask = number

export const isIn = (mask: Mask, at: Place) => (mask & (1 << at)) !== 0

/** Where a deposit or burn is: deep in its first block, in none, or deep in a second one. */
export const SOURCE = { first: 0, gone: 1, second: 2 } as const

/** A transfer as the books have it, with what they tell once: that its block went while it was being paid. */
export interface Case {
  /** Counts those that are different. */
  readonly number: number
  readonly transfer: Transfer
  readonly isLate: boolean
  readonly pending: bigint
  /** By event: what it becomes of it. */
  readonly next: Map<string, Case>
  /** What is wrong with it, if anything. */
  readonly broken: string | null
}

export interface Plan {
  readonly pays: Mask
  /** Which coin is its slot; 0 where slots never die. */
  readonly coin: number
  /** The books know it, and wait for it to be signed. */
  readonly isOurs: boolean
  readonly isOrdered: boolean
  /** `over`: nothing more comes of it. `refused`: by the token, which nobody has told yet. */
  readonly place: (typeof PLACES)[number]
  /** Whom a refused mint kept from being minted. */
  readonly kept: Mask
}

export const PLACES = ["nowhere", "mempool", "refused", "over"] as const

export interface Signer {
  /** By transfer: the coin that it holds, or null, and those that it let go. */
  readonly journal: Journal
  /** The plans that it ever gave a share of, as a mask. */
  readonly given: number
  /** The session that is under way has its share. */
  readonly isHeld: boolean
}

export interface Journal {
  readonly number: number
  readonly rows: readonly { readonly held: number | null; readonly dead: Mask }[]
}

/** The coordinator at work on one plan; `stale`: the transfers that have moved since it read them. */
export interface Session {
  readonly plan: number
  readonly stale: Mask
}

/** What pays a transfer, or spends a coin: in a block, final, and told. */
export const LANDED = { not: 0, block: 1, final: 2, told: 3, ruledOut: 4 } as const

export interface Coin {
  readonly landed: number
  readonly by: number
}

export interface Shared {
  readonly sources: readonly number[]
  readonly cases: readonly Case[]
  readonly plans: readonly Plan[]
  readonly signers: readonly Signer[]
  readonly session: Session | null
  /** By transfer, where slots never die. */
  readonly landed: readonly number[]
  /** Where they do. */
  readonly coins: readonly Coin[]
  readonly reorgs: number
  readonly isPaused: boolean
}

/** How much of each there may be. */
export interface Bounds {
  readonly kind: SharedKind
  readonly reorgs: number
  readonly plans: number
  /** No ledger gives a burn back: a reorganisation takes payouts alone. */
  readonly isLedger: boolean
  /** Plans that are not of the books, and shares that others have. */
  readonly isWicked: boolean
  /**
   * No signer signs both at once: together they are more than it pays in a day. Nothing else goes wrong then, and a plan for
   * each beside that for both has to do.
   */
  readonly isCapped: boolean
}

/** The rules that a planted fault can break. */
export const SHARED_RULES = {
  batchesOf,
  letGo,
  openIn,
  buried,
  settledFacts,
  /** All that a plan pays is recorded as signed, or none of it when one has moved meanwhile. */
  recordsWhole: true,
  /** What the token has refused before the books knew its message they hear when they know it. */
  hearsBefore: true,
  /** A signer promises all that a plan pays, or nothing. */
  promisesWhole: true,
  /** It looks whether each of them is final. */
  looksAtEach: true,
  /** What became of an older plan it asks of the transfer alone: what used its slot may have paid it, and left out others. */
  asksOfEach: true,
  /** It lets a slot go only when that is dead. */
  demandsDeadSlot: true,
  /** A slot that is dead for one of a plan may have paid the other. */
  buriesEach: true,
}

export type SharedRules = typeof SHARED_RULES

/** All that does not change on the way. */
export interface Setting extends Bounds {
  readonly cases: Cases
  readonly rules: SharedRules
}

export const IDS = ["arweave:first:0", "arweave:second:0"] as readonly TransferId[]

export const planName = (n: number) => `plan ${n}`

/** On a chain where slots never die each transfer has one of its own. */
export function slotOf({ kind }: Bounds, coin: number): string {
  if (kind === "coins") return `coin ${coin}`
  return kind === "mint" ? "ao:for ever" : "arweave:for ever"
}

export const SIGNERS = 3
export const THRESHOLD = 2
const COINS = 2

export type Step = typeof step

/** The transfers of one exploration: each once, however it came to be. */
export class Cases {
  readonly #known = new Map<string, Case>()
  readonly #step: Step
  readonly first: Case

  constructor(kind: SharedKind, step: Step) {
    this.#step = step
    const sighting = kind === "mint" ? aSighting() : aBurn()
    const events: TransferEvent[] = [
      { ...seen(sighting), block: FIRST } as TransferEvent,
      { kind: "Confirmed" },
      { kind: "Cleared" },
    ]
    const entries: Entry[] = []
    let transfer: Transfer | null = null
    for (const event of events) {
      const next: ReturnType<Step> = step(transfer, event)
      transfer = next.transfer
      entries.push(...next.entries)
    }
    this.first = this.#found(transfer!, false, balancesOf(entries).pending)
  }

  /** Throws as `step` does. */
  after(one: Case, event: TransferEvent): Case {
    const name = nameOf(event)
    const known = one.next.get(name)
    if (known) return known
    const { transfer, entries } = this.#step(one.transfer, event)
    const moved = balancesOf(entries)
    const isSlotKept = event.kind === "Vanished" && transfer.slot !== null
    const isLate = event.kind === "Seen" ? false : one.isLate || isSlotKept
    const next = this.#found(transfer, isLate, one.pending + moved.pending)
    const found = isBalanced(moved) ? next : { ...next, broken: "the books do not balance" }
    one.next.set(name, found)
    return found
  }

  /** Versions count without end; that one has moved is noted where it matters. Of reasons one is read again. */
  #found(moved: Transfer, isLate: boolean, pending: bigint): Case {
    const reason = moved.reason === "not-signed-together" ? moved.reason : null
    const transfer = { ...moved, version: 0, reason }
    const { state, slot, plan, transaction, block } = transfer
    const key = [state, slot, plan, transaction, block.id, reason, isLate, pending].join()
    const known = this.#known.get(key)
    if (known) return known
    const isOwed = !["seen", "dropped", "paid"].includes(state)
    const broken = isOwed === pending > 0n ? null : "something is owed that is not"
    const fresh = { number: this.#known.size, transfer, isLate, pending, next: new Map(), broken }
    this.#known.set(key, fresh)
    return fresh
  }
}

export const FIRST = aBlock(100)
export const SECOND = aBlock(101)

function nameOf(event: TransferEvent): string {
  switch (event.kind) {
    case "Planned":
      return `Planned ${event.plan} ${event.slot}`
    case "Signed":
      return `Signed ${event.transaction}`
    case "Settled":
      return `Settled ${event.transaction} ${event.slot}`
    case "Died":
    case "Flagged":
      return `${event.kind} ${event.reason}`
    default:
      return event.kind
  }
}

/** Both are to be paid, and nothing has been planned: up to here nothing that they do is done together. */
export function startShared(cases: Cases, { kind, reorgs }: Bounds): Shared {
  const signer = { journal: journalOf(NO_CLAIMS), given: 0, isHeld: false }
  return {
    sources: [SOURCE.first, SOURCE.first],
    cases: [cases.first, cases.first],
    plans: [],
    signers: Array.from({ length: SIGNERS }, () => signer),
    session: null,
    landed: [LANDED.not, LANDED.not],
    coins: Array.from({ length: kind === "coins" ? COINS : 0 }, () => ({
      ...{ landed: LANDED.not, by: 0 },
    })),
    ...{ reorgs, isPaused: false },
  }
}

const NO_CLAIMS = BOTH.map(() => ({ held: null, dead: 0 }))
const JOURNALS = new Map<string, Journal>()

/** The same rows are the same journal. */
export function journalOf(rows: Journal["rows"]): Journal {
  const key = rows.map(({ held, dead }) => `${held} ${dead}`).join()
  const known = JOURNALS.get(key)
  if (known) return known
  const fresh = { number: JOURNALS.size, rows }
  JOURNALS.set(key, fresh)
  return fresh
}

/** What a state is called, and whether the two have changed places in that name. */
export interface Named {
  readonly key: string
  readonly isSwapped: boolean
}

/** Signers are alike, and so are the two transfers: of states that differ by who is who one stands for all. */
export function namedState(world: Shared, setting: Setting): Named {
  const [first, second] = world.cases
  // One name is enough for two that differ.
  if (first!.number < second!.number) return { key: keyOf(world, 0, setting), isSwapped: false }
  if (first!.number > second!.number) return { key: keyOf(world, 1, setting), isSwapped: true }
  const [own, other] = [keyOf(world, 0, setting), keyOf(world, 1, setting)]
  return own <= other ? { key: own, isSwapped: false } : { key: other, isSwapped: true }
}

const codes: number[] = []
const hands = [0, 0, 0]

/** With `first` for the first of the two. */
function keyOf(world: Shared, first: Place, { kind, isWicked, rules }: Setting): string {
  const { sources, cases, plans, signers, session, landed, coins } = world
  const second = 1 - first
  let at = 0
  codes[at++] = world.reorgs * 2 + (world.isPaused ? 1 : 0)
  codes[at++] =
    ((sources[first]! * 4 + sources[second]!) * 4 + landed[first]!) * 4 + landed[second]!
  codes[at++] = cases[first]!.number
  codes[at++] = cases[second]!.number
  codes[at++] =
    session === null
      ? 0
      : 1 + session.plan * 4 + (first === 0 ? session.stale : swapped(session.stale))
  codes[at++] = plans.length
  let open = 0
  for (let n = 0; n < plans.length; n += 1) {
    const { pays, coin, isOurs, isOrdered, place, kept } = plans[n]!
    const [paid, left] = first === 0 ? [pays, kept] : [swapped(pays), swapped(kept)]
    codes[at++] =
      ((((paid * 4 + left) * 2 + coin) * 2 + (isOurs ? 1 : 0)) * 2 + (isOrdered ? 1 : 0)) * 4 +
      PLACES.indexOf(place)
    if (place === "nowhere") open |= 1 << n
  }
  for (const { landed, by } of coins) codes[at++] = landed * 4 + by
  // What a signer has claimed of a slot that never dies is claimed by nobody else. What it has signed says nothing when
  // that is out, or when nobody but the coordinator has it, which asks again.
  const isCoins = kind === "coins"
  if (!isWicked) open = 0
  if (!rules.asksOfEach) open = -1
  for (let n = 0; n < signers.length; n += 1) {
    const { journal, given, isHeld } = signers[n]!
    const { rows } = journal
    const claims = isCoins ? claimsIn(rows[first]!) * 16 + claimsIn(rows[second]!) : 0
    hands[n] = (claims * 16 + (given & open)) * 2 + (isHeld ? 1 : 0)
  }
  hands.sort((a, b) => a - b)
  for (const hand of hands) codes[at++] = hand
  codes.length = at
  return String.fromCharCode.apply(null, codes)
}

/** Who is who, changed. */
export const swapped = (mask: Mask): Mask => ((mask & 1) << 1) | (mask >> 1)

function claimsIn({ held, dead }: Journal["rows"][number]): number {
  return (held === null ? 0 : held + 1) * 4 + dead
}
