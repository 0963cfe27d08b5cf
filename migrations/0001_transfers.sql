-- Transfers and their history. `services/store/advance.ts` alone writes here.
-- What a chain said (sightings) and how far we are with it (transfers) are two tables, so that a step
-- rewrites a short row and touches no index on ids or addresses, however many transfers there are.

create function refuse() returns trigger language plpgsql as $$
begin
  raise exception '%: % of %', tg_name, lower(tg_op), tg_table_name
    using errcode = 'integrity_constraint_violation', constraint = tg_name;
end $$;

create sequence transfer_numbers;

create table sightings (
  number bigint not null default nextval('transfer_numbers'),
  id text collate "C" not null,
  asset text not null,
  source text not null,
  target text not null,
  amount numeric(78, 0) not null,
  sender text collate "C" not null,
  recipient text collate "C",
  refund_to text not null,
  forward jsonb not null,
  problem text,
  constraint sightings_pkey primary key (number),
  constraint a_transfer_is_seen_once unique (id),
  constraint an_amount_is_positive check (amount > 0)
);

-- Addresses are as good as random, and an index over all of them would be written all over. Cut into
-- stretches of 65,536 transfers it is written at its end only, and read one stretch at a time.
create index sightings_by_sender on sightings ((number >> 16), sender, number);
create index sightings_by_recipient on sightings ((number >> 16), recipient, number);

create trigger a_sighting_keeps_its_identity before update on sightings for each row
  when (new.number <> old.number or new.id <> old.id) execute function refuse();
create trigger a_sighting_is_never_lost before delete or truncate on sightings
  for each statement execute function refuse();

create table transfers (
  number bigint not null,
  state text not null,
  version integer not null,
  fee numeric(78, 0) not null,
  source text not null,
  -- The chain that pays it out: the source chain for a refund.
  chain text not null,
  block_height bigint not null,
  block_id text not null,
  reason text,
  refund boolean not null,
  slot text,
  plan text,
  transaction text,
  changed_at timestamptz not null default now(),
  constraint transfers_pkey primary key (number),
  constraint a_transfer_was_seen foreign key (number) references sightings (number),
  constraint a_state_is_on_the_list check (
    state in ('seen', 'confirmed', 'dropped', 'held', 'ready', 'signing', 'sent', 'paid')
  ),
  constraint a_slot_is_held_from_plan_to_settlement check (
    (state in ('signing', 'sent', 'paid')) = (slot is not null)
  ),
  constraint paid_names_its_transaction check (
    state not in ('sent', 'paid') or transaction is not null
  )
);

create index transfers_to_confirm on transfers (source, block_height) where state = 'seen';
create index transfers_to_plan on transfers (chain, number) where state = 'ready';
create index transfers_under_way on transfers (state, number)
  where state not in ('paid', 'dropped');

create trigger a_version_only_goes_up before update on transfers for each row
  when (new.version <= old.version or new.number <> old.number) execute function refuse();
create trigger a_transfer_is_never_lost before delete or truncate on transfers
  for each statement execute function refuse();

create table events (
  transfer bigint not null,
  version integer not null,
  key text collate "C" not null,
  body jsonb not null,
  at timestamptz not null default now(),
  constraint a_version_is_one_event primary key (transfer, version),
  constraint a_fact_counts_once unique (transfer, key),
  constraint an_event_is_of_a_transfer foreign key (transfer) references transfers (number)
);

create trigger history_is_never_rewritten before update or delete or truncate on events
  for each statement execute function refuse();
