// How each signer was when it was asked last, what it is blamed for, and what it has signed lately.

import type { Blame, MemberHealth } from "../../mpc/client.ts"
import type { Sql } from "./database.ts"
import { answer } from "./failure.ts"
import { encode } from "./json.ts"

export interface StoredHealth extends Pick<MemberHealth, "health" | "reason" | "name"> {
  readonly signer: number
  readonly askedAt: Date
  /** When it took part in a heartbeat last. */
  readonly beatAt: Date | null
}

export async function keepHealth(sql: Sql, members: readonly MemberHealth[]): Promise<void> {
  const rows = members.map(({ index, name, health, reason }) => ({
    ...{ signer: index, name, reason },
    health: health && encode(health),
  }))
  await answer(sql`
    insert into signer_health (signer, name, health, reason)
    select signer, name, health, reason
    from json_populate_recordset(null::signer_health, ${JSON.stringify(rows)}::text::json)
    on conflict (signer) do update
    set name = excluded.name, health = excluded.health, reason = excluded.reason, asked_at = now()`)
}

export async function signersHealth(sql: Sql): Promise<readonly StoredHealth[]> {
  return await answer(sql<StoredHealth[]>`
    select signer, name, health, reason, asked_at as "askedAt",
      beat_at as "beatAt" from signer_health order by signer`)
}

/** These have just given a sign of life together. */
export async function keepBeat(sql: Sql, signers: readonly number[]): Promise<void> {
  await answer(sql`update signer_health set beat_at = now() where signer = any(${[...signers]})`)
}

export interface StoredBlame extends Pick<Blame, "signer" | "kind" | "detail"> {
  readonly times: number
  readonly lastAt: Date
}

export async function keepBlame(sql: Sql, { signer, kind, detail }: Blame): Promise<void> {
  await answer(sql`
    insert into blames (signer, kind, detail) values (${signer}, ${kind}, ${detail.slice(0, 300)})
    on conflict (signer, kind) do update
    set times = blames.times + 1, detail = excluded.detail, last_at = now()`)
}

/** Of the last 30 days. */
export async function blames(sql: Sql): Promise<readonly StoredBlame[]> {
  return await answer(sql<StoredBlame[]>`
    select signer, kind, detail, times, last_at as "lastAt" from blames
    where last_at > now() - interval '30 days' order by signer, last_at desc`)
}

export interface Diligence {
  readonly signer: number
  /** Sessions of the last 24 hours in which it signed. */
  readonly signed: number
  readonly medianMs: number | null
}

export async function diligence(sql: Sql): Promise<readonly Diligence[]> {
  return await answer(sql<Diligence[]>`
    select (vote->>'signer')::int as signer, count(*)::int as signed,
      round(percentile_cont(0.5) within group (order by (vote->>'ms')::float8))::int as "medianMs"
    from signings cross join lateral jsonb_array_elements(votes) as vote
    where started_at > now() - interval '24 hours' and vote->>'vote' = 'signed'
    group by 1 order by 1`)
}
