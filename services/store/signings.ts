// What is kept for people to see of how payouts come to be: signing sessions with every vote, and what was sent when.

import type { SchemeName } from "../../chains/chain.ts"
import type { ChainName } from "../../core/assets.ts"
import type { TransferId } from "../../core/ids.ts"
import type { SessionReport } from "../../mpc/client.ts"
import type { Sql } from "./database.ts"
import { answer } from "./failure.ts"
import { encode } from "./json.ts"

export interface StoredSigning extends Omit<SessionReport, "tookMs"> {
  readonly plan: string
  readonly chain: ChainName
  readonly scheme: SchemeName
  readonly transfers: readonly TransferId[]
  readonly startedAt: Date
  readonly endedAt: Date
}

/** Of a session that has just ended. */
export async function keepSigning(
  sql: Sql,
  report: SessionReport & Pick<StoredSigning, "plan" | "chain" | "scheme" | "transfers">,
): Promise<void> {
  const { session, plan, chain, scheme, threshold, transfers, outcome, votes, tookMs } = report
  await answer(sql`
    insert into signings
      (session, plan, chain, scheme, threshold, transfers, outcome, votes, started_at, ended_at)
    values (${session}, ${plan}, ${chain}, ${scheme}, ${threshold}, ${[...transfers]}, ${outcome},
      ${JSON.stringify(encode(votes))}::text::jsonb, now() - ${tookMs}::int * interval '1 ms', now())
    on conflict do nothing`)
}

/** Sessions of plans, oldest first; of one that is asked about again and again the first ones. */
export async function signingsOf(sql: Sql, plans: readonly string[]) {
  if (plans.length === 0) return []
  return await ask(sql`
    select ${columns(sql)} from unnest(${[...plans]}::text[]) as asked (of_plan), lateral (
      select * from signings where plan = of_plan
      order by started_at limit ${SIGNINGS_MAX}
    ) found
    order by started_at`)
}

/** The newest, newest first. */
export async function recentSignings(sql: Sql, limit: number) {
  return await ask(sql`
    select ${columns(sql)} from signings order by started_at desc limit ${limit}`)
}

/** Of one plan. */
const SIGNINGS_MAX = 100

function columns(sql: Sql) {
  return sql`
    session, plan, chain, scheme, threshold, transfers, outcome, votes,
    started_at as "startedAt", ended_at as "endedAt"`
}

async function ask(query: PromiseLike<readonly object[]>): Promise<readonly StoredSigning[]> {
  return (await answer(query)) as readonly StoredSigning[]
}

export interface Broadcast {
  readonly plan: string
  readonly firstAt: Date
  readonly lastAt: Date
  readonly times: number
  readonly failure: string | null
}

/** A plan's bytes were handed to its chain; `failure` when it did not take them. */
export async function keepBroadcast(sql: Sql, plan: string, failure: string | null): Promise<void> {
  await answer(sql`
    insert into broadcasts (plan, failure) values (${plan}, ${failure})
    on conflict (plan) do update
    set last_at = now(), times = broadcasts.times + 1, failure = excluded.failure`)
}

export async function broadcastsOf(
  sql: Sql,
  plans: readonly string[],
): Promise<readonly Broadcast[]> {
  if (plans.length === 0) return []
  return await answer(sql<Broadcast[]>`
    select plan, first_at as "firstAt", last_at as "lastAt", times, failure
    from broadcasts where plan = any(${[...plans]}) order by first_at`)
}
