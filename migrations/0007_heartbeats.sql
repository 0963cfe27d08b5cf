-- The last signature of each key that paid nobody: when a quorum could sign, and who it was.
create table heartbeats (
  scheme text primary key,
  period bigint not null,
  signature bytea not null,
  signers integer[] not null,
  at timestamptz not null default now()
);
