// Books that came back from a backup: how far each chain has been asked what happened meanwhile.

import { type ChainName, isLedger } from "../../core/assets.ts"
import type { Sql } from "./database.ts"
import { answer } from "./failure.ts"
import { type StoredTransfer, transfersIn } from "./transfers.ts"

export interface Recovery {
  readonly chain: ChainName
  /** Payouts above it began after the backup came back; null before the first look. */
  readonly height: number | null
  readonly isRead: boolean
  readonly isOver: boolean
}

/** All of them; none in books that never came back from a backup. */
export async function recoveries(sql: Sql): Promise<readonly Recovery[]> {
  const rows = await answer(sql<Row[]>`
    select chain, height, is_read as "isRead", ended_at is not null as "isOver" from recoveries`)
  return rows.map((row) => ({ ...row, height: row.height === null ? null : Number(row.height) }))
}

/**
 * One of these chains that has not told yet what was paid there before the backup came back; null when all have. Until then
 * nobody can say whether a transfer of theirs was paid.
 */
export async function untold(sql: Sql, chains: readonly ChainName[]): Promise<ChainName | null> {
  const open = (await recoveries(sql)).filter(({ isOver }) => !isOver)
  return open.find(({ chain }) => chains.includes(chain))?.chain ?? null
}

/** Sets how far the chain is asked, the first time that anybody looks at it. */
export async function aim(sql: Sql, chain: ChainName, tip: number): Promise<void> {
  await answer(sql`
    update recoveries set height = ${tip} where chain = ${chain} and height is null`)
}

/** All that begins on the chain up to there has been told. */
export async function markRead(sql: Sql, chain: ChainName): Promise<void> {
  await answer(sql`update recoveries set is_read = true where chain = ${chain}`)
}

/** All that was paid on the chain up to there has been told: what waited for it goes on. */
export async function markOver(sql: Sql, chain: ChainName): Promise<void> {
  await answer(sql`
    update recoveries set ended_at = now() where chain = ${chain} and ended_at is null`)
}

/**
 * Whether payouts may be told: every chain has told what began on it, and all of that was screened. A payout of
 * what we do not know yet would look like a theft.
 */
export async function isAllRead(sql: Sql): Promise<boolean> {
  const [row] = await answer(sql<{ open: boolean }[]>`
    select exists (select from recoveries where not is_read)
      or exists (select from transfers where state = 'confirmed') as open`)
  return row?.open === false
}

/**
 * Transfers that a payout on this chain may belong to, whoever has no plan first: people may have let them go since, or sent
 * them back, or the books have planned them anew, which no signer signs.
 */
export async function unsignedOn(sql: Sql, chain: ChainName): Promise<readonly StoredTransfer[]> {
  const found = new Map<string, StoredTransfer>()
  for (const state of ["ready", "held", "signing"] as const)
    for (const of of [{ chain }, { source: chain }])
      for (const one of await transfersIn(sql, state, { limit: ALL }, of)) found.set(one.id, one)
  return [...found.values()]
}

/** Orders that the token had before the backup came back would be none if they were given again: attempts begin anew. */
export async function attemptsLost(sql: Sql, chain: ChainName): Promise<number> {
  if (!isLedger(chain)) return 0
  const [row] = await answer(sql<{ times: number }[]>`
    select count(*)::int as times from restorations`)
  return (row?.times ?? 0) * ATTEMPTS
}

/** More than a transfer is ever planned. */
const ATTEMPTS = 10_000
const ALL = 1_000_000

interface Row extends Omit<Recovery, "height"> {
  readonly height: bigint | null
}
