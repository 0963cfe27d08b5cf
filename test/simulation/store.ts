// A model of the store: its own rules for changes, and an outbox, in memory; each call is one commit.

import type { Settlement } from "../../chains/chain.ts"
import type { AssetName } from "../../core/assets.ts"
import { BridgeError } from "../../core/errors.ts"
import type { TransferId } from "../../core/ids.ts"
import type { Account } from "../../core/ledger.ts"
import type { Effect, Step } from "../../core/step.ts"
import type { BlockRef, Sighting, Transfer, TransferEvent } from "../../core/transfer.ts"
import type { Told } from "../../services/payout/batching.ts"
import { applyAll, type Book } from "../../services/store/applying.ts"
import type { ModelChain, Plan } from "./plans.ts"
import type { Rules } from "./rules.ts"

export interface Change {
  readonly transfer: TransferId
  readonly event: TransferEvent
  /** A change whose key was applied before is not applied again. */
  readonly key: string
  /** Version that the reporter read (0: no transfer yet); null for a fact that holds whatever the state. */
  readonly version: number | null
}

/** A worker's change, under a key that names its transfer: here all keys are in one set. */
export function named({ key, ...change }: Told): Change {
  return { ...change, key: `${change.transfer} ${key}` }
}

export interface OutboxRow {
  readonly job: string
  readonly transfer: TransferId
  readonly effect: Effect
  tries: number
  /** Virtual time of the last dispatch, or null. */
  dispatchedAt: number | null
  /** Virtual time before which it is not tried again. */
  notBefore: number
}

/** What else one commit writes. */
export interface Alongside {
  readonly plans?: readonly Plan[]
  readonly sealed?: { readonly transaction: string; readonly plan: Plan }
  readonly cursor?: CursorMove
  /** Of a chain of coins: the turn that the plan was made at. Another one may have planned since. */
  readonly turn?: { readonly chain: ModelChain; readonly at: number }
  /** Versions that all of it rests on. */
  readonly asRead?: ReadonlyMap<TransferId, number>
}

/** Only from where the watcher read it: another one may have moved it since. */
export interface CursorMove {
  readonly chain: ModelChain
  readonly before: Cursor
  readonly after: Cursor
}

/** A block as a watcher has read it. */
export interface Recorded extends BlockRef {
  readonly parent: string
  readonly sightings: readonly Sighting[]
  readonly settlements: readonly Settlement[]
}

/** How far the watchers of a chain have read. */
export interface Cursor {
  readonly blocks: readonly Recorded[]
  /** The last height whose payouts are reported. */
  readonly settled: number
}

export interface Recovery {
  height: number | null
  isRead: boolean
  isOver: boolean
}

const NOTHING: Cursor = { blocks: [], settled: -1 }

export interface Applied extends Step {
  readonly change: Change
  readonly before: Transfer | null
}

export class ModelStore {
  readonly transfers = new Map<TransferId, Transfer>()
  readonly applied: Applied[] = []
  readonly keys = new Set<string>()
  readonly plans = new Map<string, Plan>()
  /** Signed payouts: the plan of each transaction. They are never forgotten. */
  readonly sealed = new Map<string, Plan>()
  /** Orders that are not done yet. */
  readonly outbox = new Map<string, OutboxRow>()
  /** Paused chains, each with the virtual time since when. */
  readonly paused = new Map<ModelChain, number>()
  readonly cursors = new Map<ModelChain, Cursor>()
  /** Plans of a chain of coins that were made. */
  readonly turns = new Map<ModelChain, number>()
  /** Whoever ever held a slot; the transfer's id is its end. */
  readonly slots = new Map<string, TransferId>()
  /** Of books that came back from a backup: how far each chain is asked, and how far that is. */
  readonly recoveries = new Map<ModelChain, Recovery>()
  restorations = 0
  /** Virtual time of the last change of each transfer. */
  readonly changedAt = new Map<TransferId, number>()
  readonly #plansOf = new Map<TransferId, readonly Plan[]>()
  readonly #sums = new Map<string, bigint>()
  /** All that was ever deposited. */
  readonly #deposited = new Map<AssetName, bigint>()
  /** After they had a slot. */
  readonly #takenBack = new Set<TransferId>()
  readonly #rules: Rules
  readonly #onCommit: (applied: readonly Applied[]) => void

  constructor(rules: Rules, onCommit: (applied: readonly Applied[]) => void) {
    this.#rules = rules
    this.#onCommit = onCommit
  }

  /** By the store's own rules (`services/store/applying.ts`); throws `stale-version` for what others moved, when the rest is written. */
  advance(
    changes: readonly Change[],
    { plans = [], sealed, cursor, turn, asRead = new Map() }: Alongside = {},
  ): void {
    if (cursor && this.cursorOf(cursor.chain) !== cursor.before)
      throw new BridgeError("stale-version", { cursor: cursor.chain })
    if (turn && this.#rules.takesTurns && this.turnOf(turn.chain) !== turn.at)
      throw new BridgeError("stale-version", { turn: turn.chain })
    for (const [id, version] of asRead)
      if ((this.transfers.get(id)?.version ?? 0) !== version)
        throw new BridgeError("stale-version", { transfer: id, read: version })
    const { comparesKeys, comparesVersions, step } = this.#rules
    const planIn = ({ event }: Change) =>
      event.kind === "Planned" ? plans.find(({ id }) => id === event.plan) : undefined
    const reported = changes.map((change, at) => ({
      ...change,
      key: comparesKeys ? change.key : `${change.key} ${this.applied.length} ${at}`,
      version: (comparesVersions ? change.version : null) ?? undefined,
      plan: planIn(change),
      told: change,
    }))
    const { outcomes, applied: taken } = applyAll(this.#book(changes), reported, step)
    const refused = outcomes.find(({ error }) => error !== null)
    if (refused) throw refused.error
    const applied = taken.map(({ change, ...one }): Applied => ({ ...one, change: change.told }))
    for (const { change } of applied) {
      const plan = planIn(change)
      if (plan) this.keepPlan(plan)
    }
    for (const one of applied) this.#write(one)
    if (sealed) this.sealed.set(sealed.transaction, sealed.plan)
    if (cursor) this.cursors.set(cursor.chain, cursor.after)
    if (turn && applied.length > 0) this.turns.set(turn.chain, turn.at + 1)
    if (applied.length > 0) this.#onCommit(applied)
    const stale = outcomes.find(({ kind }) => kind === "stale")
    if (stale) throw new BridgeError("stale-version", { transfer: stale.transfer })
  }

  #book(changes: readonly Change[]): Book {
    return new Map(
      changes.map(({ transfer: id }) => {
        const transfer = this.transfers.get(id) ?? null
        return [id, { number: 0n, isNew: transfer === null, keys: this.keys, transfer }]
      }),
    )
  }

  cursorOf(chain: ModelChain): Cursor {
    return this.cursors.get(chain) ?? NOTHING
  }

  turnOf(chain: ModelChain): number {
    return this.turns.get(chain) ?? 0
  }

  /** A copy that later changes do not touch. */
  snapshot(): ModelStore {
    const copy = new ModelStore(this.#rules, this.#onCommit)
    copy.become(this)
    return copy
  }

  /** All that was written since is forgotten. */
  become(other: ModelStore): void {
    for (const name of BOOKS) refill(this[name] as never, other[name] as never)
    this.#plansOf.clear()
    for (const plan of this.plans.values()) this.#list(plan)
    this.outbox.clear()
    for (const [job, row] of other.outbox) this.outbox.set(job, { ...row, dispatchedAt: null })
    this.applied.length = 0
    this.applied.push(...other.applied)
    this.#sums.clear()
    this.#deposited.clear()
    this.#takenBack.clear()
    for (const one of this.applied) this.#post(one)
  }

  keepPlan(plan: Plan): void {
    if (this.plans.has(plan.id)) return
    this.plans.set(plan.id, plan)
    this.#list(plan)
  }

  plansOf(id: TransferId): readonly Plan[] {
    return this.#plansOf.get(id) ?? []
  }

  #list(plan: Plan): void {
    for (const id of new Set(plan.payouts.map(({ transfer }) => transfer)))
      this.#plansOf.set(id, [...this.plansOf(id), plan])
  }

  /** What a chain's account comes to, by the postings. */
  sumOf(asset: AssetName, account: Account): bigint {
    return this.#sums.get(`${asset} ${account}`) ?? 0n
  }

  /** All that was ever deposited, by the rule of the real books. */
  depositedOf(asset: AssetName): bigint {
    return this.#deposited.get(asset) ?? 0n
  }

  /** What is paid, or being paid, for deposits that their chain has taken back and does not have now. */
  unbackedOf(asset: AssetName): bigint {
    let sum = 0n
    for (const id of this.#takenBack) {
      const { state, source, amount, ...one } = this.transfers.get(id)!
      if (one.asset !== asset || !["signing", "sent", "paid"].includes(state)) continue
      const { blocks } = this.cursorOf(source as ModelChain)
      if (!blocks.some(({ sightings }) => sightings.some((seen) => seen.id === id))) sum += amount
    }
    return sum
  }

  #post(one: Applied): void {
    if (one.change.key.endsWith(":late")) this.#takenBack.add(one.transfer.id)
    for (const { asset, amount } of this.#rules.depositedBy([one]))
      this.#deposited.set(asset, this.depositedOf(asset) + amount)
    for (const { asset, account, amount } of one.entries)
      this.#sums.set(`${asset} ${account}`, this.sumOf(asset, account) + amount)
  }

  #write(one: Applied): void {
    const { change, transfer, effects } = one
    this.transfers.set(transfer.id, transfer)
    this.keys.add(change.key)
    this.applied.push(one)
    this.#post(one)
    if (transfer.slot !== null) this.slots.set(transfer.slot, transfer.id)
    for (const effect of effects) {
      const job =
        "plan" in effect
          ? `${effect.kind} ${effect.plan}`
          : `${effect.kind} ${transfer.id} ${transfer.version}`
      // One job a plan, however many transfers it pays.
      if (this.outbox.has(job)) continue
      this.outbox.set(job, {
        job,
        transfer: transfer.id,
        effect,
        tries: 0,
        dispatchedAt: null,
        notBefore: 0,
      })
    }
  }
}

const BOOKS = [
  "transfers",
  "keys",
  "plans",
  "sealed",
  "paused",
  "cursors",
  "turns",
  "slots",
  "changedAt",
] as const

function refill<Item>(into: Map<unknown, unknown> | Set<Item>, from: typeof into): void {
  into.clear()
  if (into instanceof Map) for (const [key, value] of from as typeof into) into.set(key, value)
  else for (const item of from as Set<Item>) into.add(item)
}
