-- Plans (one transaction on a payout chain, signed or not), the slots they take, and orders to the services.

create table plans (
  id text not null,
  chain text not null,
  -- The plan whose slots this one takes over: a fee bump.
  replaces text,
  payouts jsonb not null,
  terms jsonb not null,
  slots jsonb not null,
  attempt integer not null,
  -- The bytes that the group signs.
  message bytea not null,
  state text not null default 'open',
  transaction text,
  raw bytea,
  planned_at timestamptz not null default now(),
  signed_at timestamptz,
  constraint plans_pkey primary key (id),
  constraint a_bump_has_a_plan_to_replace foreign key (replaces) references plans (id),
  constraint a_plan_is_replaced_once unique (replaces),
  constraint a_plan_state_is_on_the_list check (state in ('open', 'signed', 'landed', 'dead')),
  constraint a_signed_plan_has_its_bytes check (state <> 'signed' or raw is not null),
  constraint signed_bytes_name_their_transaction check (raw is null or transaction is not null)
);

create index plans_under_way on plans (chain, planned_at) where state in ('open', 'signed');

create trigger a_plan_never_changes before update on plans for each row
  when (
    (new.id, new.chain, new.payouts, new.terms, new.slots, new.attempt, new.message)
      is distinct from (old.id, old.chain, old.payouts, old.terms, old.slots, old.attempt, old.message)
    or new.replaces is distinct from old.replaces
  ) execute function refuse();
create trigger signed_bytes_never_change before update on plans for each row
  when (
    old.raw is not null
    and (new.raw is distinct from old.raw or new.transaction is distinct from old.transaction)
  ) execute function refuse();
create trigger a_closed_plan_stays_closed before update on plans for each row
  when (
    (old.state in ('landed', 'dead') and new.state <> old.state)
    or (old.state = 'signed' and new.state = 'open')
  ) execute function refuse();
create trigger a_plan_is_never_lost before delete or truncate on plans
  for each statement execute function refuse();

alter table transfers add constraint a_planned_transfer_has_its_plan
  foreign key (plan) references plans (id);

-- A slot belongs to one transfer for ever: a dead one may be taken again by the same transfer alone.
create table slots (
  slot text collate "C" not null,
  transfer bigint not null,
  taken_at timestamptz not null default now(),
  died_at timestamptz,
  constraint slot_pays_once primary key (slot),
  constraint a_slot_is_of_a_transfer foreign key (transfer) references transfers (number)
);

create unique index a_transfer_holds_one_slot on slots (transfer) where died_at is null;

create trigger slot_pays_once before update on slots for each row
  when (new.slot <> old.slot or new.transfer <> old.transfer) execute function refuse();
create trigger a_slot_is_never_forgotten before delete or truncate on slots
  for each statement execute function refuse();

alter table transfers add constraint a_held_slot_is_on_record
  foreign key (slot) references slots (slot) deferrable initially deferred;

-- Orders that are not done yet; a done one is deleted (the event that caused it remains).
create table outbox (
  id bigint generated always as identity,
  kind text not null,
  -- Where the work is done: the payout chain for plan, sign and broadcast, else the source chain.
  chain text not null,
  -- Source chains of the transfers behind it.
  sources text[] not null,
  -- The transfer, or one of those that the plan pays.
  transfer text not null,
  plan text,
  reason text,
  round integer not null default 0,
  handed_at timestamptz,
  -- Why the last attempt did not do it.
  failure text,
  created_at timestamptz not null default now(),
  constraint outbox_pkey primary key (id)
);

create index outbox_to_hand on outbox (id) where handed_at is null;
create index outbox_handed on outbox (handed_at) where handed_at is not null;

create function wake() returns trigger language plpgsql as $$
begin
  perform pg_notify('causeway_outbox', '');
  return null;
end $$;

create trigger an_order_wakes_the_dispatcher after insert on outbox
  for each statement execute function wake();
