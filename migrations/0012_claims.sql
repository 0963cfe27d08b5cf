-- Payments to deposit addresses that were made known only afterwards: the watcher reads those blocks again.

create table claims (
  number bigint generated always as identity,
  chain text not null,
  note text collate "C" not null,
  transaction text collate "C" not null,
  made_at timestamptz not null default now(),
  tries integer not null default 0,
  tried_at timestamptz,
  -- When its block had been read again.
  done_at timestamptz,
  constraint claims_pkey primary key (number),
  constraint a_claim_is_made_once unique (chain, note, transaction)
);

create index claims_to_follow on claims (chain, number) where done_at is null;

-- What a block states beside what was read first. A block on record never changes; this comes on top.
create table later_facts (
  number bigint generated always as identity,
  chain text not null,
  block text collate "C" not null,
  facts jsonb not null,
  at timestamptz not null default now(),
  constraint later_facts_pkey primary key (number)
);

create index later_facts_by_block on later_facts (chain, block);

create trigger later_facts_stay before update or delete or truncate on later_facts
  for each statement execute function refuse();
