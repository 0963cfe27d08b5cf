// What the screener makes of what is final: it goes through, waits, or goes back, and each is on record.

import { expect, test } from "vitest"
import type { Transfer } from "../../core/transfer.ts"
import { changesFor, screener } from "../../services/screener/screener.ts"
import { advance } from "../../services/store/advance.ts"
import type { Sql } from "../../services/store/database.ts"
import { takeRows } from "../../services/store/outbox.ts"
import { findTransfer, historyOf } from "../../services/store/transfers.ts"
import { aPolicy, aSighting, aTransfer, seen } from "../builders.ts"
import { testDatabase } from "../database.ts"

const policy = aPolicy()
const AR = 10n ** 12n

const eventsFor = (parts: Partial<Transfer>) =>
  changesFor(policy, aTransfer("confirmed", parts), null).map(({ event }) => event)

test.each<[string, Partial<Transfer>, object[]]>([
  ["goes through when nothing is wrong with it", {}, [{ kind: "Cleared" }]],
  ["waits when it is too much", { amount: 1_001n * AR }, [{ kind: "Flagged", reason: "over-cap" }]],
  [
    "goes back when it is too little",
    { amount: AR / 20n },
    [
      { kind: "Flagged", reason: "below-minimum" },
      { kind: "Redirected", by: ["policy"], fee: AR / 100n },
    ],
  ],
  [
    "goes back when it names nobody",
    { amount: AR, recipient: null, problem: "ambiguous-recipient" },
    [
      { kind: "Flagged", reason: "ambiguous-recipient" },
      { kind: "Redirected", by: ["policy"], fee: AR / 100n },
    ],
  ],
  [
    "waits when it would go back to nobody",
    { amount: AR / 20n, refundTo: "" },
    [{ kind: "Flagged", reason: "below-minimum" }],
  ],
  [
    "waits when its refund would cost all of it",
    { amount: AR / 100n },
    [{ kind: "Flagged", reason: "not-enough-to-pay-fees" }],
  ],
  [
    "waits when nobody set limits for it",
    { asset: "ETH" },
    [{ kind: "Flagged", reason: "not-supported" }],
  ],
])("a deposit %s", (_, parts, events) => {
  expect(eventsFor({ amount: AR, ...parts })).toEqual(events)
})

/** Deposits that are final, and the orders to screen them. */
async function finals(sql: Sql, ...amounts: bigint[]) {
  const sightings = amounts.map((amount) => aSighting({ amount }))
  for (const sighting of sightings)
    await advance(sql, [
      { transfer: sighting.id, key: "Seen", event: seen(sighting) },
      { transfer: sighting.id, key: "Confirmed", event: { kind: "Confirmed" } },
    ])
  const orders = (await takeRows(sql, 100)).filter(({ kind }) => kind === "screen")
  return { ids: sightings.map(({ id }) => id), orders }
}

test("orders are done in the commit that decides, each transfer by itself", async () => {
  const { sql } = await testDatabase()
  const { ids, orders } = await finals(sql, AR, 2_000n * AR, AR / 20n)
  const screen = screener(sql, policy, null)

  await screen(orders)

  const all = await Promise.all(ids.map((id) => findTransfer(sql, id)))
  expect(all.map((one) => one?.state)).toEqual(["ready", "held", "ready"])
  expect(all.map((one) => one?.refund)).toEqual([false, false, true])
  const left = await sql`select from outbox where kind = 'screen'`
  expect(left).toHaveLength(0)
})

test("an order that comes twice, or late, decides nothing again", async () => {
  const { sql } = await testDatabase()
  const { ids, orders } = await finals(sql, AR)
  const [id] = ids
  const screen = screener(sql, policy, null)

  await screen(orders)
  await screen(orders)
  await advance(sql, [{ transfer: id!, key: "later", event: { kind: "Vanished" } }])
  await screen(orders)

  expect((await findTransfer(sql, id!))?.state).toBe("dropped")
  const kinds = (await historyOf(sql, id!)).map(({ event }) => event.kind)
  expect(kinds).toEqual(["Seen", "Confirmed", "Cleared", "Vanished"])
})
