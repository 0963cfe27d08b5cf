-- Claims that a campaign's token is told to hold, by its guardian's key: of accounts that may have no rewards any more.

create table reward_holds (
  number bigint generated always as identity,
  campaign text collate "C" not null,
  accounts text[] not null,
  -- Of the roots up to this epoch's.
  epoch integer not null,
  until_at timestamptz not null,
  transaction text collate "C" not null,
  raw bytea not null,
  -- `done`, or the code of the token's refusal.
  outcome text collate "C",
  planned_at timestamptz not null,
  constraint reward_holds_pkey primary key (number),
  constraint a_hold_is_of_a_campaign foreign key (campaign) references reward_campaigns (id),
  constraint a_hold_is_of_somebody check (cardinality(accounts) between 1 and 100),
  constraint a_hold_is_one_message unique (transaction)
);

create index reward_holds_by_account on reward_holds using gin (accounts);
create index open_reward_holds on reward_holds (campaign, number) where outcome is null;

create trigger a_hold_stays_what_it_is before update on reward_holds for each row
  when (
    (new.number, new.campaign, new.accounts, new.epoch, new.until_at, new.transaction, new.raw, new.planned_at)
      is distinct from
    (old.number, old.campaign, old.accounts, old.epoch, old.until_at, old.transaction, old.raw, old.planned_at)
    or (old.outcome is not null and new.outcome is distinct from old.outcome)
  ) execute function refuse();
create trigger holds_are_never_forgotten before delete or truncate on reward_holds
  for each statement execute function refuse();
