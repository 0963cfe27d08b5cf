// Plans that pay nobody: they move deposits to the vault in time, and what they cost is booked when they land.

import { ASSET_NAMES, ASSETS, type ChainName } from "../../core/assets.ts"
import type { Queries, Sql, Statement } from "./database.ts"
import { answer } from "./failure.ts"
import { encode } from "./json.ts"
import { hexOf, type NewPlan, openPlans, type Plan, type SignedBytes } from "./plans.ts"

export interface NewSweep extends Omit<NewPlan, "payouts" | "slots"> {
  /** What it spends first; one that takes over from another spends the same. */
  readonly sweep: string
}

/** A final transaction that spent what a sweep was to spend first, and paid nobody. */
export interface Swept {
  readonly slot: string
  readonly transaction: string
  /** Base units of the chain's own asset. */
  readonly networkFee: bigint
}

/** Throws `stale-version` when another plan of the chain was faster: coins are chosen again. */
export async function keepSweep(sql: Sql, plan: NewSweep): Promise<void> {
  const { id, chain, sweep, attempt, messages, turn } = plan
  await answer(sql`
    insert into plans (id, chain, sweep, payouts, terms, slots, attempt, messages, turn)
    values (
      ${id}, ${chain}, ${sweep}, '[]', ${JSON.stringify(encode(plan.terms))}::text::jsonb, '{}',
      ${attempt}, ${messages.map(hexOf)}::text[]::bytea[], ${turn == null ? null : `${turn}`}::text::bigint
    )`)
}

/** The bytes of a sweep; the first stay. */
export async function keepSweepSigned(sql: Sql, { plan, transaction, raw }: SignedBytes) {
  await answer(sql`
    update plans set
      raw = ${hexOf(raw)}::text::bytea, transaction = ${transaction}, signed_at = now(),
      state = case when state = 'open' then 'signed' else state end
    where id = ${plan} and raw is null`)
}

/** It will never be sent, or never land. */
export async function dropSweep(sql: Sql, id: string): Promise<void> {
  await answer(sql`
    update plans set state = 'dead' where id = ${id} and sweep is not null and state in ('open', 'signed')`)
}

/** Those that may still land, by what they spend first; oldest first. */
export async function openSweeps(
  sql: Sql,
  chain: ChainName,
): Promise<ReadonlyMap<string, readonly Plan[]>> {
  const open = await openPlans(sql, chain, 0)
  const slots = new Set(open.flatMap(({ sweep }) => sweep ?? []))
  return new Map([...slots].map((slot) => [slot, open.filter(({ sweep }) => sweep === slot)]))
}

/** Whether a sweep of ours was ever to spend this first. */
export async function isSwept(sql: Sql, chain: ChainName, slot: string): Promise<boolean> {
  const rows = await answer(sql`
    select from plans where chain = ${chain} and sweep = ${slot} limit 1`)
  return rows.length > 0
}

/** Closes what landed and what it replaced, and books what it cost; a sweep that was closed before costs nothing more. */
export function closeSweeps(sql: Queries, chain: ChainName, swept: readonly Swept[]): Statement[] {
  const asset = ASSET_NAMES.find((name) => ASSETS[name].home === chain)
  if (swept.length === 0 || !asset) return []
  const rows = swept.map((one) => ({ ...one, networkFee: `${one.networkFee}` }))
  return [
    sql`
      with ended as (
        select r.slot, r.transaction, r."networkFee", (
          select p.id from plans p where p.chain = ${chain} and p.sweep = r.slot
          -- It can land before its bytes were recorded; then the latest takes its name.
          order by p.transaction is not distinct from r.transaction desc, p.turn desc limit 1
        ) as landed
        from json_to_recordset(${JSON.stringify(rows)}::text::json)
          as r (slot text, transaction text, "networkFee" numeric)
      ),
      closed as (
        update plans p set
          state = case when p.id = e.landed then 'landed' else 'dead' end,
          transaction = case when p.id = e.landed then coalesce(p.transaction, e.transaction) else p.transaction end
        from ended e
        where p.chain = ${chain} and p.sweep = e.slot and p.state in ('open', 'signed')
      )
      insert into costs (plan, asset, amount)
      select landed, ${asset}, "networkFee" from ended where "networkFee" > 0
      on conflict on constraint a_plan_costs_once do nothing`,
  ]
}
