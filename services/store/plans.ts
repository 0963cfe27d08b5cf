// Payout plans: one transaction on a payout chain for one or many transfers, kept for ever once signed.

import type { Terms } from "../../chains/chain.ts"
import { assert } from "../../core/assert.ts"
import type { ChainName } from "../../core/assets.ts"
import type { TransferId } from "../../core/ids.ts"
import type { Payout } from "../../core/payout.ts"
import type { Applied, Change } from "./applying.ts"
import type { Queries, Sql, Statement } from "./database.ts"
import { answer } from "./failure.ts"
import { encode } from "./json.ts"
import { isOld } from "./past.ts"

export interface NewPlan {
  readonly id: string
  readonly chain: ChainName
  readonly payouts: readonly Payout[]
  readonly terms: Terms
  /** Counts the plans of these transfers, from 0. */
  readonly attempt: number
  /** What the group signs, one message a signature. */
  readonly messages: readonly Uint8Array[]
  /** The slot that each transfer takes. */
  readonly slots: ReadonlyMap<TransferId, string>
  /** Where plans must know of each other: counts those of the chain. Of two at the same turn one is stale. */
  readonly turn?: bigint | null
}

export interface SignedBytes {
  readonly plan: string
  /** Id of the signed transaction. */
  readonly transaction: string
  readonly raw: Uint8Array
}

export interface Plan extends NewPlan {
  /** The plan whose slots this one took over (a fee bump), or null. */
  readonly replaces: string | null
  /** What a plan that pays nobody spends first (`sweeps.ts`); null for every other. */
  readonly sweep: string | null
  /** `landed`: its transaction is final. `dead`: it never will be, or another plan of its slots landed. */
  readonly state: "open" | "signed" | "landed" | "dead"
  readonly transaction: string | null
  readonly raw: Uint8Array | null
  readonly plannedAt: Date
  readonly signedAt: Date | null
}

/** The plans of these ids that exist. */
export async function plansById(
  sql: Sql,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Plan>> {
  const rows = await answer(sql<PlanRow[]>`select * from plans where id = any(${[...ids]})`)
  return new Map(rows.map((row) => [row.id, planFrom(row)]))
}

/** The transactions of those of them that are signed. */
export async function transactionsOf(
  sql: Sql,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (ids.length === 0) return new Map()
  const rows = await answer(sql<{ id: string; transaction: string }[]>`
    select id, transaction from plans where id = any(${[...ids]}) and transaction is not null`)
  return new Map(rows.map(({ id, transaction }) => [id, transaction]))
}

/**
 * Plans of a chain that neither landed nor died, signed (or, unsigned, made) `ageMs` ago or earlier. One that a signed
 * plan has replaced is left out: it has the same slots. It may land all the same, and `withReplaced` it is among them.
 */
export async function openPlans(
  sql: Sql,
  chain: ChainName,
  ageMs: number,
  { limit = 1_000, withReplaced = false } = {},
): Promise<readonly Plan[]> {
  const since = sql`coalesce(signed_at, planned_at)`
  const rows = await answer(sql<PlanRow[]>`
    select * from plans
    where chain = ${chain} and state in ('open', 'signed')
      and (${ageMs === 0} or ${isOld(sql, since, sql`${ageMs}::int * interval '1 ms'`)})
      and (${withReplaced} or not exists (
        select from plans later where later.replaces = plans.id and later.raw is not null))
    order by planned_at, id limit ${limit}`)
  return rows.map(planFrom)
}

/** How many plans of each chain have neither landed nor died, and when the oldest was made. */
export async function plansUnderWay(
  sql: Sql,
): Promise<readonly { chain: ChainName; count: number; oldest: Date }[]> {
  return await answer(sql<{ chain: ChainName; count: number; oldest: Date }[]>`
    select chain, count(*)::int as count, min(planned_at) as oldest
    from plans where state in ('open', 'signed') group by chain order by chain`)
}

/** The turn of the next plan of a chain, where plans take turns. */
export async function nextTurn(sql: Sql, chain: ChainName): Promise<bigint> {
  const [row] = await answer(sql<{ turn: bigint }[]>`
    select coalesce(max(turn), 0) + 1 as turn from plans where chain = ${chain}`)
  return row?.turn ?? 1n
}

/** How many plans of a chain were made in the last `ageMs` and wait for their signature. */
export async function unsignedPlans(sql: Sql, chain: ChainName, ageMs: number): Promise<number> {
  const [row] = await answer(sql<{ count: number }[]>`
    select count(*)::int as count from plans
    where chain = ${chain} and state = 'open'
      and not ${isOld(sql, sql`planned_at`, sql`${ageMs}::int * interval '1 ms'`)}`)
  return row?.count ?? 0
}

/** How often the most planned of these transfers has been planned: the `attempt` of the next plan. */
export async function nextAttempt(sql: Sql, ids: readonly TransferId[]): Promise<number> {
  const [row] = await answer(sql<{ attempts: number }[]>`
    select coalesce(max(planned), 0)::int as attempts from (
      select count(*) as planned
      from events e join sightings s on s.number = e.transfer
      where s.id = any(${[...ids]}) and e.body ->> 'kind' = 'Planned'
      group by e.transfer
    ) plans`)
  return row?.attempts ?? 0
}

/** The plans of the changes that were applied; a bump takes over the one plan that its transfers had. */
export function insertPlans(sql: Queries, applied: readonly Applied[]): Statement[] {
  const members = new Map<NewPlan, Applied[]>()
  for (const one of applied) {
    const { plan, event } = one.change
    if (event.kind !== "Planned") continue
    assert(plan?.id === event.plan, "a planned transfer brings its plan")
    const first = [...members.keys()].find(({ id }) => id === plan.id) ?? plan
    members.set(first, [...(members.get(first) ?? []), one])
  }
  const rows = [...members].map(([plan, planned]) => {
    const replaced = new Set(planned.map(({ before }) => before?.plan ?? null))
    assert(
      planned.length === plan.payouts.length,
      "a plan pays exactly the transfers that it plans",
    )
    assert(replaced.size === 1, "a bump takes over one whole plan")
    const { id, chain, attempt, messages, turn } = plan
    return {
      id,
      chain,
      replaces: [...replaced][0],
      payouts: encode(plan.payouts),
      terms: encode(plan.terms),
      slots: encode(Object.fromEntries(plan.slots)),
      attempt,
      messages: messages.map(hexOf),
      turn: turn == null ? null : `${turn}`,
    }
  })
  if (rows.length === 0) return []
  return [
    sql`
      insert into plans (id, chain, replaces, payouts, terms, slots, attempt, messages, turn)
      select id, chain, replaces, payouts, terms, slots, attempt, messages, turn
      from json_populate_recordset(null::plans, ${JSON.stringify(rows)}::text::json)`,
  ]
}

export function writeSigned(sql: Queries, changes: readonly Change[]): Statement[] {
  const byPlan = new Map(changes.flatMap(({ signed }) => (signed ? [[signed.plan, signed]] : [])))
  const rows = [...byPlan.values()].map(({ plan, transaction, raw }) => {
    return { id: plan, transaction, raw: hexOf(raw) }
  })
  if (rows.length === 0) return []
  return [
    sql`
      update plans p set
        raw = r.raw, transaction = r.transaction, signed_at = now(),
        state = case when p.state = 'open' then 'signed' else p.state end
      from json_populate_recordset(null::plans, ${JSON.stringify(rows)}::text::json) r
      where p.id = r.id and p.raw is null`,
  ]
}

/**
 * Settled closes the plan and all that it replaced: the one whose transaction settled has landed, the
 * others are dead. Died closes them all. A plan that has paid some of its transfers, and left out others,
 * is looked after until the last of them is paid. Runs after the transfers are written.
 */
export function closePlans(sql: Queries, applied: readonly Applied[]): Statement[] {
  const ends = new Map<string, { plan: string; transaction: string | null }>()
  for (const { before, change } of applied) {
    const { event } = change
    if (before?.plan && (event.kind === "Settled" || event.kind === "Died")) {
      const transaction = event.kind === "Settled" ? event.transaction : null
      ends.set(before.plan, { plan: before.plan, transaction })
    }
  }
  if (ends.size === 0) return []
  // A payout can be seen to land before its bytes were recorded; then the latest plan takes its name.
  return [
    sql`
      with recursive closing (id, replaces, latest, transaction, settled) as (
        select p.id, p.replaces, p.id, p.transaction, e.transaction
        from json_to_recordset(${JSON.stringify([...ends.values()])}::text::json)
          as e (plan text, transaction text)
        join plans p on p.id = e.plan
        where e.transaction is null or not exists (
          select from transfers t where t.state in ('signing', 'sent') and t.plan = e.plan
        )
        union all
        select p.id, p.replaces, c.latest, p.transaction, c.settled
        from closing c join plans p on p.id = c.replaces
      ),
      landed (id, transaction) as (
        select distinct on (latest) id, settled from closing
        where settled is not null and (transaction = settled or id = latest)
        order by latest, transaction is not distinct from settled desc
      )
      update plans p set
        state = case when l.id is null then 'dead' else 'landed' end,
        transaction = coalesce(p.transaction, l.transaction)
      from closing c left join landed l using (id)
      where p.id = c.id and p.state in ('open', 'signed')`,
  ]
}

interface PlanRow {
  readonly id: string
  readonly chain: ChainName
  readonly replaces: string | null
  readonly sweep: string | null
  readonly payouts: readonly Payout[]
  readonly terms: Terms
  readonly attempt: number
  readonly messages: readonly Uint8Array[]
  readonly state: Plan["state"]
  readonly transaction: string | null
  readonly raw: Uint8Array | null
  readonly slots: Readonly<Record<TransferId, string>>
  readonly planned_at: Date
  readonly signed_at: Date | null
}

function planFrom({ planned_at, signed_at, slots, messages, raw, ...row }: PlanRow): Plan {
  return {
    ...row,
    messages: messages.map((message) => new Uint8Array(message)),
    raw: raw && new Uint8Array(raw),
    slots: new Map(Object.entries(slots) as [TransferId, string][]),
    plannedAt: planned_at,
    signedAt: signed_at,
  }
}

/** As PostgreSQL reads bytea. */
export function hexOf(bytes: Uint8Array): string {
  return `\\x${Buffer.from(bytes).toString("hex")}`
}
