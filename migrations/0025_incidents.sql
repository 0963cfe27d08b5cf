-- Times that providers of a chain said different things, as each process of ours heard it: for people to look into.

create table incidents (
  number bigint generated always as identity,
  chain text not null,
  -- Of the process that heard it.
  writer text not null,
  request text not null,
  -- Who said what, with its hash.
  answers jsonb not null,
  words text not null,
  -- It paused the chain.
  halts boolean not null,
  at timestamptz not null default now(),
  constraint incidents_pkey primary key (number)
);

create trigger an_incident_is_never_forgotten before update or delete or truncate on incidents
  for each statement execute function refuse();

-- By which order a key paused: who lifts it names that order, here and at the signers.
alter table pauses add column given text collate "C";
