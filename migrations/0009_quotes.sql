-- Terms that were promised, until when: a bridge file that breaks one is not taken up before. And what wallets announce.

create table quotes (
  id text not null,
  asset text not null,
  source text not null,
  target text not null,
  recipient text collate "C" not null,
  sender text collate "C",
  amount numeric(78, 0) not null,
  fee numeric(78, 0) not null,
  -- From which block of the source the terms hold, and up to which.
  height bigint not null,
  height_max bigint,
  terms jsonb not null,
  -- The quote as it was signed, its key and its signature.
  signed jsonb not null,
  issued_at timestamptz not null,
  expires_at timestamptz not null,
  constraint quotes_pkey primary key (id)
);

create index quotes_by_end on quotes (expires_at);

create trigger a_quote_never_changes before update on quotes
  for each statement execute function refuse();

-- What a wallet says that it has just sent, so that it can be shown before a block holds it. Nothing rests on it.
create table announcements (
  transaction text collate "C" not null,
  body jsonb not null,
  at timestamptz not null default now(),
  constraint announcements_pkey primary key (transaction)
);

create index announcements_by_time on announcements (at);
