// What a database's clock that ran ahead has written is neither forgotten nor left alone when it is right again.

import { beforeEach, expect, test } from "vitest"
import { advance } from "../../../services/store/advance.ts"
import type { Sql } from "../../../services/store/database.ts"
import { sweepRows, takeRows } from "../../../services/store/outbox.ts"
import { type NewPlan, openPlans, unsignedPlans } from "../../../services/store/plans.ts"
import { aSighting, pathTo } from "../../builders.ts"
import { aPayout } from "../../chains/builders.ts"
import { testDatabase } from "../../database.ts"

let sql: Sql
beforeEach(async () => {
  sql = (await testDatabase()).sql
})

/** As it is when the clock ran a day ahead until this moment. */
const dayAhead = async (table: string, column: string) => {
  await sql`update ${sql(table)} set ${sql(column)} = ${sql(column)} + interval '1 day'`
}

// Case 144.
test("an order that was handed out by it is swept like any other", async () => {
  const one = aSighting()
  await advance(
    sql,
    pathTo("confirmed", one).map((event) => ({ transfer: one.id, key: event.kind, event })),
  )
  expect(await takeRows(sql, 10)).toHaveLength(1)
  expect(await sweepRows(sql, 20_000), "its time has not come").toBe(0)

  await dayAhead("outbox", "handed_at")

  expect(await sweepRows(sql, 20_000)).toBe(1)
})

// Case 144.
test("a plan that was made by it has its coins, is looked after, and holds up no others", async () => {
  const one = aSighting()
  const events = pathTo("signing", one)
  const payout = aPayout("ao", { transfer: one.id })
  await advance(
    sql,
    events.map((event) => {
      const at = { transfer: one.id, key: event.kind, event }
      if (event.kind !== "Planned") return at
      const plan: NewPlan = {
        ...{ id: event.plan, chain: "ao", payouts: [payout], terms: {}, attempt: 0, turn: null },
        ...{ slots: new Map([[one.id, event.slot]]), messages: [new Uint8Array([1])] },
      }
      return { ...at, plan }
    }),
  )
  const mine = (plans: readonly { id: string }[]) => plans.map(({ id }) => id)
  const { plan } = events.find((event) => event.kind === "Planned")!
  expect(mine(await openPlans(sql, "ao", 0))).toEqual([plan])
  expect(await openPlans(sql, "ao", 30_000), "it is young").toEqual([])
  expect(await unsignedPlans(sql, "ao", 30_000)).toBe(1)

  // Set back by a little: a plan that is not seen would have its coins taken by the next one.
  await sql`update plans set planned_at = planned_at + interval '30 seconds'`
  expect(mine(await openPlans(sql, "ao", 0))).toEqual([plan])

  await dayAhead("plans", "planned_at")

  expect(mine(await openPlans(sql, "ao", 0))).toEqual([plan])
  expect(mine(await openPlans(sql, "ao", 30_000))).toEqual([plan])
  expect(await unsignedPlans(sql, "ao", 30_000)).toBe(0)
})
