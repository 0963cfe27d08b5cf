// Reading transfers: by id, by state, by address, and what happened to one.

import { type AssetName, CHAINS, type ChainName } from "../../core/assets.ts"
import { originOf, type TransferId } from "../../core/ids.ts"
import type { State, Transfer, TransferEvent } from "../../core/transfer.ts"
import type { Queries, Sql } from "./database.ts"
import { answer } from "./failure.ts"
import { type TransferRow, transferColumns, transferFrom } from "./rows.ts"

export interface StoredTransfer extends Transfer {
  /** Counts transfers in the order in which we first saw them; lists are paged by it. */
  readonly number: bigint
  /** Since when it has been as it is. */
  readonly changedAt: Date
}

export interface HistoryLine {
  /** The version that the transfer had after it. */
  readonly version: number
  readonly key: string
  readonly event: TransferEvent
  readonly at: Date
}

/** A page starts after (or, newest first, before) the transfer of this number. */
export interface Page {
  readonly cursor?: bigint | null
  readonly limit: number
}

/** Something more will happen to it. */
export function isOpen({ state }: Pick<Transfer, "state">): boolean {
  return state !== "paid" && state !== "dropped"
}

export async function findTransfer(sql: Sql, id: TransferId): Promise<StoredTransfer | null> {
  return (await transfersById(sql, [id])).get(id) ?? null
}

/** Those of `ids` that exist. */
export async function transfersById(
  sql: Sql,
  ids: readonly TransferId[],
): Promise<ReadonlyMap<TransferId, StoredTransfer>> {
  if (ids.length === 0) return new Map()
  const found = await ask(sql`${from(sql)} where s.id = any(${[...ids]})`)
  return new Map(found.map((transfer) => [transfer.id, transfer]))
}

/** Everything that one transaction of a source chain began, in its order. */
export async function transfersOfTransaction(
  sql: Sql,
  transaction: string,
): Promise<readonly StoredTransfer[]> {
  return (await transfersOfTransactions(sql, [transaction])).get(transaction) ?? []
}

/** The same of several; those that began nothing are left out. */
export async function transfersOfTransactions(
  sql: Sql,
  transactions: readonly string[],
): Promise<ReadonlyMap<string, readonly StoredTransfer[]>> {
  const prefixes = transactions.flatMap((one) => CHAINS.map((chain) => `${chain}:${one}`))
  const found = await ask(sql`
    ${from(sql)} where number = any(array(
      select begun.number from unnest(${prefixes}::text[]) as p (prefix), lateral (
        select number from sightings where id >= p.prefix || ':' and id < p.prefix || ';'
      ) begun
    ))
    order by number`)
  const all = new Map<string, StoredTransfer[]>()
  for (const one of found) {
    const { transaction } = originOf(one.id)
    all.set(transaction, [...(all.get(transaction) ?? []), one])
  }
  return all
}

/** Transfers in a state, oldest first. */
export async function transfersIn(
  sql: Sql,
  state: State,
  { cursor = null, limit }: Page,
  of: { readonly source?: ChainName; readonly chain?: ChainName } = {},
): Promise<readonly StoredTransfer[]> {
  return await ask(sql`
    ${from(sql)} where t.state = ${state} and number > ${`${cursor ?? 0}`}::text::bigint
    ${of.source ? sql`and t.source = ${of.source}` : sql``}
    ${of.chain ? sql`and t.chain = ${of.chain}` : sql``}
    order by number limit ${limit}`)
}

/** Transfers that an address sent or is to receive, newest first; in one state alone when it is named. */
export async function transfersOfAddress(
  sql: Sql,
  address: string,
  { cursor = null, limit }: Page,
  state: State | null = null,
): Promise<readonly StoredTransfer[]> {
  const below = cursor === null ? sql`9223372036854775807` : sql`${`${cursor}`}::text::bigint`
  const isIn = state
    ? sql`and exists (select from transfers t where t.number = own.number and t.state = ${state})`
    : sql``
  const within = (column: "sender" | "recipient") => sql`
    select number from sightings own
    where number >> 16 = stretch and ${sql(column)} = ${address} and number < ${below} ${isIn}
    order by number desc limit ${limit}`
  // Stretch by stretch, as the indexes are cut; the outer limit ends it.
  return await ask(sql`
    ${from(sql)} where number in (
      select found.number
      from generate_series(
          least((select max(number) from sightings), ${below}) >> 16, 0, -1
        ) as stretch,
        lateral ((${within("sender")}) union (${within("recipient")})) as found
      order by found.number desc limit ${limit}
    )
    order by number desc`)
}

/** What a page is of; what is left out does not matter. */
export interface Of {
  /** Whoever sent it or is to receive it. */
  readonly address?: string
  readonly state?: State
}

/** Transfers, newest first. Those that come while somebody turns pages come before the first page, never between two. */
export async function transfersPage(
  sql: Sql,
  { address, state }: Of,
  { cursor = null, limit }: Page,
): Promise<readonly StoredTransfer[]> {
  if (address !== undefined)
    return await transfersOfAddress(sql, address, { cursor, limit }, state ?? null)
  if (state === undefined) return await recentTransfers(sql, { cursor, limit })
  const before = cursor === null ? sql`` : sql`and number < ${`${cursor}`}::text::bigint`
  return await ask(sql`
    ${from(sql)} where t.state = ${state} ${before} order by number desc limit ${limit}`)
}

/** The page of what one transaction began, newest first. */
export function pageOf(
  begun: readonly StoredTransfer[],
  { address, state }: Of,
  { cursor = null, limit }: Page,
): readonly StoredTransfer[] {
  const isOf = (one: StoredTransfer) =>
    (state === undefined || one.state === state) &&
    (address === undefined || one.sender === address || one.recipient === address)
  const older = begun.filter((one) => (cursor === null || one.number < cursor) && isOf(one))
  return older.reverse().slice(0, limit)
}

/** All transfers, newest first. */
export async function recentTransfers(
  sql: Sql,
  { cursor = null, limit }: Page,
): Promise<readonly StoredTransfer[]> {
  const before = cursor === null ? sql`` : sql`where number < ${`${cursor}`}::text::bigint`
  return await ask(sql`${from(sql)} ${before} order by number desc limit ${limit}`)
}

/**
 * Transfers in `seen` whose block is recorded as canonical at `heightMax` or lower, lowest first: what a tip
 * made final. One that needs more confirmations than `depth`, which `heightMax` stands for, is that much lower. What is
 * below its asset's minimum comes after all others: whoever sends dust by the thousand does not make them wait.
 */
export async function seenUpTo(
  sql: Sql,
  source: ChainName,
  heightMax: number,
  limit: number,
  {
    depth = 1,
    minimums = [],
  }: {
    readonly depth?: number
    readonly minimums?: readonly { readonly asset: AssetName; readonly minimum: bigint }[]
  } = {},
): Promise<readonly StoredTransfer[]> {
  const assets = minimums.map(({ asset }) => asset)
  const least = minimums.map(({ minimum }) => `${minimum}`)
  return await ask(sql`
    ${from(sql)}
    where t.state = 'seen' and t.source = ${source} and t.block_height <= ${heightMax}
      and t.block_height <= ${heightMax} - (greatest(coalesce(s.depth, 0), ${depth}) - ${depth})
      and ${stands(sql)}
    order by exists (
      select from unnest(${assets}::text[], ${least}::text[]) as m (asset, minimum)
      where m.asset = s.asset and s.amount < m.minimum::numeric
    ), t.block_height limit ${limit}`)
}

/** Transfers in `ready` that are to be paid on `chain`, oldest first, without those of a paused source or held back. */
export async function readyFor(
  sql: Sql,
  chain: ChainName,
  limit = 100,
): Promise<readonly StoredTransfer[]> {
  return await ask(sql`
    ${from(sql)}
    where t.state = 'ready' and t.chain = ${chain} and t.source not in (
      select chain from pauses where lifted_at is null and direction = 'in'
    ) and not exists (
      select from holdbacks h where h.transfer = s.id and h.release_at > now()
    )
    order by number limit ${limit}`)
}

/** Transfers that hold, or ever held, a slot `<spent>:<transfer>`, oldest first. */
export async function holdersOf(sql: Sql, spent: string): Promise<readonly StoredTransfer[]> {
  return await ask(sql`
    ${from(sql)} where number in (
      select transfer from slots where slot >= ${`${spent}:`} and slot < ${`${spent};`}
    )
    order by number`)
}

/** Deposits of a chain that nothing may be paid from yet: not final, not screened, or held. */
export async function unscreened(sql: Sql, source: ChainName): Promise<readonly TransferId[]> {
  const rows = await answer(sql<{ id: TransferId }[]>`
    select s.id from sightings s join transfers t using (number)
    where t.source = ${source} and t.state in ('seen', 'confirmed', 'held')`)
  return rows.map(({ id }) => id)
}

/** Those of `ids` whose block is not canonical (any more) in what our watchers have recorded. */
export async function fallen(
  sql: Sql,
  ids: readonly TransferId[],
): Promise<readonly StoredTransfer[]> {
  if (ids.length === 0) return []
  return await ask(sql`${from(sql)} where s.id = any(${[...ids]}) and not ${stands(sql)}`)
}

/** How many transfers are in each state that is not final, by source chain. */
export async function countsUnderWay(
  sql: Sql,
): Promise<readonly { state: State; source: ChainName; count: number }[]> {
  return await answer(sql<{ state: State; source: ChainName; count: number }[]>`
    select state, source, count(*)::int as count from transfers
    where state not in ('paid', 'dropped') group by state, source order by state, source`)
}

/** Every event of a transfer, first to last. */
export async function historyOf(sql: Sql, id: TransferId): Promise<readonly HistoryLine[]> {
  return (await historiesOf(sql, [id])).get(id) ?? []
}

/** The same of several; those that do not exist are left out. */
export async function historiesOf(
  sql: Sql,
  ids: readonly TransferId[],
): Promise<ReadonlyMap<TransferId, readonly HistoryLine[]>> {
  const rows = await answer(sql<(Omit<HistoryLine, "event"> & HistoryRow)[]>`
    select s.id, e.version, e.key, e.body, e.at from sightings s
    join events e on e.transfer = s.number
    where s.id = any(${[...ids]}) order by s.number, e.version`)
  const all = new Map<TransferId, HistoryLine[]>()
  for (const { id, body, ...row } of rows) {
    const lines = all.get(id) ?? []
    lines.push({ ...row, event: body })
    all.set(id, lines)
  }
  return all
}

interface HistoryRow {
  readonly id: TransferId
  readonly body: TransferEvent
}

function stands(sql: Queries) {
  return sql`exists (
    select from blocks b where b.chain = t.source and b.height = t.block_height
      and b.id = t.block_id and b.canonical
  )`
}

function from(sql: Queries) {
  return sql`select ${transferColumns(sql)} from sightings s join transfers t using (number)`
}

async function ask(query: PromiseLike<readonly object[]>): Promise<readonly StoredTransfer[]> {
  const rows = (await answer(query)) as readonly TransferRow[]
  return rows.map((row) => ({
    ...transferFrom(row),
    number: row.number,
    changedAt: row.changed_at,
  }))
}
