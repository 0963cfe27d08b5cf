// The one door: nothing else changes a transfer. Row, event, postings and orders are one commit.

import { BridgeError, remedyOf } from "../../core/errors.ts"
import type { TransferId } from "../../core/ids.ts"
import { applyAll, type Book, type Change, type Outcome, type Page } from "./applying.ts"
import { type BlockStep, writeBlocks } from "./blocks.ts"
import { pauseEverything } from "./controls.ts"
import { inOrder, type Queries, type Sql, type Statement } from "./database.ts"
import { insertDecisions, type NewDecision } from "./decisions.ts"
import { failureOf, isCollision } from "./failure.ts"
import { deleteRows } from "./outbox.ts"
import { insertPlans, writeSigned } from "./plans.ts"
import { type TransferRow, transferColumns, transferFrom } from "./rows.ts"
import { write } from "./write.ts"

export type { Change, Outcome } from "./applying.ts"

/** What is written in the same commit as the changes. */
export interface Alongside {
  /** Orders whose work this is. */
  readonly done?: readonly bigint[]
  /** What was decided about their parties. */
  readonly decisions?: readonly NewDecision[]
  /** What a watcher read, so that its place and its facts never differ. */
  readonly blocks?: BlockStep
  /**
   * Versions that all of it rests on, of transfers that the changes name: when one of them has another by now nothing is
   * written, and `stale-version` is thrown.
   */
  readonly asRead?: ReadonlyMap<TransferId, number>
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
  { done = [], blocks, decisions = [], asRead }: Alongside,
): Promise<Outcome[]> {
  if (blocks) await writeBlocks(sql, blocks)
  const [, book] = await Promise.all([planByKeys(sql).execute(), openBook(sql, changes)])
  if (asRead) demandAsRead(book, asRead)
  const { outcomes, applied } = applyAll(book, changes)
  await inOrder([
    ...insertPlans(sql, applied),
    ...writeSigned(sql, changes),
    ...write(sql, applied),
    ...insertDecisions(sql, decisions),
    ...deleteRows(sql, done),
  ])
  return outcomes
}

function demandAsRead(book: Book, asRead: ReadonlyMap<TransferId, number>): void {
  for (const [transfer, version] of asRead) {
    const page = book.get(transfer)
    if (page && (page.transfer?.version ?? 0) !== version)
      throw new BridgeError("stale-version", { transfer, read: version })
  }
}

/**
 * All that a commit reads and checks it finds by a key. A plan for that is as good for a table of any size, so it may be
 * kept: to plan each check of a foreign key anew costs more than all of the writing. Without an index it would be kept
 * too, made when the table had a few rows; so there is none without.
 */
function planByKeys(sql: Queries): Statement {
  return sql`
    select set_config('plan_cache_mode', 'auto', true), set_config('enable_seqscan', 'off', true)`
}

/** Locks the rows of all transfers named, in one order for everybody, and reads which keys they have. */
async function openBook(sql: Queries, changes: readonly Change[]): Promise<Book> {
  const ids = [...new Set(changes.map(({ transfer }) => transfer))].sort()
  if (ids.length === 0) return new Map()
  const rows = await sql<TransferRow[]>`
    select ${transferColumns(sql)} from sightings s join transfers t using (number)
    where s.id = any(${ids}) order by number for update of t`
  const book = new Map<TransferId, Page>()
  const keysOf = new Map(rows.map(({ number }) => [number, new Set<string>()]))
  for (const row of rows) {
    const { id, number } = row
    const keys = keysOf.get(number)!
    book.set(id, { number, isNew: false, keys, transfer: transferFrom(row) })
  }
  const absent = ids.filter((id) => !book.has(id))
  const asked = changes.filter(({ transfer }) => book.has(transfer))
  // Only now, under the locks: an earlier statement would not see what others committed meanwhile.
  const [known, numbers] = await Promise.all([
    asked.length === 0 ? [] : knownKeys(sql, asked, book),
    absent.length === 0 ? [] : newNumbers(sql, absent.length),
  ])
  for (const { transfer, key } of known) keysOf.get(transfer)?.add(key)
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
