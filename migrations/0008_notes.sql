-- Addresses that are one depositor's own, by the notes that name them, and deposits that need more patience.

create table notes (
  number bigint generated always as identity,
  chain text not null,
  note text collate "C" not null,
  made_at timestamptz not null default now(),
  constraint notes_pkey primary key (number),
  constraint a_note_is_kept_once unique (chain, note)
);

create trigger a_note_is_never_lost before update or delete or truncate on notes
  for each statement execute function refuse();

alter table sightings add column depth integer, add column note text collate "C";

-- What a signer must be told of: deposits to such addresses, in the order in which they were seen.
create index sightings_with_a_note on sightings (source, number) where note is not null;

-- Where plans share coins, each is made in the knowledge of all before it: a turn is taken once.
alter table plans add column turn bigint;
alter table plans add constraint a_turn_is_taken_once unique (chain, turn);
