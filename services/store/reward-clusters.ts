// Clusters of accounts as they were found, and what is seen of accounts beside what they bridged.

import { seals } from "../../chains/seals.ts"
import { samePersonWord } from "../../core/rewards/own-word.ts"
import type { Cluster, Trace } from "../../core/rewards/sybil.ts"
import type { Sql } from "./database.ts"
import { answer } from "./failure.ts"
import { encode } from "./json.ts"

export interface FoundCluster extends Cluster {
  /** SHA-256 of the rest, which verdicts name. */
  readonly evidence: string
  readonly foundAt: Date
}

export async function keepClusters(
  sql: Sql,
  campaign: string,
  found: readonly { readonly evidence: string; readonly cluster: Cluster }[],
  nowMs: number,
): Promise<void> {
  if (found.length === 0) return
  const rows = found.map(({ evidence, cluster }) => ({ evidence, body: encode(cluster) }))
  await answer(sql`
    insert into reward_clusters (campaign, evidence, body, found_at)
    select ${campaign}, r.evidence, r.body, ${new Date(nowMs)}
    from json_to_recordset(${JSON.stringify(rows)}::text::json) as r (evidence text, body jsonb)
    on conflict on constraint a_cluster_is_kept_once do nothing`)
}

/** Those that an account was found in, or all; the newest first, at most so many. */
export async function clustersIn(
  sql: Sql,
  campaign: string,
  account: string | null,
  limit: number,
): Promise<readonly FoundCluster[]> {
  const own = JSON.stringify({ accounts: [account] })
  const rows = await answer(sql<{ evidence: string; body: Cluster; foundAt: Date }[]>`
    select evidence, body, found_at as "foundAt" from reward_clusters
    where campaign = ${campaign} ${account === null ? sql`` : sql`and body @> ${own}::text::jsonb`}
    order by found_at desc, evidence limit ${limit}`)
  return rows.map(({ body, ...rest }) => ({ ...body, ...rest }))
}

export const samePerson = (account: string) => samePersonWord(account, seals.hash)

/** Keys of those who have said so, by the word. */
export async function appealsBy(
  sql: Sql,
  words: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  if (words.length === 0) return new Map()
  const rows = await answer(sql<{ word: string; parties: string[] }[]>`
    select word, array_agg(distinct party order by party) as parties
    from sessions, jsonb_array_elements_text(statements) as said (word)
    where word = any(${[...words]}) group by word`)
  return new Map(rows.map(({ word, parties }) => [word, parties]))
}

/** Accounts that operators have heard about a cluster, and joined to nobody since: an appeal that was granted. */
export async function heardIn(sql: Sql, campaign: string): Promise<ReadonlySet<string>> {
  const rows = await answer(sql<{ account: string }[]>`
    select distinct body ->> 'account' as account from reward_facts
    where campaign = ${campaign} and body ->> 'kind' = 'standing'
      and body ->> 'epoch' is not null and body ->> 'action' = 'allow'`)
  return new Set(rows.map(({ account }) => account))
}

/** What sessions show: from where, where refunds are to go, and whom they call their own. */
export async function sessionTraces(
  sql: Sql,
  accountOf: (party: string) => string | null,
): Promise<readonly Trace[]> {
  const rows = await answer(sql<SessionRow[]>`
    select party, tag, refund_to, issued_ms, statements from sessions order by number`)
  const known = rows.flatMap(({ party, ...row }) => {
    const account = accountOf(party)
    return account === null
      ? []
      : [{ ...row, account, atS: Math.floor(Number(row.issued_ms) / 1_000) }]
  })
  const named = new Map(known.map(({ account }) => [samePerson(account), account]))
  return known.flatMap(({ account, atS, tag, refund_to: to, statements }): Trace[] => {
    const others = statements.flatMap((one) => named.get(one) ?? [])
    return [
      ...(tag === null ? [] : [{ kind: "session", account, tag, atS } as const]),
      ...(to === null ? [] : [{ kind: "refund", account, to, atS } as const]),
      ...(others.length === 0 ? [] : [{ kind: "self-report", account, others, atS } as const]),
    ]
  })
}

interface SessionRow {
  readonly party: string
  readonly tag: string | null
  readonly refund_to: string | null
  readonly issued_ms: bigint
  readonly statements: readonly string[]
}

/** Deposits whose refund would go to somebody else than who paid: to whom, by the transfer. */
export async function refundAddresses(sql: Sql): Promise<ReadonlyMap<string, string>> {
  const rows = await answer(sql<{ id: string; refund_to: string }[]>`
    select id, refund_to from sightings
    where refund_to <> '' and refund_to <> sender and source not like 'ao%'`)
  return new Map(rows.map(({ id, refund_to }) => [id, refund_to]))
}
