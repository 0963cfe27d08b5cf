-- Who signed in, on which terms, and from where as far as that is kept.

create table sessions (
  number bigint generated always as identity,
  -- Key of the wallet that signed.
  party text collate "C" not null,
  -- The text and its proof are the evidence that the terms were accepted.
  signed text not null,
  proof jsonb not null,
  terms text not null,
  statements jsonb not null,
  refund_to text,
  nonce text collate "C" not null,
  issued_ms bigint not null,
  until_ms bigint not null,
  -- Where each source put the address, which networks it was in, and by which files; the address is not here.
  places jsonb not null,
  networks jsonb not null,
  files jsonb not null,
  -- The same for one address within a month, and nothing once that month's key is destroyed.
  tag text,
  at timestamptz not null default now(),
  constraint sessions_pkey primary key (number),
  constraint a_text_is_signed_in_with_once unique (party, nonce)
);

create index sessions_of_a_party on sessions (party, until_ms desc);

-- Addresses of people, for abuse and debugging, until they expire.
create table raw_addresses (
  session bigint not null,
  address text not null,
  expires_at timestamptz not null,
  constraint raw_addresses_pkey primary key (session),
  constraint an_address_is_of_a_session foreign key (session) references sessions (number),
  constraint an_address_leaves_within_three_days check (expires_at <= now() + interval '72 hours')
);

create index raw_addresses_to_leave on raw_addresses (expires_at);
