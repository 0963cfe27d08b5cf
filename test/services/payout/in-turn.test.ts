// Orders to plan that come at once: what is ready is judged and planned once, and every order is done.

import { expect, test } from "vitest"
import { planner } from "../../../services/payout/plan.ts"
import type { StoredTransfer } from "../../../services/store/transfers.ts"
import { aSighting } from "../../builders.ts"
import { testDatabase } from "../../database.ts"
import { aPayer, arrive, now, orders } from "./world.ts"

test("orders to plan that come at once judge no transfer twice, and leave none behind", async () => {
  const { sql } = await testDatabase()
  const judged: string[] = []
  const screen = {
    allowed: async (ready: readonly StoredTransfer[]) => {
      judged.push(...ready.map(({ id }) => id))
      return ready
    },
    frozen: async () => [],
    vouchers: async () => [],
  }
  const payer = { ...aPayer(sql, "ao"), screen }
  const plan = planner(payer)
  const first: string[] = []
  for (let n = 0; n < 3; n++) first.push(await arrive(sql, aSighting()))
  const rows = await orders(sql, "plan")

  const planning = rows.map((row) => plan([row]))
  const late = await arrive(sql, aSighting())
  await Promise.all([...planning, plan(await orders(sql, "plan"))])

  expect(judged.toSorted()).toEqual([...first, late].toSorted())
  for (const id of judged) expect((await now(sql, id as never)).state).toBe("signing")
  expect(await orders(sql, "plan")).toEqual([])
})
