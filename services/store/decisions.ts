// What was decided about transfers, and from what: written once, read by officers, and made again by anybody.

import type { Judged } from "../../core/compliance/changes.ts"
import type { Action, Decision, Reason } from "../../core/compliance/decision.ts"
import type { DecisionRecord } from "../../core/compliance/evidence.ts"
import type { Vote } from "../../core/compliance/votes.ts"
import type { TransferId } from "../../core/ids.ts"
import type { Queries, Sql, Statement } from "./database.ts"
import { answer } from "./failure.ts"
import { encode } from "./json.ts"

/** screen: when it was final. payout, refund: before it is paid. again: because a list or the policy changed. */
export type Stage = "screen" | "payout" | "refund" | "again"

export interface NewDecision {
  readonly stage: Stage
  readonly record: DecisionRecord
  /** SHA-256 of the record, as the audit log has it. */
  readonly digest: string
  /** Hash of the versions of the lists. */
  readonly lists: string
  /** What follows: the record's decision with the signers' votes, and without what officers have answered. */
  readonly decision: Decision
  readonly votes: readonly Vote[]
}

export interface StoredDecision extends NewDecision {
  readonly number: bigint
  readonly transfer: TransferId
  readonly at: Date
}

/** For the commit of what follows from them. */
export function insertDecisions(sql: Queries, rows: readonly NewDecision[]): Statement[] {
  if (rows.length === 0) return []
  const columns = rows.map(({ stage, record, digest, lists, decision, votes }) => ({
    ...{ transfer: record.transfer, stage, policy: record.policy, lists, digest },
    ...{ bridge: decision.bridge, refund: decision.refund, reward: decision.reward },
    ...{ reasons: encode(decision.reasons), votes: encode(votes), record: encode(record) },
  }))
  const parties = rows.flatMap(({ record }) =>
    record.facts.parties.map(({ key }) => ({ key, transfer: record.transfer })),
  )
  return [
    sql`
      insert into decisions
        (transfer, stage, policy, lists, bridge, refund, reward, reasons, votes, record, digest)
      select transfer, stage, policy, lists, bridge, refund, reward, reasons, votes, record, digest
      from json_populate_recordset(null::decisions, ${JSON.stringify(columns)}::text::json)`,
    sql`
      insert into decision_parties
      select * from json_populate_recordset(null::decision_parties, ${JSON.stringify(parties)}::text::json)
      order by key, transfer
      on conflict do nothing`,
  ]
}

/** The newest of each of these transfers. */
export async function latestDecisions(
  sql: Sql,
  transfers: readonly TransferId[],
): Promise<ReadonlyMap<TransferId, StoredDecision>> {
  if (transfers.length === 0) return new Map()
  const rows = await answer(sql<Row[]>`
    select distinct on (transfer) * from decisions where transfer = any(${[...transfers]})
    order by transfer, number desc`)
  return new Map(rows.map((row) => [row.transfer, decisionFrom(row)]))
}

/** All of one transfer, first to last. */
export async function decisionsOf(
  sql: Sql,
  transfer: TransferId,
): Promise<readonly StoredDecision[]> {
  const rows = await answer(sql<Row[]>`
    select * from decisions where transfer = ${transfer} order by number`)
  return rows.map(decisionFrom)
}

/** The last so many decisions about final deposits and burns, newest first, for a policy to be tried on. */
export async function pastDecisions(sql: Sql, last: number): Promise<readonly Judged[]> {
  const rows = await answer(sql<Row[]>`
    select * from decisions where stage = 'screen' order by number desc limit ${last}`)
  return rows.map(decisionFrom).map(({ transfer, record, decision }) => {
    return { transfer, atMs: record.atMs, facts: record.facts, decision }
  })
}

/** Transfers in which one of these keys was a party. */
export async function transfersOfParties(
  sql: Sql,
  keys: readonly string[],
  limit = 1_000,
): Promise<readonly { readonly key: string; readonly transfer: TransferId }[]> {
  if (keys.length === 0) return []
  return await answer(sql<{ key: string; transfer: TransferId }[]>`
    select key, transfer from decision_parties where key = any(${[...keys]})
    order by key, transfer limit ${limit}`)
}

interface Row {
  readonly number: bigint
  readonly transfer: TransferId
  readonly stage: Stage
  readonly at: Date
  readonly lists: string
  readonly bridge: Action
  readonly refund: Action
  readonly reward: Action
  readonly reasons: readonly Reason[]
  readonly votes: readonly Vote[]
  readonly record: DecisionRecord
  readonly digest: string
}

function decisionFrom(row: Row): StoredDecision {
  const { bridge, refund, reward, reasons, ...rest } = row
  return { ...rest, decision: { bridge, refund, reward, reasons } }
}
