-- Plans that pay nobody and move deposits to the vault (sweeps), and what the vault spends on them.

-- What the transaction spends first, as its chain tells it; null for every plan that pays somebody.
alter table plans add column sweep text collate "C";
alter table plans add constraint a_sweep_pays_nobody check ((sweep is not null) = (payouts = '[]'));

create index sweeps_by_what_they_spend on plans (sweep) where sweep is not null;

create trigger a_sweep_keeps_what_it_spends before update on plans for each row
  when (new.sweep is distinct from old.sweep) execute function refuse();

-- The vault pays, and our fees bear it: custody and fees go down by the same.
create table costs (
  plan text not null,
  asset text not null,
  amount numeric(78, 0) not null,
  at timestamptz not null default now(),
  constraint a_plan_costs_once primary key (plan),
  constraint a_cost_is_of_a_plan foreign key (plan) references plans (id),
  constraint a_cost_is_positive check (amount > 0)
);

create function post_cost() returns trigger language plpgsql as $$
begin
  insert into balances (asset, account, amount)
    values (new.asset, 'custody', -new.amount), (new.asset, 'fees', new.amount)
    on conflict on constraint balances_pkey
    do update set amount = balances.amount + excluded.amount;
  return null;
end $$;

create trigger a_cost_is_posted after insert on costs for each row execute function post_cost();
create trigger costs_are_never_rewritten before update or delete or truncate on costs
  for each statement execute function refuse();
