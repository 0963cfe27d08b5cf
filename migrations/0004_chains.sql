-- What the watchers have read, and what people (or an alarm) have stopped.

create table blocks (
  chain text not null,
  height bigint not null,
  id text collate "C" not null,
  parent text collate "C" not null,
  facts jsonb not null,
  canonical boolean not null default true,
  -- Its settlements have been applied.
  final boolean not null default false,
  read_at timestamptz not null default now(),
  constraint blocks_pkey primary key (chain, height, id)
);

create unique index one_canonical_block_a_height on blocks (chain, height) where canonical;

create index blocks_to_settle on blocks (chain, height) where canonical and not final;

create trigger a_block_keeps_its_content before update on blocks for each row
  when (
    (new.chain, new.height, new.id, new.parent, new.facts)
      is distinct from (old.chain, old.height, old.id, old.parent, old.facts)
  ) execute function refuse();

-- Without this a gap or a fork between two watchers would be read as one chain.
create function follow() returns trigger language plpgsql as $$
begin
  if exists (
    select from (
      select height, id from blocks
      where chain = new.chain and canonical and height < new.height
      order by height desc limit 1
    ) below
    where (below.height, below.id) is distinct from (new.height - 1, new.parent)
  ) then
    raise exception 'a block follows its parent'
      using errcode = 'integrity_constraint_violation', constraint = 'a_block_follows_its_parent';
  end if;
  return null;
end $$;

create trigger a_block_follows_its_parent after insert or update of canonical on blocks
  for each row
  when (new.canonical) execute function follow();

-- in: transfers that come from the chain; out: payouts to it.
create table pauses (
  number bigint generated always as identity,
  chain text not null,
  direction text not null,
  reason text not null,
  paused_by text not null,
  paused_at timestamptz not null default now(),
  lifted_by text,
  lifted_at timestamptz,
  constraint pauses_pkey primary key (number),
  constraint a_direction_is_in_or_out check (direction in ('in', 'out')),
  constraint a_lifted_pause_names_who check ((lifted_at is null) = (lifted_by is null))
);

create unique index one_pause_a_direction on pauses (chain, direction) where lifted_at is null;

create trigger a_lifted_pause_wakes_the_dispatcher after update on pauses
  for each statement execute function wake();
create trigger a_pause_is_never_forgotten before delete or truncate on pauses
  for each statement execute function refuse();
