-- Who saw what of a transfer when, beyond its history: signers' votes, what was sent, how signers are, the books over time.

-- One signing session of a plan, when it was over: what each signer that was asked answered, and how soon.
create table signings (
  session text collate "C" not null,
  plan text not null,
  chain text not null,
  scheme text not null,
  threshold integer not null,
  transfers text[] not null,
  outcome text not null,
  votes jsonb not null,
  started_at timestamptz not null,
  ended_at timestamptz not null,
  constraint signings_pkey primary key (session),
  constraint a_signing_is_of_a_plan foreign key (plan) references plans (id),
  constraint a_signing_outcome_is_on_the_list check (
    outcome in ('signed', 'refused', 'missing', 'failed')
  )
);

create index signings_of_a_plan on signings (plan, started_at);
create index signings_by_time on signings (started_at);

create trigger signings_are_never_rewritten before update or delete or truncate on signings
  for each statement execute function refuse();

-- When a plan's bytes went out: the same bytes go out again and again, so the first time, the last and how often.
create table broadcasts (
  plan text not null,
  first_at timestamptz not null default now(),
  last_at timestamptz not null default now(),
  times integer not null default 1,
  -- Error code of the last time; null when the chain took them.
  failure text,
  constraint broadcasts_pkey primary key (plan),
  constraint a_broadcast_is_of_a_plan foreign key (plan) references plans (id)
);

-- How each signer was when it was asked last.
create table signer_health (
  signer integer not null,
  name text not null,
  health jsonb,
  -- Why there is none.
  reason text,
  asked_at timestamptz not null default now(),
  -- When it took part in a heartbeat last: a quorum of them does, in turn.
  beat_at timestamptz,
  constraint signer_health_pkey primary key (signer)
);

-- What a signer did that it should not have, as our own coordinators saw it.
create table blames (
  signer integer not null,
  kind text not null,
  times integer not null default 1,
  detail text not null,
  first_at timestamptz not null default now(),
  last_at timestamptz not null default now(),
  constraint blames_pkey primary key (signer, kind)
);

-- The books of an asset now and then, with the blocks up to which they are.
create table reserves (
  asset text not null,
  at timestamptz not null,
  custody numeric(78, 0) not null,
  supply numeric(78, 0) not null,
  pending numeric(78, 0) not null,
  fees numeric(78, 0) not null,
  home_height bigint,
  ledger_height bigint,
  constraint reserves_pkey primary key (asset, at)
);
