// The one door: nothing else changes a transfer. Row, event, postings and orders are one commit.

import { BridgeError, remedyOf } from "../../core/errors.ts"
import type { TransferId } from "../../core/ids.ts"
import { step } from "../../core/step.ts"
import type { Transfer, TransferEvent } from "../../core/transfer.ts"
import { type BlockStep, writeBlocks } from "./blocks.ts"
import { pauseEverything } from "./controls.ts"
import { inOrder, type Queries, type Sql } from "./database.ts"
import { insertDecisions, type NewDecision } from "./decisions.ts"
import { failureOf, isCollision } from "./failure.ts"
import { deleteRows } from "./outbox.ts"
import { insertPlans, type NewPlan, type SignedBytes, writeSigned } from "./plans.ts"
import { type TransferRow, transferColumns, transferFrom } from "./rows.ts"
import { type Applied, write } from "./write.ts"

export interface Change {
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

/** What is written in the same commit as the changes. */
export interface Alongside {
  /** Orders whose work this is. */
  readonly done?: readonly bigint[]
  /** What was decided about their parties. */
  readonly decisions?: readonly NewDecision[]
  /** What a watcher read, so that its place and its facts never differ. */
  readonly blocks?: BlockStep
}

const ATTEMPTS = 8

/**
 * Applies changes in the order given; one transfer may have several. Safe to repeat. One refused change does not spoil the others, but an error whose remedy
 * is halt (`double-payout`, `ledger-unbalanced`, `assertion`) writes nothing, pauses every chain and is
 * thrown. Also throws `slot-taken` when the database sees a second owner of a slot, and
 * `database-unavailable`.
 */
export async function advance(
  sql: Sql,
  changes: readonly Change[],
  alongside: Alongside = {},
): Promise<readonly Outcome[]> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await sql.begin((transaction) => commit(transaction, changes, alongside))
    } catch (cause) {
      if (isCollision(cause) && attempt < ATTEMPTS) continue
      const error = failureOf(cause)
      if (remedyOf(error) === "halt") await pauseBecause(sql, error)
      throw error
    }
  }
}

/** No other process may pay on after a claim broke. Best effort: the error itself matters more. */
async function pauseBecause(sql: Sql, error: unknown): Promise<void> {
  const reason = error instanceof BridgeError ? error.code : "assertion"
  await pauseEverything(sql, reason, "advance").catch(() => {})
}

async function commit(
  sql: Queries,
  changes: readonly Change[],
  { done = [], blocks, decisions = [] }: Alongside,
): Promise<Outcome[]> {
  if (blocks) await writeBlocks(sql, blocks)
  const { outcomes, applied } = applyAll(await openBook(sql, changes), changes)
  await inOrder([
    ...insertPlans(sql, applied),
    ...writeSigned(sql, changes),
    ...write(sql, applied),
    ...insertDecisions(sql, decisions),
    ...deleteRows(sql, done),
  ])
  return outcomes
}

/** What one call knows of a transfer. */
interface Page {
  readonly number: bigint
  readonly isNew: boolean
  readonly keys: Set<string>
  readonly transfer: Transfer | null
}

type Book = ReadonlyMap<TransferId, Page>

/** Locks the rows of all transfers named, in one order for everybody, and reads which keys they have. */
async function openBook(sql: Queries, changes: readonly Change[]): Promise<Book> {
  const ids = [...new Set(changes.map(({ transfer }) => transfer))].sort()
  if (ids.length === 0) return new Map()
  const rows = await sql<TransferRow[]>`
    select ${transferColumns(sql)} from sightings s join transfers t using (number)
    where s.id = any(${ids}) order by number for update of t`
  const book = new Map<TransferId, Page>()
  for (const row of rows)
    book.set(row.id, {
      number: row.number,
      isNew: false,
      keys: new Set(),
      transfer: transferFrom(row),
    })
  const absent = ids.filter((id) => !book.has(id))
  const asked = changes.filter(({ transfer }) => book.has(transfer))
  // Only now, under the locks: an earlier statement would not see what others committed meanwhile.
  const [known, numbers] = await Promise.all([
    asked.length === 0 ? [] : knownKeys(sql, asked, book),
    absent.length === 0 ? [] : newNumbers(sql, absent.length),
  ])
  const pages = new Map([...book.values()].map((page) => [page.number, page]))
  for (const { transfer, key } of known) pages.get(transfer)?.keys.add(key)
  for (const [at, id] of absent.entries())
    book.set(id, { number: numbers[at]!.number, isNew: true, keys: new Set(), transfer: null })
  return book
}

function knownKeys(sql: Queries, changes: readonly Change[], book: Book) {
  const numbers = changes.map(({ transfer }) => `${book.get(transfer)!.number}`)
  const keys = changes.map(({ key }) => key)
  return sql<{ transfer: bigint; key: string }[]>`
    select e.transfer, e.key
    from unnest(${numbers}::text[]::bigint[], ${keys}::text[]) as asked (transfer, key)
    join events e on e.transfer = asked.transfer and e.key = asked.key`
}

function newNumbers(sql: Queries, count: number) {
  return sql<{ number: bigint }[]>`
    select nextval('transfer_numbers') as number from generate_series(1, ${count})`
}

interface Application {
  readonly outcomes: Outcome[]
  readonly applied: Applied[]
}

function applyAll(book: Book, changes: readonly Change[]): Application {
  const voided = new Set<string>()
  for (;;) {
    const result = applyOnce(book, changes, voided)
    const broken = changes.filter(({ plan }, at) => {
      const { kind } = result.outcomes[at]!
      return plan && !voided.has(plan.id) && (kind === "stale" || kind === "refused")
    })
    if (broken.length === 0) return result
    // One transaction pays all transfers of a plan: without one of them it is another transaction.
    for (const { plan } of broken) voided.add(plan!.id)
  }
}

function applyOnce(
  book: Book,
  changes: readonly Change[],
  voided: ReadonlySet<string>,
): Application {
  const latest = new Map<TransferId, Transfer | null>()
  const taken = new Set<string>()
  const applied: Applied[] = []
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
