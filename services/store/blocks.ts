// The blocks that a watcher has read, with what they stated: the tail of a chain here is the watcher's place.

import type { Settlement, Stray, TakenBack } from "../../chains/chain.ts"
import type { UnlistedDeposit } from "../../chains/vault.ts"
import { CHAINS, type ChainName } from "../../core/assets.ts"
import { BridgeError } from "../../core/errors.ts"
import type { TransferId } from "../../core/ids.ts"
import type { Move } from "../../core/rewards/event.ts"
import type { BlockRef } from "../../core/transfer.ts"
import { inOrder, type Queries, type Sql } from "./database.ts"
import { answer } from "./failure.ts"
import { encode } from "./json.ts"
import { closeSweeps, type Swept } from "./sweeps.ts"
import { keepUnlisted, loseUnlisted } from "./unlisted.ts"

export interface NewBlock extends BlockRef {
  readonly parent: string
  /** Transfers that begin in it. */
  readonly sightings: readonly TransferId[]
  /** Payouts of ours in it; they count when the block is final. */
  readonly settlements: readonly Settlement[]
  readonly strays?: readonly Stray[]
  readonly takenBack?: readonly TakenBack[]
  /** For rewards: who sent wrapped tokens to whom, and the block's own time; blocks read before that have none. */
  readonly moves?: readonly Move[]
  readonly timestampMs?: number
  readonly unlisted?: readonly UnlistedDeposit[]
}

/** What a block turned out to state when it was read again. */
export interface LaterFacts {
  readonly sightings: readonly TransferId[]
  readonly takenBack: readonly TakenBack[]
}

export interface RecordedBlock
  extends Required<Omit<NewBlock, "moves" | "timestampMs" | "unlisted">> {
  /** Its settlements have been applied. */
  readonly final: boolean
}

/** The last canonical block, or null before the first. */
export async function head(sql: Sql, chain: ChainName): Promise<RecordedBlock | null> {
  const rows = await answer(sql<BlockRow[]>`
    select ${columns(sql)} from blocks
    where chain = ${chain} and canonical order by height desc limit 1`)
  return rows.map(blockFrom)[0] ?? null
}

/** The last canonical block of every chain that was ever read, and when it was. */
export async function heads(
  sql: Sql,
): Promise<readonly { readonly chain: ChainName; readonly height: number; readonly at: Date }[]> {
  const rows = await answer(sql<{ chain: ChainName; height: bigint; at: Date }[]>`
    select c.chain, b.height, b.read_at as at from unnest(${[...CHAINS]}::text[]) as c (chain)
    cross join lateral (
      select height, read_at from blocks
      where blocks.chain = c.chain and canonical order by height desc limit 1
    ) b`)
  return rows.map((row) => ({ ...row, height: Number(row.height) }))
}

/** The canonical block at a height, or null. */
export async function at(
  sql: Sql,
  chain: ChainName,
  height: number,
): Promise<RecordedBlock | null> {
  const rows = await answer(sql<BlockRow[]>`
    select ${columns(sql)} from blocks
    where chain = ${chain} and canonical and height = ${height}`)
  return rows.map(blockFrom)[0] ?? null
}

export interface BlockRead {
  readonly readAt: Date
  readonly canonical: boolean
}

/** When each block was read first, and whether its chain still holds it; null when it never was. */
export async function whenRead(
  sql: Sql,
  refs: readonly { readonly chain: ChainName; readonly block: BlockRef }[],
): Promise<(chain: ChainName, block: BlockRef) => BlockRead | null> {
  const rows = await answer(sql<(BlockRead & { name: string })[]>`
    select chain || ' ' || height || ' ' || id as name, read_at as "readAt", canonical
    from blocks join unnest(
      ${refs.map(({ chain }) => chain)}::text[], ${refs.map(({ block }) => block.height)}::int[],
      ${refs.map(({ block }) => block.id)}::text[]
    ) as asked (chain, height, id) using (chain, height, id)`)
  const found = new Map(rows.map(({ name, ...read }) => [name, read]))
  return (chain, { height, id }) => found.get(`${chain} ${height} ${id}`) ?? null
}

/** How the recorded chain changes, in the commit of the facts that follow from it. */
export interface BlockStep {
  readonly chain: ChainName
  /** The head that the change was judged by. When another watcher moved it, nothing is written. */
  readonly head: BlockRef | null
  /** Blocks that continue the head, in order; one that was orphaned is canonical again. */
  readonly append?: readonly NewBlock[]
  /** Blocks from this height on are no longer canonical. */
  readonly orphan?: number
  /** The settlements of canonical blocks up to this height have been applied. */
  readonly settled?: number
  /** What a canonical block states beside what is on record, read again. */
  readonly amended?: LaterFacts & { readonly block: string }
  /** Sweeps among them. */
  readonly swept?: readonly Swept[]
}

/** Throws `stale-version` when the head is another one by now, or when a block does not follow its parent. */
export async function writeBlocks(sql: Queries, step: BlockStep): Promise<void> {
  const { chain, append = [], orphan, settled, swept = [], amended } = step
  // One writer a chain, so that a block is judged by a head that stays as it is.
  await sql`select pg_advisory_xact_lock(hashtext(${`blocks of ${chain}`}))`
  const [now] = await sql<{ id: string }[]>`
    select id from blocks where chain = ${chain} and canonical order by height desc limit 1`
  if ((now?.id ?? null) !== (step.head?.id ?? null))
    throw new BridgeError("stale-version", { chain, head: step.head?.height ?? "none" })
  if (orphan !== undefined) {
    await sql`
      update blocks set canonical = false
      where chain = ${chain} and canonical and height >= ${orphan}`
    await loseUnlisted(sql, chain, orphan)
  }
  if (append.length > 0) {
    const rows = append.map(({ height, id, parent, ...stated }) => {
      const { strays = [], takenBack = [], moves = [], unlisted: _, ...rest } = stated
      const facts = encode({ ...rest, strays, takenBack, ...(moves.length > 0 && { moves }) })
      return { chain, height, id, parent, facts }
    })
    await sql`
      insert into blocks (chain, height, id, parent, facts)
      select chain, height, id, parent, facts
      from json_populate_recordset(null::blocks, ${JSON.stringify(rows)}::text::json)
      on conflict on constraint blocks_pkey do update set canonical = true`
    const kept = append.flatMap(({ height, unlisted = [] }) =>
      unlisted.map((one) => ({ ...one, chain, height })),
    )
    await keepUnlisted(sql, kept)
  }
  if (settled !== undefined)
    await sql`
      update blocks set final = true
      where chain = ${chain} and canonical and not final and height <= ${settled}`
  await inOrder(closeSweeps(sql, chain, swept))
  if (amended) {
    const { block, ...facts } = amended
    await sql`
      insert into later_facts (chain, block, facts)
      values (${chain}, ${block}, ${JSON.stringify(encode(facts))}::text::jsonb)`
  }
}

/** Canonical blocks up to a height whose settlements have not been applied, lowest first. */
export async function unsettled(
  sql: Sql,
  chain: ChainName,
  heightMax: number,
  limit: number,
): Promise<readonly RecordedBlock[]> {
  const rows = await answer(sql<BlockRow[]>`
    select ${columns(sql)} from blocks
    where chain = ${chain} and canonical and not final and height <= ${heightMax}
    order by height limit ${limit}`)
  return rows.map(blockFrom)
}

/** Of the newest canonical blocks; a message that was just signed is in no older one. */
const NEWEST = 1_000

/** What a transaction settled, or failed to, by the blocks that were read of late, applied or not. */
export async function settlementsBy(
  sql: Sql,
  chain: ChainName,
  transaction: string,
): Promise<readonly Settlement[]> {
  const wanted = JSON.stringify({ settlements: [{ transaction }] })
  const rows = await answer(sql<BlockRow[]>`
    select ${columns(sql)} from blocks
    where chain = ${chain} and canonical and height > (
      select max(height) - ${NEWEST}::int from blocks where chain = ${chain} and canonical
    ) and facts @> ${wanted}::text::jsonb
    order by height`)
  const settlements = rows.map(blockFrom).flatMap((block) => block.settlements)
  return settlements.filter((one) => one.transaction === transaction)
}

function columns(sql: Queries) {
  return sql`
    height, id, parent, facts, final, coalesce((
      select jsonb_agg(l.facts order by l.number) from later_facts l
      where l.chain = blocks.chain and l.block = blocks.id
    ), '[]') as later`
}

interface BlockRow {
  readonly height: bigint
  readonly id: string
  readonly parent: string
  readonly facts: Omit<NewBlock, "height" | "id" | "parent">
  readonly later: readonly LaterFacts[]
  readonly final: boolean
}

function blockFrom({ height, facts: all, later, ...row }: BlockRow): RecordedBlock {
  const { moves: _, timestampMs: __, ...facts } = all
  return {
    ...{ ...row, strays: [], ...facts, height: Number(height) },
    sightings: [facts, ...later].flatMap(({ sightings }) => sightings),
    takenBack: [facts, ...later].flatMap(({ takenBack = [] }) => takenBack),
  }
}
