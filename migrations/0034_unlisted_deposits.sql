-- Deposits of a token that the vault takes and the bridge file does not name. Nobody is credited before it does; then they
-- are transfers like any other.

create table unlisted_deposits (
  -- Of the transfer that it will be.
  id text not null,
  chain text not null,
  -- The contract.
  token text not null,
  height bigint not null,
  sender text not null,
  refund_to text not null,
  -- Base units.
  amount numeric not null,
  seen_at timestamptz not null default now(),
  -- When the bridge file named the token and the block was read again.
  ended_at timestamptz,
  constraint a_deposit_is_unlisted_once primary key (id),
  constraint something_was_deposited check (amount > 0)
);
