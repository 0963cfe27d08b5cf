// What becomes of changes by the transfers as they are: each key once, each version as it was read, a plan whole or not. Pure.

import type { AssetName, ChainName } from "../../core/assets.ts"
import { BridgeError } from "../../core/errors.ts"
import type { TransferId } from "../../core/ids.ts"
import { step as coreStep, type Step } from "../../core/step.ts"
import type { Transfer, TransferEvent } from "../../core/transfer.ts"
import type { NewPlan, SignedBytes } from "./plans.ts"

/** What the rules read of a change. */
export interface Reported {
  readonly transfer: TransferId
  readonly key: string
  readonly event: TransferEvent
  readonly version?: number | undefined
  readonly plan?: { readonly id: string } | undefined
}

export interface Change extends Reported {
  readonly transfer: TransferId
  /** Names the fact; a transfer takes each key once, so that a repeated report changes nothing. */
  readonly key: string
  readonly event: TransferEvent
  /** For a worker's event: the version it read. A chain's fact gives none and is always applied. */
  readonly version?: number
  /** With `Planned`: the plan, written when all its transfers take it, else none of them does. */
  readonly plan?: NewPlan
  /** With `Signed`: the bytes, kept even when the transfer has moved on. The first bytes of a plan stay. */
  readonly signed?: SignedBytes
}

export interface Outcome {
  readonly transfer: TransferId
  readonly key: string
  /**
   * `applied`: written. `known`: this key was written before. `stale`: the row has another version, or
   * that of another transfer in the same plan has; read it again. `refused`: by the core, for `error`.
   */
  readonly kind: "applied" | "known" | "stale" | "refused"
  /** The transfer as it is now; null when there is none. */
  readonly after: Transfer | null
  readonly error: BridgeError | null
}

/** A change that the core accepted. */
export interface Applied<Made extends Reported = Change> extends Step {
  readonly number: bigint
  /** The transfer has no row yet. */
  readonly isNew: boolean
  readonly change: Made
  readonly before: Transfer | null
}

/** What one call knows of a transfer. */
export interface Page {
  readonly number: bigint
  readonly isNew: boolean
  /** Of the facts that it has taken. */
  readonly keys: Pick<ReadonlySet<string>, "has">
  readonly transfer: Transfer | null
}

export type Book = ReadonlyMap<TransferId, Page>

export interface Application<Made extends Reported> {
  /** One for each change. */
  readonly outcomes: Outcome[]
  readonly applied: Applied<Made>[]
}

/**
 * In the order given; `book` has a page for each transfer that is named. Throws what `step` does when the remedy of that is
 * to halt: then nothing may be written.
 */
export function applyAll<Made extends Reported>(
  book: Book,
  changes: readonly Made[],
  step = coreStep,
): Application<Made> {
  const voided = new Set<string>()
  for (;;) {
    const result = applyOnce(book, changes, voided, step)
    const broken = changes.filter(({ plan }, at) => {
      const { kind } = result.outcomes[at]!
      return plan && !voided.has(plan.id) && (kind === "stale" || kind === "refused")
    })
    if (broken.length === 0) return result
    // One transaction pays all transfers of a plan: without one of them it is another transaction.
    for (const { plan } of broken) voided.add(plan!.id)
  }
}

function applyOnce<Made extends Reported>(
  book: Book,
  changes: readonly Made[],
  voided: ReadonlySet<string>,
  step: typeof coreStep,
): Application<Made> {
  const latest = new Map<TransferId, Transfer | null>()
  const taken = new Set<string>()
  const applied: Applied<Made>[] = []
  const outcomes = changes.map((change): Outcome => {
    const { transfer: id, key, event, version, plan } = change
    const { number, isNew, keys, transfer } = book.get(id)!
    const before = latest.has(id) ? latest.get(id)! : transfer
    const outcome = (kind: Outcome["kind"], error: BridgeError | null = null): Outcome => {
      return { transfer: id, key, kind, after: latest.get(id) ?? before, error }
    }
    if (keys.has(key) || taken.has(`${id} ${key}`)) return outcome("known")
    if (version !== undefined && version !== (before?.version ?? 0)) return outcome("stale")
    try {
      const stepped = step(before, event)
      if (plan && voided.has(plan.id)) return outcome("stale")
      taken.add(`${id} ${key}`)
      latest.set(id, stepped.transfer)
      applied.push({ ...stepped, number, isNew, change, before })
      return outcome("applied")
    } catch (error) {
      if (!(error instanceof BridgeError) || error.remedy === "halt") throw error
      return outcome("refused", error)
    }
  })
  return { outcomes, applied }
}

/** What these add to all that was ever locked, base units: less than nothing for what vanished. */
export function depositedBy(
  applied: readonly (Pick<Step, "transfer" | "entries"> & {
    readonly change: Pick<Reported, "event">
  })[],
): readonly { readonly source: ChainName; readonly asset: AssetName; readonly amount: bigint }[] {
  const sums = new Map<string, { source: ChainName; asset: AssetName; amount: bigint }>()
  for (const { change, transfer, entries } of applied) {
    const custody = entries.find(({ account }) => account === "custody")
    if (!custody || change.event.kind === "Settled") continue
    // Nothing is ever minted for it, so no token may count on it.
    if (transfer.problem === "unattributed") continue
    const { source, asset } = transfer
    const sum = sums.get(`${source} ${asset}`) ?? { source, asset, amount: 0n }
    sums.set(`${source} ${asset}`, { ...sum, amount: sum.amount + custody.amount })
  }
  return [...sums.values()]
}
