// What the database itself refuses, whoever writes to it.

import { beforeAll, expect, test } from "vitest"
import type { TransferId } from "../../../core/ids.ts"
import { payoutOf } from "../../../core/payout.ts"
import { STATES } from "../../../core/transfer.ts"
import { advance, type Change } from "../../../services/store/advance.ts"
import type { Sql } from "../../../services/store/database.ts"
import { findTransfer } from "../../../services/store/transfers.ts"
import { anId, aSighting, pathTo, settled } from "../../builders.ts"
import { testDatabase } from "../../database.ts"

let sql: Sql
/** One transfer that went the whole way, and one that is ready. */
let paid: bigint
let ready: bigint
let plan: string

beforeAll(async () => {
  sql = (await testDatabase()).sql
  const [first, second] = [aSighting(), aSighting()]
  const changes = [first, second].flatMap((sighting) =>
    pathTo("ready", sighting).map((event): Change => {
      return { transfer: sighting.id, key: event.kind, event }
    }),
  )
  await advance(sql, changes)
  const transfer = await findTransfer(sql, first.id)
  plan = "the plan"
  await advance(sql, [
    {
      transfer: first.id,
      key: "Planned",
      event: { kind: "Planned", slot: "the slot", plan },
      plan: {
        id: plan,
        chain: "ao",
        payouts: [payoutOf(transfer!)],
        terms: {},
        attempt: 0,
        messages: [new Uint8Array([1])],
        slots: new Map<TransferId, string>([[first.id, "the slot"]]),
      },
    },
    {
      transfer: first.id,
      key: "Signed",
      event: { kind: "Signed", transaction: anId("t") },
      signed: { plan, transaction: anId("t"), raw: new Uint8Array([2]) },
    },
    { transfer: first.id, key: "Settled", event: settled(anId("t")) },
  ])
  paid = transfer!.number
  ready = (await findTransfer(sql, second.id))!.number
})

const refusals: Record<
  string,
  readonly [claim: string, write: (sql: Sql) => PromiseLike<unknown>]
> = {
  "a second owner of a slot, inserted": [
    "slot_pays_once",
    (sql) => sql`insert into slots (slot, transfer) values ('the slot', ${ready})`,
  ],
  "a second owner of a slot, updated": [
    "slot_pays_once",
    (sql) => sql`update slots set transfer = ${ready} where slot = 'the slot'`,
  ],
  "a second slot of a transfer": [
    "a_transfer_holds_one_slot",
    (sql) => sql`insert into slots (slot, transfer) values ('another slot', ${paid})`,
  ],
  "a slot that is on nobody's record": [
    "a_held_slot_is_on_record",
    (sql) => sql`
        update transfers set state = 'signing', slot = 'unheard of', version = version + 1
        where number = ${ready}`,
  ],
  "forgetting a slot": [
    "a_slot_is_never_forgotten",
    (sql) => sql`delete from slots where slot = 'the slot'`,
  ],
  "a transfer that is seen twice": [
    "a_transfer_is_seen_once",
    (sql) => sql`
        insert into sightings
        select nextval('transfer_numbers'), id, asset, source, target, amount, sender, recipient,
          refund_to, forward, problem
        from sightings where number = ${paid}`,
  ],
  "a fact that counts twice": [
    "a_fact_counts_once",
    (sql) => sql`
        insert into events (transfer, version, key, body)
        select transfer, 99, key, body from events where transfer = ${paid} and key = 'Settled'`,
  ],
  "two events at one version": [
    "a_version_is_one_event",
    (sql) => sql`
        insert into events (transfer, version, key, body) values (${paid}, 1, 'new', '{}')`,
  ],
  "an event of no transfer": [
    "an_event_is_of_a_transfer",
    (sql) => sql`insert into events (transfer, version, key, body) values (0, 1, 'x', '{}')`,
  ],
  "an unbalanced posting": [
    "a_posting_sums_to_zero",
    (sql) => sql`
        insert into entries (transfer, version, asset, account, amount)
        values (${paid}, 1, 'AR', 'custody', 10), (${paid}, 1, 'AR', 'supply', -9)`,
  ],
  "a posting in two assets that only sums to zero across them": [
    "a_posting_sums_to_zero",
    (sql) => sql`
        insert into entries (transfer, version, asset, account, amount)
        values (${paid}, 1, 'AR', 'custody', 10), (${paid}, 1, 'BTC', 'supply', -10)`,
  ],
  "a posting of no event": [
    "a_posting_is_of_an_event",
    (sql) => sql`
        insert into entries (transfer, version, asset, account, amount)
        values (${paid}, 99, 'AR', 'custody', 1), (${paid}, 99, 'AR', 'supply', -1)`,
  ],
  "an unknown account": [
    "an_account_is_on_the_list",
    (sql) => sql`
        insert into entries (transfer, version, asset, account, amount)
        values (${paid}, 1, 'AR', 'custody', 1), (${paid}, 1, 'AR', 'pocket', -1)`,
  ],
  "paid without a transaction": [
    "paid_names_its_transaction",
    (sql) => sql`
        update transfers set transaction = null, version = version + 1 where number = ${paid}`,
  ],
  "a state outside the list": [
    "a_state_is_on_the_list",
    (sql) => sql`
        update transfers set state = 'lost', version = version + 1 where number = ${ready}`,
  ],
  "signing without a slot": [
    "a_slot_is_held_from_plan_to_settlement",
    (sql) => sql`
        update transfers set state = 'signing', version = version + 1 where number = ${ready}`,
  ],
  "a slot that is held before a plan": [
    "a_slot_is_held_from_plan_to_settlement",
    (sql) => sql`
        update transfers set slot = 'the slot', version = version + 1 where number = ${ready}`,
  ],
  "a version that stays": [
    "a_version_only_goes_up",
    (sql) => sql`update transfers set fee = 0 where number = ${ready}`,
  ],
  "a version that goes back": [
    "a_version_only_goes_up",
    (sql) => sql`update transfers set version = version - 1 where number = ${ready}`,
  ],
  "an amount of nothing": [
    "an_amount_is_positive",
    (sql) => sql`update sightings set amount = 0 where number = ${ready}`,
  ],
  "another identity for a sighting": [
    "a_sighting_keeps_its_identity",
    (sql) => sql`update sightings set id = 'arweave:other:0' where number = ${ready}`,
  ],
  "changing an event": [
    "history_is_never_rewritten",
    (sql) => sql`update events set body = '{}' where transfer = ${paid}`,
  ],
  "deleting an event": [
    "history_is_never_rewritten",
    (sql) => sql`delete from events where transfer = ${paid}`,
  ],
  "emptying the history": ["history_is_never_rewritten", (sql) => sql`truncate events cascade`],
  "changing an entry": [
    "books_are_never_rewritten",
    (sql) => sql`update entries set amount = amount * 2`,
  ],
  "deleting an entry": ["books_are_never_rewritten", (sql) => sql`delete from entries`],
  "emptying the books": ["books_are_never_rewritten", (sql) => sql`truncate entries`],
  "deleting a transfer": ["a_transfer_is_never_lost", (sql) => sql`delete from transfers`],
  "deleting a sighting": ["a_sighting_is_never_lost", (sql) => sql`delete from sightings`],
  "deleting a plan": ["a_plan_is_never_lost", (sql) => sql`delete from plans`],
  "other payouts in a plan": [
    "a_plan_never_changes",
    (sql) => sql`update plans set payouts = '[]' where id = ${plan}`,
  ],
  "other signed bytes": [
    "signed_bytes_never_change",
    (sql) => sql`update plans set raw = '\\x03' where id = ${plan}`,
  ],
  "no signed bytes any more": [
    "signed_bytes_never_change",
    (sql) => sql`update plans set raw = null where id = ${plan}`,
  ],
  "a landed plan that is open again": [
    "a_closed_plan_stays_closed",
    (sql) => sql`update plans set state = 'signed' where id = ${plan}`,
  ],
}

for (const [what, [claim, write]] of Object.entries(refusals))
  test(`the database refuses ${what}`, async () => {
    await expect(write(sql)).rejects.toMatchObject({ constraint_name: claim })
  })

test("the database knows the states of the core", async () => {
  const [row] = await sql<{ definition: string }[]>`
    select pg_get_constraintdef(oid) as definition
    from pg_constraint where conname = 'a_state_is_on_the_list'`
  const states = [...row!.definition.matchAll(/'([a-z]+)'::text/g)].map(([, state]) => state)
  expect(states.sort()).toEqual([...STATES].sort())
})
