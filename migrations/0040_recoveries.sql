-- Books that came back from a backup know less than the chains do. What was paid meanwhile is learned from the chains
-- before anything is paid again.

create table restorations (
  number bigint generated always as identity,
  taken_at timestamptz not null,
  restored_at timestamptz not null default now(),
  constraint restorations_pkey primary key (number)
);

create trigger a_restoration_is_never_forgotten before update or delete or truncate on restorations
  for each statement execute function refuse();

-- A row for each chain since the books came back; it stays, as what was signed before may land at any later time.
create table recoveries (
  chain text not null,
  -- The tip at the first look afterwards; null: nobody has looked yet.
  height bigint,
  -- All that begins up to there is on record, and confirmed where it is deep enough.
  is_read boolean not null default false,
  -- All that was paid up to there is on record too: payouts go on.
  ended_at timestamptz,
  constraint recoveries_pkey primary key (chain)
);
