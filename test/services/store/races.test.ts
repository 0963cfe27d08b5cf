// Many at once, and the same again and again: the store comes out as if one had done it once.

import fc from "fast-check"
import { beforeEach, expect, test } from "vitest"
import type { TransferId } from "../../../core/ids.ts"
import { isBalanced } from "../../../core/ledger.ts"
import { payoutOf } from "../../../core/payout.ts"
import type { Sighting, TransferEvent } from "../../../core/transfer.ts"
import { advance, type Change } from "../../../services/store/advance.ts"
import type { Sql } from "../../../services/store/database.ts"
import { balancesNow, balancesRecounted, owedNow } from "../../../services/store/ledger.ts"
import { findTransfer, historyOf, transfersById } from "../../../services/store/transfers.ts"
import { aBurn, anId, aSighting, pathTo, seen, settled } from "../../builders.ts"
import { testDatabase } from "../../database.ts"

let sql: Sql

beforeEach(async () => {
  sql = (await testDatabase()).sql
})

async function arrive(sighting: Sighting, state: "confirmed" | "held" | "ready"): Promise<void> {
  await advance(
    sql,
    pathTo(state, sighting).map((event) => ({ transfer: sighting.id, key: event.kind, event })),
  )
}

/** The plan that a minter makes of a transfer as it read it. */
async function plannedBy(who: string, id: TransferId): Promise<Change> {
  const transfer = await findTransfer(sql, id)
  const plan = `plan of ${who}`
  return {
    transfer: id,
    key: `planned ${plan}`,
    version: transfer!.version,
    event: { kind: "Planned", slot: `slot of ${who}`, plan },
    plan: {
      id: plan,
      chain: "ao",
      payouts: [payoutOf(transfer!)],
      terms: {},
      attempt: 0,
      messages: [new Uint8Array([1])],
      slots: new Map([[id, `slot of ${who}`]]),
    },
  }
}

// Case 103.
test("two minters with the same transfer make one plan", async () => {
  const sighting = aSighting()
  await arrive(sighting, "ready")
  const changes = await Promise.all(["a", "b", "c"].map((who) => plannedBy(who, sighting.id)))

  const outcomes = await Promise.all(changes.map((change) => advance(sql, [change])))

  const kinds = outcomes.flat().map(({ kind }) => kind)
  expect(kinds.sort()).toEqual(["applied", "stale", "stale"])
  expect(await sql`select from plans`).toHaveLength(1)
  expect(await sql`select from slots`).toHaveLength(1)
})

// Case 106.
test("one approval that is replayed a thousand times has one effect", async () => {
  const sighting = aSighting()
  await arrive(sighting, "held")
  const event: TransferEvent = { kind: "Approved", by: ["operator 1", "operator 2"] }
  const approval: Change = { transfer: sighting.id, key: "approval 1", event }

  const calls = Array.from({ length: 20 }, () =>
    advance(
      sql,
      Array.from({ length: 50 }, () => approval),
    ),
  )
  const kinds = (await Promise.all(calls)).flat().map(({ kind }) => kind)

  expect(kinds.filter((kind) => kind === "applied")).toHaveLength(1)
  expect(kinds.filter((kind) => kind === "known")).toHaveLength(999)
  expect(await sql`select from outbox where kind = 'plan'`).toHaveLength(1)
})

// Case 108.
test("of a refund and a mint that race for one deposit, exactly one wins", async () => {
  const sighting = aSighting()
  await arrive(sighting, "held")
  const version = (await findTransfer(sql, sighting.id))!.version
  const events: TransferEvent[] = [
    { kind: "Approved", by: ["a", "b"] },
    { kind: "Redirected", by: ["b", "c"], fee: 5n },
  ]

  const outcomes = await Promise.all(
    events.map((event) =>
      advance(sql, [{ transfer: sighting.id, key: event.kind, event, version }]),
    ),
  )

  const kinds = outcomes.flat().map(({ kind }) => kind)
  expect(kinds.sort()).toEqual(["applied", "stale"])
  const transfer = await findTransfer(sql, sighting.id)
  const won = (await historyOf(sql, sighting.id)).at(-1)!.event.kind
  expect(transfer?.refund).toBe(won === "Redirected")
})

// Invariants 1 and 2, whatever happens in whatever order, by one process or several.
test("the books agree with the transfers after any walk", async () => {
  const sightings = Array.from({ length: 12 }, (_, at) => (at % 2 ? aBurn() : aSighting()))
  const anEvent = fc.constantFrom<(sighting: Sighting, salt: number) => TransferEvent>(
    (sighting) => seen(sighting, 10n),
    () => ({ kind: "Confirmed" }),
    () => ({ kind: "Cleared" }),
    () => ({ kind: "Flagged", reason: "over-cap" }),
    () => ({ kind: "Approved", by: ["a", "b"] }),
    () => ({ kind: "Redirected", by: ["a", "b"], fee: 7n }),
    () => ({ kind: "Vanished" }),
    () => ({ kind: "Died", reason: "slot-expired" }),
    (_, salt) => settled(anId(`payout ${salt}`), 3n),
  )
  const aStep = fc.tuple(fc.nat(sightings.length - 1), anEvent, fc.nat())
  let count = 0

  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(aStep, { minLength: 10, maxLength: 30, size: "max" }), {
        ...{ minLength: 1, maxLength: 4, size: "max" },
      }),
      async (processes) => {
        const before = await transfersById(
          sql,
          sightings.map(({ id }) => id),
        )
        const calls = processes.map((steps) =>
          steps.flatMap(([at, eventOf, salt]): Change[] => {
            const sighting = sightings[at]!
            const event = eventOf(sighting, salt)
            // A second payout stops the bridge; that is another test.
            if (event.kind === "Settled" && before.get(sighting.id)?.state !== "signing") return []
            return [{ transfer: sighting.id, key: `${event.kind} ${count++}`, event }]
          }),
        )
        await Promise.allSettled(calls.map((changes) => advance(sql, changes)))
        for (const { id, state, version } of before.values())
          if (state === "ready" && version % 3 > 0)
            await advance(sql, [await plannedBy(`minter ${id} ${version}`, id)])

        const balances = await balancesNow(sql, "AR")
        expect(isBalanced(balances)).toBe(true)
        expect(balances.pending).toBe(await owedNow(sql, "AR"))
        expect(balances).toEqual(await balancesRecounted(sql, "AR"))
      },
    ),
    { numRuns: 40 },
  )

  const kinds = await sql<{ kind: string }[]>`select distinct body ->> 'kind' as kind from events`
  expect(kinds.length).toBeGreaterThan(7)
})
