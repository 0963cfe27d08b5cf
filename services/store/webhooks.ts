// Webhooks and what they are still to be told; messages themselves are written by the database, with the event they tell of.

import type { TransferId } from "../../core/ids.ts"
import type { TransferEvent } from "../../core/transfer.ts"
import type { Sql } from "./database.ts"
import { answer, failureOf } from "./failure.ts"
import { isOld } from "./past.ts"

export interface StoredWebhook {
  readonly id: string
  readonly url: string
  readonly state: "active" | "failing"
  readonly createdAt: Date
  readonly lastDelivery: Date | null
  readonly failure: string | null
  /** Addresses and transfers that it is about. */
  readonly words: readonly string[]
  /** Messages still to be delivered. */
  readonly waiting: number
}

/** More than anybody needs: each can make us send a message for every event. */
const WEBHOOKS_MAX = 10_000

/** False when there are too many already. */
export async function keepWebhook(
  sql: Sql,
  {
    id,
    url,
    keyHash,
    words,
  }: Pick<StoredWebhook, "id" | "url" | "words"> & { readonly keyHash: string },
): Promise<boolean> {
  try {
    return await sql.begin(async (transaction) => {
      const { count } = await transaction`
        insert into webhooks (id, url, key_hash) select ${id}, ${url}, ${keyHash}
        where (select count(*) from webhooks) < ${WEBHOOKS_MAX}`
      if (count === 0) return false
      await transaction`
        insert into webhook_filters (word, webhook)
        select distinct word, ${id} from unnest(${[...words]}::text[]) as word`
      return true
    })
  } catch (cause) {
    throw failureOf(cause)
  }
}

/** Those that a key manages, oldest first. */
export async function webhooksOf(sql: Sql, keyHash: string): Promise<readonly StoredWebhook[]> {
  return await answer(sql<StoredWebhook[]>`
    select w.id, w.url, w.state, w.created_at as "createdAt", w.last_delivery as "lastDelivery",
      w.failure,
      array(select word from webhook_filters f where f.webhook = w.id order by word) as words,
      (
        select count(*)::int from webhook_messages m where m.webhook = w.id and m.state = 'waiting'
      ) as waiting
    from webhooks w where w.key_hash = ${keyHash} order by w.created_at, w.id`)
}

/** Nothing more is sent to it. */
export async function dropWebhook(sql: Sql, id: string): Promise<void> {
  await answer(sql`delete from webhooks where id = ${id}`)
}

export interface StoredMessage {
  readonly id: string
  readonly number: bigint
  readonly transfer: TransferId
  readonly version: number
  readonly event: TransferEvent["kind"]
  readonly at: Date
  readonly sequence: bigint | null
  readonly body: string | null
  readonly state: "waiting" | "delivered" | "failed"
  readonly attempts: number
  readonly nextAt: Date
  readonly deliveredAt: Date | null
  readonly failure: string | null
}

/** A webhook's newest messages, newest first. */
export async function messagesOf(
  sql: Sql,
  webhook: string,
  limit: number,
): Promise<readonly StoredMessage[]> {
  return await answer(sql<StoredMessage[]>`
    ${messages(sql)} where m.webhook = ${webhook} order by m.number desc limit ${limit}`)
}

/** Sends one again, before all that are waiting, and goes on with what was given up. False when there is none. */
export async function replayMessage(sql: Sql, webhook: string, id: string): Promise<boolean> {
  const { count } = await answer(sql`
    with again as (
      update webhook_messages set state = 'waiting', attempts = 0, next_at = now(), failure = null
      where webhook = ${webhook} and id = ${id} returning webhook
    )
    update webhooks set state = 'active', failure = null where id in (select webhook from again)`)
  return count > 0
}

/** Webhooks with something to be delivered now, each for this process alone until its lease is over. */
export async function leaseWebhooks(
  sql: Sql,
  limit: number,
  leaseMs: number,
): Promise<readonly { readonly id: string; readonly url: string }[]> {
  return await answer(sql<{ id: string; url: string }[]>`
    update webhooks set leased_until = now() + ${leaseMs}::int * interval '1 ms'
    where id = any(array(
      select w.id from webhooks w cross join lateral (
        select next_at from webhook_messages m
        where m.webhook = w.id and m.state = 'waiting' order by m.number limit 1
      ) first
      where w.state = 'active' and (w.leased_until is null
          or ${isOld(sql, sql`(w.leased_until - ${leaseMs}::int * interval '1 ms')`, sql`${leaseMs}::int * interval '1 ms'`)})
        and first.next_at <= now()
      order by first.next_at limit ${limit} for update of w skip locked
    ))
    returning id, url`)
}

export async function releaseWebhook(sql: Sql, id: string): Promise<void> {
  await answer(sql`update webhooks set leased_until = null where id = ${id}`)
}

/** The message that is next, when it is due; those behind it wait for it. */
export async function nextMessage(sql: Sql, webhook: string): Promise<StoredMessage | null> {
  const rows = await answer(sql<StoredMessage[]>`
    select * from (
      ${messages(sql)} where m.webhook = ${webhook} and m.state = 'waiting'
      order by m.number limit 1
    ) first where first."nextAt" <= now()`)
  return rows[0] ?? null
}

/** Gives a message its place in the webhook's order, once. */
export async function numberMessage(
  sql: Sql,
  webhook: string,
  { number }: StoredMessage,
): Promise<bigint> {
  const [row] = await answer(sql<{ sequence: bigint }[]>`
    with next as (
      update webhooks set sequence = sequence + 1
      where id = ${webhook} and exists (
        select from webhook_messages where number = ${`${number}`}::text::bigint and sequence is null
      ) returning sequence
    )
    update webhook_messages m set sequence = coalesce(m.sequence, (select sequence from next))
    where number = ${`${number}`}::text::bigint returning sequence`)
  return row?.sequence ?? 0n
}

/** What is sent from now on, each time. */
export async function fixBody(sql: Sql, { number }: StoredMessage, body: string): Promise<void> {
  await answer(sql`
    update webhook_messages set body = ${body} where number = ${`${number}`}::text::bigint`)
}

export async function delivered(sql: Sql, { number }: StoredMessage): Promise<void> {
  await answer(sql`
    with done as (
      update webhook_messages
      set state = 'delivered', delivered_at = now(), attempts = attempts + 1, failure = null
      where number = ${`${number}`}::text::bigint returning webhook
    )
    update webhooks set last_delivery = now(), failure = null
    where id in (select webhook from done)`)
}

/** It is sent again after `retryMs`; null: it is given up, and so is the webhook until somebody asks for a replay. */
export async function undelivered(
  sql: Sql,
  { number }: StoredMessage,
  failure: string,
  retryMs: number | null,
): Promise<void> {
  await answer(sql`
    with failed as (
      update webhook_messages
      set attempts = attempts + 1, failure = ${failure},
        state = ${retryMs === null ? "failed" : "waiting"},
        next_at = now() + ${retryMs ?? 0}::int * interval '1 ms'
      where number = ${`${number}`}::text::bigint returning webhook
    )
    update webhooks set failure = ${failure},
      state = ${retryMs === null ? "failing" : "active"}
    where id in (select webhook from failed)`)
}

/** A month after its delivery a message cannot be replayed any more. */
export async function forgetMessages(sql: Sql): Promise<void> {
  await answer(sql`
    delete from webhook_messages
    where state = 'delivered' and delivered_at < now() - interval '30 days'`)
}

function messages(sql: Sql) {
  return sql`
    select m.id, m.number, s.id as transfer, m.version, e.body->>'kind' as event, e.at, m.sequence,
      m.body, m.state, m.attempts, m.next_at as "nextAt", m.delivered_at as "deliveredAt", m.failure
    from webhook_messages m join sightings s on s.number = m.transfer
    join events e on e.transfer = m.transfer and e.version = m.version`
}
