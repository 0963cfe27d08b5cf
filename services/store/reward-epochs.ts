// Epochs that were closed: their artifacts, whether they may still be disputed, and points as they are now.

import type { Action } from "../../core/compliance/decision.ts"
import type { Sql } from "./database.ts"
import { answer } from "./failure.ts"
import { encode } from "./json.ts"

export interface StoredEpoch {
  readonly campaign: string
  readonly epoch: number
  /** pending: it may be disputed. active: its claims are paid. */
  readonly state: "pending" | "active" | "void"
  readonly hash: string
  readonly root: string | null
  /** SHA-256 of the file of its events. */
  readonly events: string
  readonly closedAt: Date
  readonly activeAt: Date
}

export interface NewEpoch extends Omit<StoredEpoch, "state"> {
  /** Canonical JSON. */
  readonly artifact: string
}

/** Writes down a closed epoch; false when another process was faster. */
export async function keepEpoch(sql: Sql, made: NewEpoch): Promise<boolean> {
  const { campaign, epoch, hash, root, artifact, events, closedAt, activeAt } = made
  const { count } = await answer(sql`
    insert into reward_epochs (campaign, epoch, hash, root, artifact, events, closed_at, active_at)
    values (${campaign}, ${epoch}, ${hash}, ${root}, ${artifact}, ${events}, ${closedAt}, ${activeAt})
    on conflict (campaign, epoch) where state <> 'void' do nothing`)
  return count > 0
}

/** Those that stand, the first one first. */
export async function epochsOf(sql: Sql, campaign: string): Promise<readonly StoredEpoch[]> {
  return await answer(sql<StoredEpoch[]>`
    select campaign, epoch, state, hash, root, events, closed_at as "closedAt",
      active_at as "activeAt"
    from reward_epochs where campaign = ${campaign} and state <> 'void' order by epoch`)
}

/** The canonical JSON of an epoch that stands, or null. */
export async function artifactOfEpoch(
  sql: Sql,
  campaign: string,
  epoch: number,
): Promise<string | null> {
  const [row] = await answer(sql<{ artifact: string }[]>`
    select artifact from reward_epochs
    where campaign = ${campaign} and epoch = ${epoch} and state <> 'void'`)
  return row?.artifact ?? null
}

/** All that was ever given by the end of an epoch, base units as text. */
export async function givenIn(
  sql: Sql,
  { campaign, epoch }: Pick<StoredEpoch, "campaign" | "epoch">,
): Promise<string> {
  const [row] = await answer(sql<{ given: string }[]>`
    select artifact::jsonb -> 'totals' ->> 'given' as given from reward_epochs
    where campaign = ${campaign} and epoch = ${epoch} and state <> 'void'`)
  return row?.given ?? "0"
}

/** Has an epoch count that may no longer be disputed; false when it is void, or counts already. */
export async function activate(
  sql: Sql,
  { campaign, epoch, hash }: Pick<StoredEpoch, "campaign" | "epoch" | "hash">,
): Promise<boolean> {
  const { count } = await answer(sql`
    update reward_epochs set state = 'active'
    where campaign = ${campaign} and epoch = ${epoch} and hash = ${hash} and state = 'pending'`)
  return count > 0
}

/**
 * Takes an epoch back that may still be disputed, and those after it; false when it is another one, or its time is up:
 * whoever pays it may have been told.
 */
export async function voidEpochs(
  sql: Sql,
  campaign: string,
  epoch: number,
  hash: string,
  now: Date,
): Promise<boolean> {
  const { count } = await answer(sql`
    update reward_epochs set state = 'void'
    where campaign = ${campaign} and epoch >= ${epoch} and state = 'pending' and exists (
      select from reward_epochs e where e.campaign = ${campaign} and e.epoch = ${epoch}
        and e.hash = ${hash} and e.state = 'pending' and e.active_at > ${now}
    )`)
  return count > 0
}

export interface Points {
  readonly account: string
  readonly total: bigint
  readonly rank: number
  /** As the API tells it. */
  readonly body: object
  readonly at: Date
}

/** Replaces the points of a campaign; rows that say the same are not written again. */
export async function keepPoints(
  sql: Sql,
  campaign: string,
  rows: readonly Omit<Points, "at">[],
  at: Date,
): Promise<void> {
  for (let from = 0; from < rows.length; from += STRETCH) {
    const stretch = rows.slice(from, from + STRETCH).map(({ account, total, rank, body }) => {
      return { account, total: `${total}`, rank, body: encode(body) }
    })
    await answer(sql`
      insert into reward_points (campaign, account, total, rank, body, at)
      select ${campaign}, account, total, rank, body, ${at}
      from json_to_recordset(${JSON.stringify(stretch)}::text::json)
        as r (account text, total numeric, rank bigint, body jsonb)
      on conflict on constraint reward_points_pkey do update
        set total = excluded.total, rank = excluded.rank, body = excluded.body, at = excluded.at
        where (reward_points.total, reward_points.rank, reward_points.body)
          is distinct from (excluded.total, excluded.rank, excluded.body)`)
  }
}

const STRETCH = 5_000

export async function pointsOf(
  sql: Sql,
  campaign: string,
  account: string,
): Promise<Points | null> {
  const [row] = await answer(sql<Row[]>`
    select account, total, rank, body, at from reward_points
    where campaign = ${campaign} and account = ${account}`)
  return row ? pointsFrom(row) : null
}

/** What is said of an account at the last look: `hold` of whom nothing is, as of whoever has to sign in. */
export async function standingNow(sql: Sql, campaign: string, account: string): Promise<Action> {
  const body = (await pointsOf(sql, campaign, account))?.body as { standing?: Action } | undefined
  return body?.standing ?? "hold"
}

/** The first by rank, and how many there are in all. */
export async function leaders(
  sql: Sql,
  campaign: string,
  limit: number,
): Promise<{ readonly rows: readonly Points[]; readonly accounts: number }> {
  const rows = await answer(sql<Row[]>`
    select account, total, rank, body, at from reward_points
    where campaign = ${campaign} order by rank, account limit ${limit}`)
  const [count] = await answer(sql<{ count: number }[]>`
    select count(*)::int as count from reward_points where campaign = ${campaign}`)
  return { rows: rows.map(pointsFrom), accounts: count?.count ?? 0 }
}

type Row = Omit<Points, "rank"> & { readonly rank: bigint }

function pointsFrom({ rank, ...row }: Row): Points {
  return { ...row, rank: Number(rank) }
}
