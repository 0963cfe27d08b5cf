-- Who wants to be told of transfers, and what each is still to be told: written in the commit of what it tells of.

create table webhooks (
  id text not null,
  url text not null,
  -- SHA-256 of the key that manages it; the key itself is nowhere, nor is the secret that messages are signed with.
  key_hash text not null,
  state text not null default 'active',
  -- Of the last message that was made ready: a reader sees by it that none is missing.
  sequence bigint not null default 0,
  -- Until then one process delivers to it, so that its messages stay in order.
  leased_until timestamptz,
  last_delivery timestamptz,
  failure text,
  created_at timestamptz not null default now(),
  constraint webhooks_pkey primary key (id),
  constraint a_webhook_state_is_on_the_list check (state in ('active', 'failing'))
);

create index webhooks_of_a_key on webhooks (key_hash);

-- Transfers of these addresses, or these transfers.
create table webhook_filters (
  word text collate "C" not null,
  webhook text not null,
  constraint webhook_filters_pkey primary key (word, webhook),
  constraint a_filter_is_of_a_webhook foreign key (webhook) references webhooks (id)
    on delete cascade
);

create index webhook_filters_of_a_webhook on webhook_filters (webhook);

create table webhook_messages (
  number bigint generated always as identity,
  id text not null default 'msg_' || gen_random_uuid(),
  webhook text not null,
  transfer bigint not null,
  version integer not null,
  -- Given with the body when it is made ready; a retry and a replay send the same again.
  sequence bigint,
  body text,
  state text not null default 'waiting',
  attempts integer not null default 0,
  next_at timestamptz not null default now(),
  delivered_at timestamptz,
  failure text,
  created_at timestamptz not null default now(),
  constraint webhook_messages_pkey primary key (number),
  constraint a_message_is_named_once unique (id),
  constraint an_event_is_told_once unique (webhook, transfer, version),
  constraint a_message_is_of_a_webhook foreign key (webhook) references webhooks (id)
    on delete cascade,
  constraint a_message_state_is_on_the_list check (state in ('waiting', 'delivered', 'failed'))
);

create index webhook_messages_to_deliver on webhook_messages (webhook, number)
  where state = 'waiting';
create index webhook_messages_delivered on webhook_messages (delivered_at)
  where state = 'delivered';

create function tell_webhooks() returns trigger language plpgsql as $$
begin
  -- Most bridges have none, and this is on the way of every event.
  if not exists (select from webhooks) then
    return null;
  end if;
  insert into webhook_messages (webhook, transfer, version)
    select distinct f.webhook, e.transfer, e.version
    from told e join sightings s on s.number = e.transfer
    join webhook_filters f on f.word = any (array[s.id, s.sender, s.recipient])
    order by e.transfer, e.version
    on conflict do nothing;
  return null;
end $$;

create trigger webhooks_are_told after insert on events
  referencing new table as told for each statement execute function tell_webhooks();
