// Claims that a campaign's token was told to hold, from the message to the token's answer.

import type { Sealed } from "../../chains/chain.ts"
import type { Sql } from "./database.ts"
import { answer } from "./failure.ts"

export interface NewHold {
  readonly campaign: string
  /** 1 to 100. */
  readonly accounts: readonly string[]
  /** Of the roots up to this epoch's. */
  readonly epoch: number
  readonly untilMs: number
  readonly sealed: Sealed
}

export interface StoredHold extends NewHold {
  readonly number: bigint
  /** `done`, or the code of the token's refusal; null while it is not known. */
  readonly outcome: string | null
  readonly plannedMs: number
}

/** Writes the message down before it goes out. */
export async function keepHold(sql: Sql, hold: NewHold, nowMs: number): Promise<void> {
  const { campaign, accounts, epoch, untilMs, sealed } = hold
  await answer(sql`
    insert into reward_holds (campaign, accounts, epoch, until_at, transaction, raw, planned_at)
    values (
      ${campaign}, ${accounts as string[]}, ${epoch}, ${new Date(untilMs)}, ${sealed.id},
      ${Buffer.from(sealed.raw)}, ${new Date(nowMs)}
    )`)
}

/** In the order in which they were written down. */
export async function rewardHolds(sql: Sql, campaign: string): Promise<readonly StoredHold[]> {
  const rows = await answer(sql<Row[]>`
    select number, campaign, accounts, epoch, until_at as until, transaction, raw, outcome,
      planned_at as planned
    from reward_holds where campaign = ${campaign} order by number`)
  return rows.map(({ until, planned, transaction, raw, ...row }) => ({
    ...row,
    ...{ untilMs: until.getTime(), plannedMs: planned.getTime() },
    sealed: { id: transaction, raw: Uint8Array.from(raw) },
  }))
}

interface Row {
  readonly number: bigint
  readonly campaign: string
  readonly accounts: readonly string[]
  readonly epoch: number
  readonly until: Date
  readonly transaction: string
  readonly raw: Uint8Array
  readonly outcome: string | null
  readonly planned: Date
}

/** The first outcome stays. */
export async function keepHoldOutcome(
  sql: Sql,
  { number }: Pick<StoredHold, "number">,
  outcome: string,
): Promise<void> {
  await answer(sql`
    update reward_holds set outcome = ${outcome}
    where number = ${`${number}`}::text::bigint and outcome is null`)
}

export interface Held {
  readonly epoch: number
  readonly until: Date
}

/** How long the token was told to hold an account's claims, as far as it has said that it does; null for not at all. */
export async function heldNow(
  sql: Sql,
  campaign: string,
  account: string,
  now: Date,
): Promise<Held | null> {
  const [row] = await answer(sql<Held[]>`
    select max(epoch)::int as epoch, max(until_at) as until from reward_holds
    where campaign = ${campaign} and accounts @> ${[account]}::text[] and outcome = 'done'
      and until_at > ${now}
    having count(*) > 0`)
  return row ?? null
}
