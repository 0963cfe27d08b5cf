// The statements that put applied steps into the tables, set by set however many there are.

import type { Effect } from "../../core/step.ts"
import type { Transfer } from "../../core/transfer.ts"
import { type Applied, depositedBy } from "./applying.ts"
import type { Queries, Statement } from "./database.ts"
import { encode } from "./json.ts"
import { closePlans } from "./plans.ts"
import { payoutChainOf } from "./rows.ts"

/** In the order in which they must run. Entries come last: their balances are everybody's. */
export function write(sql: Queries, applied: readonly Applied[]): readonly Statement[] {
  if (applied.length === 0) return []
  const last = new Map(applied.map((one) => [one.number, one]))
  const rows = [...last.values()].sort((a, b) => (a.number < b.number ? -1 : 1))
  return [
    ...writeSightings(sql, rows, applied),
    ...writeTransfers(sql, rows),
    ...writeSlots(sql, applied),
    ...writeEvents(sql, applied),
    ...closePlans(sql, applied),
    ...writePauses(sql, applied),
    ...writeOrders(sql, applied),
    ...writeEntries(sql, applied),
    ...writeDeposits(sql, applied),
  ]
}

function writeSightings(
  sql: Queries,
  rows: readonly Applied[],
  applied: readonly Applied[],
): Statement[] {
  const seenAgain = new Set(
    applied
      .filter((one) => !one.isNew && one.change.event.kind === "Seen")
      .map((one) => one.number),
  )
  const columns = ({ number, transfer }: Applied) => ({
    number: `${number}`,
    id: transfer.id,
    asset: transfer.asset,
    source: transfer.source,
    target: transfer.target,
    amount: `${transfer.amount}`,
    sender: transfer.sender,
    recipient: transfer.recipient,
    refund_to: transfer.refundTo,
    forward: encode(transfer.forward),
    problem: transfer.problem,
    depth: transfer.depth ?? null,
    note: transfer.note ?? null,
    senders: transfer.senders ? encode(transfer.senders) : null,
    unnamed: transfer.unnamed ?? null,
  })
  const fresh = rows.filter(({ isNew }) => isNew).map(columns)
  const again = rows.filter(({ number }) => seenAgain.has(number)).map(columns)
  return [
    ...when(
      fresh,
      (json) => sql`
      insert into sightings
      select * from json_populate_recordset(null::sightings, ${json}::text::json)`,
    ),
    ...when(
      again,
      (json) => sql`
      update sightings s set
        asset = r.asset, source = r.source, target = r.target, amount = r.amount,
        sender = r.sender, recipient = r.recipient, refund_to = r.refund_to,
        forward = r.forward, problem = r.problem, depth = r.depth, note = r.note,
        senders = r.senders, unnamed = r.unnamed
      from json_populate_recordset(null::sightings, ${json}::text::json) r
      where s.number = r.number`,
    ),
  ]
}

function writeTransfers(sql: Queries, rows: readonly Applied[]): Statement[] {
  const columns = ({ number, transfer }: Applied) => ({
    number: `${number}`,
    state: transfer.state,
    version: transfer.version,
    fee: `${transfer.fee}`,
    source: transfer.source,
    chain: payoutChainOf(transfer),
    block_height: transfer.block.height,
    block_id: transfer.block.id,
    reason: transfer.reason,
    refund: transfer.refund,
    slot: transfer.slot,
    plan: transfer.plan,
    transaction: transfer.transaction,
  })
  const fresh = rows.filter(({ isNew }) => isNew).map(columns)
  const changed = rows.filter(({ isNew }) => !isNew).map(columns)
  return [
    ...when(
      fresh,
      (json) => sql`
      insert into transfers (
        number, state, version, fee, source, chain, block_height, block_id, reason, refund, slot,
        plan, transaction
      )
      select
        number, state, version, fee, source, chain, block_height, block_id, reason, refund, slot,
        plan, transaction
      from json_populate_recordset(null::transfers, ${json}::text::json)`,
    ),
    ...when(
      changed,
      (json) => sql`
      update transfers t set
        state = r.state, version = r.version, fee = r.fee, source = r.source, chain = r.chain,
        block_height = r.block_height, block_id = r.block_id, reason = r.reason,
        refund = r.refund, slot = r.slot, plan = r.plan, transaction = r.transaction,
        changed_at = now()
      from json_populate_recordset(null::transfers, ${json}::text::json) r
      where t.number = r.number`,
    ),
  ]
}

function writeSlots(sql: Queries, applied: readonly Applied[]): Statement[] {
  const taken = new Map<string, { slot: string; transfer: string; dead: boolean }>()
  const freed = new Set<string>()
  for (const { change, number, before } of applied) {
    const { event } = change
    if (event.kind === "Planned")
      taken.set(event.slot, { slot: event.slot, transfer: `${number}`, dead: false })
    if (event.kind === "Died" && before?.slot) {
      freed.add(before.slot)
      const mine = taken.get(before.slot)
      if (mine) mine.dead = true
    }
    // Given up, and paid all the same.
    if (event.kind === "Settled" && event.slot && !before?.slot)
      taken.set(event.slot, { slot: event.slot, transfer: `${number}`, dead: false })
  }
  return [
    ...when(
      [...freed],
      (json) => sql`
      update slots set died_at = now()
      where slot in (select json_array_elements_text(${json}::text::json))`,
    ),
    // Taken over from another transfer, it breaks slot_pays_once.
    ...when(
      [...taken.values()],
      (json) => sql`
      insert into slots (slot, transfer, died_at)
      select slot, transfer, case when dead then now() end
      from json_to_recordset(${json}::text::json) as r (slot text, transfer bigint, dead boolean)
      on conflict on constraint slot_pays_once
      do update set transfer = excluded.transfer, died_at = excluded.died_at`,
    ),
  ]
}

function writeEvents(sql: Queries, applied: readonly Applied[]): Statement[] {
  const rows = applied.map(({ number, change, transfer }) => ({
    transfer: `${number}`,
    version: transfer.version,
    key: change.key,
    body: encode(change.event),
  }))
  return when(
    rows,
    (json) => sql`
    insert into events (transfer, version, key, body)
    select transfer, version, key, body
    from json_populate_recordset(null::events, ${json}::text::json)`,
  )
}

/**
 * A pause takes hold with the event that asks for it, not when a queue comes round to it. Both ways: who burns first
 * must not be paid what others are owed, before people know how much is left.
 */
function writePauses(sql: Queries, applied: readonly Applied[]): Statement[] {
  const rows = effectsOf(applied).flatMap(({ effect, one }) =>
    effect.kind === "pause"
      ? [{ chain: effect.chain, reason: effect.reason, paused_by: one.transfer.id }]
      : [],
  )
  return when(
    rows,
    (json) => sql`
    insert into pauses (chain, direction, reason, paused_by)
    select chain, way, reason, paused_by
    from json_populate_recordset(null::pauses, ${json}::text::json)
      cross join unnest(array['in', 'out']) as way
    on conflict (chain, direction) where lifted_at is null do nothing`,
  )
}

function writeOrders(sql: Queries, applied: readonly Applied[]): Statement[] {
  const byPlan = new Map<string, Set<string>>()
  const rows: { sources: Set<string>; [column: string]: unknown }[] = []
  for (const { effect, one } of effectsOf(applied)) {
    if (effect.kind === "pause") continue
    const { transfer } = one
    const plan = effect.kind === "sign" || effect.kind === "broadcast" ? effect.plan : null
    const shared = byPlan.get(`${effect.kind} ${plan}`)
    shared?.add(transfer.source)
    if (shared) continue // One order for all transfers of a plan.
    const sources = new Set<string>([transfer.source])
    if (plan !== null) byPlan.set(`${effect.kind} ${plan}`, sources)
    rows.push({
      kind: effect.kind,
      chain: laneOf(effect, transfer),
      sources,
      transfer: transfer.id,
      plan,
      reason: effect.kind === "alarm" ? effect.reason : null,
    })
  }
  return when(
    rows.map((row) => ({ ...row, sources: [...row.sources] })),
    (json) => sql`
    insert into outbox (kind, chain, sources, transfer, plan, reason)
    select kind, chain, sources, transfer, plan, reason
    from json_populate_recordset(null::outbox, ${json}::text::json)`,
  )
}

function laneOf(effect: Effect, transfer: Transfer): string {
  if (effect.kind === "plan") return effect.chain
  return effect.kind === "screen" || effect.kind === "alarm"
    ? transfer.source
    : payoutChainOf(transfer)
}

function effectsOf(applied: readonly Applied[]): { effect: Effect; one: Applied }[] {
  return applied.flatMap((one) => one.effects.map((effect) => ({ effect, one })))
}

function writeEntries(sql: Queries, applied: readonly Applied[]): Statement[] {
  const rows = applied.flatMap(({ number, transfer, entries }) =>
    entries.map(({ asset, account, amount }) => ({
      transfer: `${number}`,
      version: transfer.version,
      asset,
      account,
      amount: `${amount}`,
    })),
  )
  return when(
    rows,
    (json) => sql`
    insert into entries
    select * from json_populate_recordset(null::entries, ${json}::text::json)`,
  )
}

/** What was ever locked at home, so that nobody has to add it up again for each mint. */
function writeDeposits(sql: Queries, applied: readonly Applied[]): Statement[] {
  const rows = depositedBy(applied).map((row) => ({ ...row, amount: `${row.amount}` }))
  return when(
    rows,
    (json) => sql`
    insert into deposits (source, asset, amount)
    select source, asset, amount from json_populate_recordset(null::deposits, ${json}::text::json)
    order by source, asset
    on conflict on constraint deposits_pkey
    do update set amount = deposits.amount + excluded.amount`,
  )
}

function when(rows: readonly unknown[], statement: (json: string) => Statement): Statement[] {
  return rows.length === 0 ? [] : [statement(JSON.stringify(rows))]
}
