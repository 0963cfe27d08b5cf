-- Who first paid those who deposit: what the `gas` of an account is, looked for once. For evidence, never for money.

create table reward_funders (
  chain text collate "C" not null,
  account text collate "C" not null,
  -- All null when nobody was seen to have paid it.
  funder text collate "C",
  transaction text collate "C",
  at_s bigint,
  constraint an_account_is_looked_up_once primary key (chain, account),
  constraint a_funder_is_named_whole check (num_nulls(funder, transaction, at_s) in (0, 3))
);

create trigger a_funder_is_never_rewritten before update or delete or truncate on reward_funders
  for each statement execute function refuse();
