-- What was decided about the parties of a transfer, with everything that it was decided from.

-- Everybody whom the money comes from, where that is more than one; and how many of them have no name.
alter table sightings add column senders jsonb, add column unnamed integer;

create table decisions (
  number bigint generated always as identity,
  transfer text collate "C" not null,
  -- When it was made: when the deposit was final, before its payout or refund, or because lists had changed.
  stage text not null,
  at timestamptz not null default now(),
  -- Hash of the policy, and of the versions of all lists.
  policy text not null,
  lists text not null,
  -- What follows, scope by scope, with the signers' votes and without what officers have answered.
  bridge text not null,
  refund text not null,
  reward text not null,
  reasons jsonb not null,
  votes jsonb not null,
  -- What anybody can make the decision from again, and its SHA-256, which is in the audit log.
  record jsonb not null,
  digest text not null,
  constraint decisions_pkey primary key (number),
  constraint a_stage_is_on_the_list check (stage in ('screen', 'payout', 'refund', 'again')),
  constraint an_action_is_on_the_list check (
    array[bridge, refund, reward] <@ array['allow', 'hold', 'reject', 'block']
  )
);

create index decisions_of_a_transfer on decisions (transfer, number);

create trigger a_decision_is_never_rewritten before update on decisions
  for each statement execute function refuse();

-- Where a party was met, so that a list that changes can be looked up in what was done before.
create table decision_parties (
  key text collate "C" not null,
  transfer text collate "C" not null,
  constraint decision_parties_pkey primary key (key, transfer)
);

-- The version of each list up to which the past was looked through.
create table lists_seen (
  list text not null,
  digest text not null,
  published_at text not null,
  at timestamptz not null default now(),
  constraint lists_seen_pkey primary key (list)
);
