// Fills the tables with paid transfers, their events, postings, slots and plans, laid out as life would have left them.

import type { Queries, Sql } from "../../services/store/database.ts"

/** Transfers that one payout transaction paid, and transfers that went through each state together. */
const PLAN = 100
const COHORT = 500
/** Transfers between two vacuums. */
const CHUNK = 50_000

/** Planned over the last 24 hours. Only for an empty, migrated database. A million transfers take about two minutes. */
export async function fillTables(sql: Sql, count: number): Promise<void> {
  await sql`
    create function bench_id(name text) returns text language sql immutable as $$
      select translate(encode(sha256(name::bytea), 'base64'), '+/=', '-_')
    $$`
  for (let first = 1; first <= count; first += CHUNK) {
    await sql.begin((sql) => fillChunk(sql, count, first, Math.min(count, first + CHUNK - 1)))
    await sql`vacuum transfers, events`
  }
  await sql`
    insert into balances
    select asset, account, sum(amount) from entries group by asset, account`
  await sql`
    insert into deposits select source, asset, sum(amount) from sightings group by source, asset`
  await sql`select setval('transfer_numbers', ${count}::int)`
  await sql`vacuum analyze`
  await sql`checkpoint`
}

async function fillChunk(sql: Queries, count: number, first: number, last: number): Promise<void> {
  // The rows are right by themselves; no trigger needs to look at each of them.
  await sql`set local session_replication_role = replica`
  await sql`
    insert into plans (
      id, chain, payouts, terms, slots, attempt, messages, state, transaction, raw, planned_at, signed_at
    )
    select bench_id('plan ' || n), 'ao', '[{}]', '{}', '{}', 0, array[decode('01', 'hex')], 'landed',
      bench_id('payout ' || n), decode(repeat('00', 2000), 'hex'), now(), now()
    from generate_series(${(first - 1) / PLAN}::int, ${Math.ceil(last / PLAN) - 1}::int) n`
  await sql`
    insert into sightings (
      number, id, asset, source, target, amount, sender, recipient, refund_to, forward
    )
    select n, 'arweave:' || bench_id('old ' || n) || ':0', 'AR', 'arweave', 'ao',
      1000000000000, sender, bench_id('recipient ' || n % 300000), sender, '{}'
    from generate_series(${first}::int, ${last}::int) n,
      lateral (select bench_id('sender ' || n % 300000) as sender) s`
  await sql`
    insert into transfers (
      number, state, version, fee, source, chain, block_height, block_id, reason, refund
    )
    select number, 'seen', 1, 1000, 'arweave', 'ao', number / 1000, bench_id('block'), null, false
    from sightings where number between ${first} and ${last} order by number`
  await sql`
    insert into slots
    select id, number, now() - interval '1 day' * (1 - number / ${count}::float8), null
    from sightings where number between ${first} and ${last}`
  await sql`
    update transfers t set
      state = 'paid', version = 6, slot = s.id, plan = bench_id('plan ' || (t.number - 1) / ${PLAN}),
      transaction = bench_id('payout ' || (t.number - 1) / ${PLAN})
    from sightings s where s.number = t.number and t.number between ${first} and ${last}`
  await sql`
    insert into events
    select number, version, kind || ':' || key, case kind
      when 'Seen' then jsonb_build_object(
        'kind', kind, 'sighting', to_jsonb(s.*),
        'block', jsonb_build_object('height', 1000, 'id', bench_id('block')))
      when 'Planned' then jsonb_build_object('kind', kind, 'slot', s.id, 'plan', bench_id('plan'))
      when 'Signed' then jsonb_build_object('kind', kind, 'transaction', bench_id('payout'))
      when 'Settled' then jsonb_build_object('kind', kind, 'transaction', bench_id('payout'))
      else jsonb_build_object('kind', kind) end, now()
    from sightings s, (values
      (1, 'Seen', bench_id('block') || ':0'), (2, 'Confirmed', bench_id('block') || ':1'),
      (3, 'Cleared', '2'), (4, 'Planned', bench_id('plan')), (5, 'Signed', bench_id('plan')),
      (6, 'Settled', bench_id('payout'))
    ) steps (version, kind, key)
    where number between ${first} and ${last}
    order by number / ${COHORT}, version, number`
  await sql`
    insert into entries
    select number, version, 'AR', account, lines.amount
    from sightings, (values
      (2, 'custody', 1000000000000), (2, 'pending', -1000000000000),
      (6, 'pending', 1000000000000), (6, 'supply', -999999999000), (6, 'fees', -1000)
    ) lines (version, account, amount)
    where number between ${first} and ${last}
    order by number / ${COHORT}, version, number`
}
