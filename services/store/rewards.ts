// Campaigns, the bridge's own facts about accounts, closed epochs, and points as they are now.

import { BridgeError } from "../../core/errors.ts"
import type { Campaign } from "../../core/rewards/campaign.ts"
import { campaignJson } from "../../core/rewards/campaign.ts"
import { campaignIn } from "../../core/rewards/campaign-form.ts"
import { OFFICE, type RewardEvent } from "../../core/rewards/event.ts"
import type { Sql } from "./database.ts"
import { answer } from "./failure.ts"
import { encode } from "./json.ts"

/** Writes a campaign down before it begins. Throws `bad-config` when it was published with other rules. */
export async function publishCampaign(sql: Sql, campaign: Campaign, rules: string): Promise<void> {
  const body = JSON.stringify(encode(campaignJson(campaign)))
  await answer(sql`
    insert into reward_campaigns (id, rules, body)
    values (${campaign.id}, ${rules}, ${body}::text::jsonb)
    on conflict on constraint reward_campaigns_pkey do nothing`)
  const [row] = await answer(sql<{ rules: string }[]>`
    select rules from reward_campaigns where id = ${campaign.id}`)
  if (row?.rules !== rules)
    throw new BridgeError("bad-config", {
      campaign: campaign.id,
      published: row?.rules ?? "nothing",
      found: rules,
    })
}

/** All that were ever published, the newest first. */
export async function campaigns(
  sql: Sql,
): Promise<readonly { readonly campaign: Campaign; readonly rules: string }[]> {
  const rows = await answer(sql<{ rules: string; body: unknown }[]>`
    select rules, body from reward_campaigns order by published_at desc, id`)
  return rows.map(({ rules, body }) => ({ rules, campaign: campaignIn(body) }))
}

export type OfficeFact =
  Extract<
    RewardEvent,
    { readonly kind: "terms" | "standing" | "verdict" | "external" }
  > extends infer Event
    ? Event extends unknown
      ? Omit<Event, "chain" | "block" | "index" | "atS">
      : never
    : never

export interface NewFact {
  /** The same fact again has the same key. */
  readonly key: string
  readonly fact: OfficeFact
}

/** Adds facts that the bridge itself states, at a moment that never goes back; those that are there stay as they are. */
export async function addFacts(
  sql: Sql,
  campaign: string,
  atS: number,
  facts: readonly NewFact[],
): Promise<void> {
  if (facts.length === 0) return
  const rows = facts.map(({ key, fact }) => ({ key, body: encode(fact) }))
  await answer(
    sql.begin(async (tx) => {
      // One writer a campaign, so that numbers and times grow together.
      await tx`select pg_advisory_xact_lock(hashtext(${`rewards of ${campaign}`}))`
      await tx`
        insert into reward_facts (campaign, key, at_s, body)
        select ${campaign}, r.key, greatest(${`${atS}`}::text::bigint, coalesce((
          select max(at_s) from reward_facts where campaign = ${campaign}
        ), 0)), r.body
        from json_to_recordset(${JSON.stringify(rows)}::text::json) as r (key text, body jsonb)
        on conflict on constraint a_reward_fact_counts_once do nothing`
    }),
  )
}

/** Facts of the office as events, in their order, stated before a moment. */
export async function factsBefore(
  sql: Sql,
  campaign: string,
  untilS: number,
): Promise<readonly RewardEvent[]> {
  const rows = await answer(sql<{ number: bigint; at_s: bigint; body: object }[]>`
    select number, at_s, body from reward_facts
    where campaign = ${campaign} and at_s < ${`${untilS}`}::text::bigint order by number`)
  return rows.map(
    ({ number, at_s, body }) =>
      ({
        ...{ atS: Number(at_s), chain: OFFICE, block: Number(number), index: 0 },
        ...body,
      }) as RewardEvent,
  )
}

/** Sign-ins since a row: the wallet's key, the terms that it signed, and the row. */
export async function signInsAfter(
  sql: Sql,
  number: bigint,
  limit = 1_000,
): Promise<readonly { readonly number: bigint; readonly party: string; readonly terms: string }[]> {
  return await answer(sql<{ number: bigint; party: string; terms: string }[]>`
    select number, party, terms from sessions
    where number > ${`${number}`}::text::bigint order by number limit ${limit}`)
}

export type ControlState = "running" | "frozen" | "killed"

export interface Control {
  readonly state: ControlState
  readonly by: string
  readonly since: Date
}

/** What operators have ordered last; null when they have ordered nothing. */
export async function controlOf(sql: Sql, campaign: string): Promise<Control | null> {
  const [row] = await answer(sql<Control[]>`
    select state, ordered_by as by, at as since from reward_controls
    where campaign = ${campaign} order by number desc limit 1`)
  return row ?? null
}

export async function setControl(
  sql: Sql,
  campaign: string,
  state: ControlState,
  by: string,
): Promise<void> {
  await answer(sql`
    insert into reward_controls (campaign, state, ordered_by)
    values (${campaign}, ${state}, ${by})`)
}
