// Payments to addresses that nobody had told us of: kept until their blocks have been read again.

import type { ChainName } from "../../core/assets.ts"
import type { Sql } from "./database.ts"
import { answer } from "./failure.ts"
import { isOld } from "./past.ts"

export interface Claim {
  readonly number: bigint
  readonly note: string
  readonly transaction: string
}

/** Tries before a claim rests, each some seconds later than the one before: its transaction may be in no block yet. */
const TRIES_MAX = 100

/** The same again wakes one that rests; one that is done stays so. */
export async function keepClaim(
  sql: Sql,
  chain: ChainName,
  { note, transaction }: Omit<Claim, "number">,
): Promise<void> {
  await answer(sql`
    insert into claims (chain, note, transaction) values (${chain}, ${note}, ${transaction})
    on conflict on constraint a_claim_is_made_once
    do update set tries = 0, tried_at = null where claims.done_at is null`)
}

/** Those whose turn it is, oldest first. */
export async function openClaims(
  sql: Sql,
  chain: ChainName,
  limit: number,
): Promise<readonly Claim[]> {
  return await answer(sql<Claim[]>`
    select number, note, transaction from claims
    where chain = ${chain} and done_at is null and tries < ${TRIES_MAX}
      and (tried_at is null or ${isOld(sql, sql`tried_at`, sql`tries * interval '10 seconds'`)})
    order by number limit ${limit}`)
}

/** All that were followed up, for readers that have not heard of them. */
export async function endedClaims(sql: Sql, chain: ChainName): Promise<readonly Claim[]> {
  return await answer(sql<Claim[]>`
    select number, note, transaction from claims
    where chain = ${chain} and done_at is not null order by number`)
}

export async function endClaim(sql: Sql, { number }: Claim): Promise<void> {
  await answer(sql`update claims set done_at = now() where number = ${`${number}`}::text::bigint`)
}

export async function putOffClaim(sql: Sql, { number }: Claim): Promise<void> {
  await answer(sql`
    update claims set tries = tries + 1, tried_at = now() where number = ${`${number}`}::text::bigint`)
}
