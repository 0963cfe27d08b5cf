// A model of AO: one process's scheduler slots, and the token in it that remembers what it has minted.

import type { Settlement } from "../../chains/chain.ts"
import { ASSETS } from "../../core/assets.ts"
import { originOf, type TransferId } from "../../core/ids.ts"
import type { BlockRef, Sighting } from "../../core/transfer.ts"
import { homeOfLedger, KINDS, type LedgerName, UNIT } from "./kinds.ts"
import type { Recorded } from "./store.ts"
import type { Landed, Located, View } from "./views.ts"

export interface MintRow {
  readonly transfer: TransferId
  readonly recipient: string
  readonly amount: bigint
}

export type Message =
  | { readonly kind: "mint"; readonly id: string; readonly rows: readonly MintRow[] }
  | {
      readonly kind: "burn"
      readonly id: string
      readonly sender: string
      readonly amount: bigint
      readonly recipient: string
    }
  | { readonly kind: "other"; readonly id: string }

export type Mint = Extract<Message, { kind: "mint" }>

export interface Slot extends BlockRef {
  readonly atMs: number
  readonly message: Message
  readonly outcome: "done" | "refused"
  readonly reason: string | null
  /** Of a mint that was refused because of them: the rows that had been minted before. */
  readonly minted: readonly TransferId[]
}

/** What the token itself keeps of a burn, base units. */
export const BURN_FEE = 40n * UNIT
export const BURN_MIN = 500n * UNIT

export class ModelAo {
  readonly name: LedgerName
  readonly slots: Slot[] = []
  readonly minted = new Map<TransferId, MintRow & Landed>()
  readonly balances = new Map<string, bigint>()
  /** Accepted, and waiting for the scheduler. */
  readonly waiting: Message[] = []
  paused = false
  supply = 0n
  /** Evaluations fail: the token remembers nothing of it, and the same item may be minted in a later slot. */
  failing = false
  readonly #accepted = new Set<string>()
  readonly #decided = new Set<string>()
  readonly #clock: () => number

  constructor(name: LedgerName, clock: () => number) {
    this.name = name
    this.#clock = clock
    this.schedule({ kind: "other", id: "spawn" })
  }

  /** Hands in a message; the same one again is a no-op, as "Message already exists" is. */
  submit(message: Message): void {
    if (this.#accepted.has(message.id)) return
    this.#accepted.add(message.id)
    this.waiting.push(message)
  }

  /** Gives a message the next slot and evaluates it. */
  schedule(message: Message): Slot {
    this.#accepted.add(message.id)
    const height = this.slots.length
    const rows = message.kind === "mint" ? message.rows : []
    const minted = rows.map(({ transfer }) => transfer).filter((id) => this.minted.has(id))
    const reason = this.#evaluate(message)
    const outcome = reason === null ? "done" : "refused"
    const [id, atMs] = [`slot-${height}`, this.#clock()]
    const slot: Slot = { height, id, atMs, message, outcome, reason, minted }
    this.slots.push(slot)
    return slot
  }

  /** A message that never gets a slot may be handed in again. */
  forget(message: Message): void {
    this.#accepted.delete(message.id)
  }

  #evaluate(message: Message): string | null {
    if (message.kind === "mint") {
      if (this.#decided.has(message.id)) return "message-replayed"
      if (this.failing) return "evaluation-failed"
      // A refused item is remembered too: the same bytes can never be minted later.
      this.#decided.add(message.id)
      if (this.paused) return "paused"
      if (message.rows.some(({ transfer }) => this.minted.has(transfer))) return "already-minted"
      for (const row of message.rows) {
        this.minted.set(row.transfer, {
          ...row,
          transaction: message.id,
          height: this.slots.length,
        })
        this.#credit(row.recipient, row.amount)
      }
    }
    if (message.kind === "burn") {
      const balance = this.balances.get(message.sender) ?? 0n
      if (message.amount < BURN_MIN || message.amount > balance) return "not-enough"
      this.#credit(message.sender, -message.amount)
    }
    return null
  }

  #credit(account: string, amount: bigint): void {
    this.balances.set(account, (this.balances.get(account) ?? 0n) + amount)
    this.supply += amount
  }
}

export class AoView implements View {
  readonly #ao: ModelAo
  readonly tip: BlockRef

  constructor(ao: ModelAo, lag: number) {
    this.#ao = ao
    this.tip = ao.slots[Math.max(0, ao.slots.length - 1 - lag)]!
  }

  at(height: number): BlockRef | null {
    return this.slot(height)
  }

  slot(height: number): Slot | null {
    return height > this.tip.height ? null : (this.#ao.slots[height] ?? null)
  }

  /** The slot as a watcher records it. */
  read(height: number): Recorded | null {
    const slot = this.slot(height)
    if (!slot) return null
    const burn = burnIn(slot, this.#ao.name)
    return {
      height,
      id: slot.id,
      parent: `slot-${height - 1}`,
      sightings: burn ? [burn] : [],
      settlements: settlementsIn(slot),
    }
  }

  locate(id: TransferId): Located | null {
    const { index, transaction } = originOf(id)
    const slot = this.slot(index)
    if (!slot || slot.message.id !== transaction) return null
    const sighting = burnIn(slot, this.#ao.name)
    return sighting && { sighting, block: slot, atMs: slot.atMs }
  }

  payoutsOf(transfer: TransferId): readonly Landed[] {
    const mint = this.#ao.minted.get(transfer)
    return mint && mint.height <= this.tip.height ? [mint] : []
  }
}

/** The burn that a slot holds, or null. */
export function burnIn({ message, outcome, height }: Slot, ledger: LedgerName): Sighting | null {
  if (message.kind !== "burn" || outcome !== "done") return null
  const home = homeOfLedger(ledger)
  const { asset } = KINDS[home]
  return {
    id: `${ASSETS[asset].wrapped.ledger}:${message.id}:${height}`,
    ...{ asset, source: ledger, target: home },
    amount: message.amount,
    sender: message.sender,
    recipient: message.recipient,
    refundTo: message.sender,
    forward: {},
    fee: BURN_FEE,
    problem: null,
  }
}

/** As the codec tells it: a replay says nothing, and rows kept from being minted are told from those that were. */
function settlementsIn({ message, outcome, reason, minted }: Slot): readonly Settlement[] {
  if (message.kind !== "mint" || reason === "message-replayed") return []
  const ids = message.rows.map(({ transfer }) => transfer)
  const settlement = { transaction: message.id, transfers: ids, reason, networkFee: 0n }
  const paid = message.rows.map(({ recipient, amount }) => ({ recipient, amount }))
  if (outcome === "done") return [{ ...settlement, outcome: "paid", paid }]
  const refused = { ...settlement, outcome: "refused" } as const
  if (reason !== "already-minted") return [refused]
  const kept = ids.filter((id) => !minted.includes(id))
  return [
    { ...refused, transfers: [...minted] },
    ...(kept.length > 0 ? [{ ...refused, transfers: kept, reason: "batch-refused" }] : []),
  ]
}
