-- Held money: its case as `core/compliance/case.ts` has it, and every event of it with what was signed.

create table cases (
  transfer text collate "C" not null,
  -- A transfer that was let go and is stopped again for something else gets another case.
  round integer not null,
  state text not null,
  version integer not null,
  opened_at timestamptz not null,
  lapses_at timestamptz,
  -- Policy and lists by which it was judged last.
  judged_by text not null,
  body jsonb not null,
  constraint cases_pkey primary key (transfer, round),
  constraint a_case_state_is_on_the_list check (
    state in ('open', 'returning', 'frozen', 'released', 'returned')
  )
);

create index cases_under_way on cases (state, opened_at);

create trigger a_case_version_only_goes_up before update on cases for each row
  when (new.version <= old.version and new.judged_by = old.judged_by) execute function refuse();
create trigger a_case_is_never_lost before delete or truncate on cases
  for each statement execute function refuse();

create table case_events (
  transfer text collate "C" not null,
  round integer not null,
  version integer not null,
  body jsonb not null,
  -- The request of an officer, or the statement of a wallet's owner, with its signature; null for our own.
  signed jsonb,
  at timestamptz not null default now(),
  constraint a_case_version_is_one_event primary key (transfer, round, version),
  constraint an_event_is_of_a_case foreign key (transfer, round) references cases (transfer, round)
);

create trigger case_history_is_never_rewritten before update or delete or truncate on case_events
  for each statement execute function refuse();
