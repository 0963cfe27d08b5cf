-- The books: double entry, append only; balances follow in the same statement.
-- Custody counts up when positive; supply, pending and fees are claims on it and are negative.

create table entries (
  transfer bigint not null,
  version integer not null,
  asset text not null,
  account text not null,
  amount numeric(78, 0) not null,
  constraint an_event_posts_once_an_account primary key (transfer, version, account),
  constraint a_posting_is_of_an_event foreign key (transfer, version)
    references events (transfer, version),
  constraint an_account_is_on_the_list check (account in ('custody', 'supply', 'pending', 'fees')),
  constraint an_entry_moves_something check (amount <> 0)
);

create table balances (
  asset text not null,
  account text not null,
  amount numeric(78, 0) not null,
  constraint balances_pkey primary key (asset, account)
);

-- All that was ever locked on a chain, payouts not taken off.
create table deposits (
  source text not null,
  asset text not null,
  amount numeric(78, 0) not null,
  constraint deposits_pkey primary key (source, asset)
);

-- A posting is written by one statement, so each statement must balance by itself.
create function post() returns trigger language plpgsql as $$
begin
  if exists (
    select from posted group by transfer, version, asset having sum(amount) <> 0
  ) then
    raise exception 'a posting sums to zero'
      using errcode = 'integrity_constraint_violation', constraint = 'a_posting_sums_to_zero';
  end if;
  insert into balances (asset, account, amount)
    select asset, account, sum(amount) from posted group by asset, account order by asset, account
    on conflict on constraint balances_pkey
    do update set amount = balances.amount + excluded.amount;
  return null;
end $$;

create trigger a_posting_sums_to_zero after insert on entries
  referencing new table as posted for each statement execute function post();
create trigger books_are_never_rewritten before update or delete or truncate on entries
  for each statement execute function refuse();
