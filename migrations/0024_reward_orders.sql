-- What a campaign's token is told: each epoch's root and credits, from the plan to the token's answer. Apart from all
-- that moves the bridge's money.

create table reward_orders (
  campaign text collate "C" not null,
  epoch integer not null,
  -- 0: the root; n: the n-th credit.
  number integer not null,
  -- Hash of the artifact that it follows from.
  artifact text collate "C" not null,
  body jsonb not null,
  -- Not handed in before.
  due_at timestamptz not null,
  transaction text collate "C",
  raw bytea,
  -- `done`, or the code of the token's refusal.
  outcome text collate "C",
  planned_at timestamptz not null default now(),
  constraint an_order_is_given_once primary key (campaign, epoch, number),
  constraint an_epoch_is_positive check (epoch > 0 and number >= 0),
  constraint a_signed_order_has_its_bytes check ((transaction is null) = (raw is null)),
  constraint an_outcome_is_of_a_signed_order check (outcome is null or raw is not null),
  constraint a_transaction_is_one_order unique (transaction)
);

create index open_reward_orders on reward_orders (campaign, epoch, number) where outcome is null;

-- What was planned stays, and so do bytes and outcome once they are there.
create trigger an_order_stays_what_it_is before update on reward_orders for each row
  when (
    new.campaign <> old.campaign or new.epoch <> old.epoch or new.number <> old.number
    or new.artifact <> old.artifact or new.body <> old.body
    or (old.raw is not null and new.raw is distinct from old.raw)
    or (old.outcome is not null and new.outcome is distinct from old.outcome)
  ) execute function refuse();
create trigger orders_for_points_are_never_deleted before delete or truncate on reward_orders
  for each statement execute function refuse();
