-- Rewards: campaigns as they were published, what the bridge itself says of accounts, and the epochs that were closed.

create table reward_campaigns (
  id text collate "C" not null,
  -- SHA-256 of the canonical JSON.
  rules text not null,
  body jsonb not null,
  published_at timestamptz not null default now(),
  constraint reward_campaigns_pkey primary key (id)
);

create trigger a_campaign_never_changes before update or delete or truncate on reward_campaigns
  for each statement execute function refuse();

-- Facts that are no chain's: sign-ins, what compliance says, verdicts, evidence of external tasks. Their place among all
-- events is their number.
create table reward_facts (
  number bigint generated always as identity,
  campaign text collate "C" not null,
  -- Makes a fact count once.
  key text collate "C" not null,
  at_s bigint not null,
  body jsonb not null,
  constraint reward_facts_pkey primary key (number),
  constraint a_reward_fact_counts_once unique (campaign, key),
  constraint a_reward_fact_is_of_a_campaign foreign key (campaign) references reward_campaigns (id)
);

create trigger reward_facts_are_never_rewritten before update or delete or truncate on reward_facts
  for each statement execute function refuse();

-- pending: it may be disputed. active: its claims are paid. void: operators took it back before it was active.
create table reward_epochs (
  number bigint generated always as identity,
  campaign text collate "C" not null,
  epoch integer not null,
  state text not null default 'pending',
  hash text not null,
  root text,
  -- Canonical JSON, the very bytes that are hashed.
  artifact text not null,
  -- SHA-256 of the events file it was made from.
  events text not null,
  closed_at timestamptz not null,
  active_at timestamptz not null,
  constraint reward_epochs_pkey primary key (number),
  constraint an_epoch_is_of_a_campaign foreign key (campaign) references reward_campaigns (id),
  constraint an_epoch_state_is_on_the_list check (state in ('pending', 'active', 'void'))
);

create unique index an_epoch_is_closed_once on reward_epochs (campaign, epoch) where state <> 'void';

create trigger an_artifact_never_changes before update on reward_epochs for each row
  when (
    (new.number, new.campaign, new.epoch, new.hash, new.artifact, new.events, new.closed_at, new.active_at)
      is distinct from
    (old.number, old.campaign, old.epoch, old.hash, old.artifact, old.events, old.closed_at, old.active_at)
    or new.root is distinct from old.root
  ) execute function refuse();
create trigger only_what_is_pending_moves before update on reward_epochs for each row
  when (old.state <> 'pending' and new.state <> old.state) execute function refuse();
create trigger an_epoch_is_never_lost before delete or truncate on reward_epochs
  for each statement execute function refuse();

-- What operators ordered of a campaign; the last row is what holds.
create table reward_controls (
  number bigint generated always as identity,
  campaign text collate "C" not null,
  state text not null,
  ordered_by text not null,
  at timestamptz not null default now(),
  constraint reward_controls_pkey primary key (number),
  constraint a_control_is_of_a_campaign foreign key (campaign) references reward_campaigns (id),
  constraint a_control_is_on_the_list check (state in ('running', 'frozen', 'killed'))
);

create function stay_killed() returns trigger language plpgsql as $$
begin
  if exists (
    select from reward_controls where campaign = new.campaign and state = 'killed'
  ) then
    raise exception 'what is killed stays killed'
      using errcode = 'integrity_constraint_violation', constraint = 'what_is_killed_stays_killed';
  end if;
  return new;
end $$;

create trigger what_is_killed_stays_killed before insert on reward_controls
  for each row execute function stay_killed();
create trigger controls_are_never_rewritten before update or delete or truncate on reward_controls
  for each statement execute function refuse();

-- Points as they are now: made from the events again and again, and nothing is paid by it.
create table reward_points (
  campaign text collate "C" not null,
  account text collate "C" not null,
  total numeric(78, 0) not null,
  rank bigint not null,
  body jsonb not null,
  at timestamptz not null,
  constraint reward_points_pkey primary key (campaign, account),
  constraint points_are_of_a_campaign foreign key (campaign) references reward_campaigns (id)
);

create index reward_points_by_rank on reward_points (campaign, rank);
