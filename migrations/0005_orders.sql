-- What operators ordered, each with their own signature; an order is carried out when enough of them agree.

create table orders (
  number bigint generated always as identity,
  -- The text that was signed; it names a version or a time, so that it can be carried out once.
  body text collate "C" not null,
  operator text collate "C" not null,
  signature text not null,
  at timestamptz not null default now(),
  constraint orders_pkey primary key (number),
  constraint an_operator_orders_once unique (body, operator)
);

create trigger orders_are_never_rewritten before update or delete or truncate on orders
  for each statement execute function refuse();
