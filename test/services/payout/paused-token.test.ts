// A token that its guardian has paused: no mint is signed for it that it would refuse, and all are when it goes on.

import { expect, test } from "vitest"
import type { NextOrder } from "../../../chains/vault.ts"
import { BridgeError } from "../../../core/errors.ts"
import { planner } from "../../../services/payout/plan.ts"
import { advance } from "../../../services/store/advance.ts"
import { aSighting } from "../../builders.ts"
import { testDatabase } from "../../database.ts"
import { aPayer, arrive, now, orders } from "./world.ts"

test("a mint that was refused for a pause is made anew when the token has gone on, not before", async () => {
  const { sql } = await testDatabase()
  let paused = "mint,burn"
  let asked = 0
  const payer = aPayer(sql, "ao")
  const nextOrder = async (): Promise<NextOrder> => {
    asked += 1
    if (paused === "") throw new BridgeError("not-supported", { why: "it is too old" })
    return { key: "", number: 0, stopped: { pauses: 1, paused, guardian: "" } }
  }
  const plan = planner(
    Object.assign({ ...payer }, { connection: Object.assign(payer.connection, { nextOrder }) }),
  )
  const refused = async () => {
    const id = await arrive(sql, aSighting())
    await plan(await orders(sql, "plan"))
    const { plan: planned, slot } = await now(sql, id)
    expect(slot).not.toBeNull()
    for (const event of [
      { kind: "Signed", transaction: `mint of ${id}` },
      { kind: "Died", reason: "mint-paused" },
    ] as const)
      await advance(sql, [{ transfer: id, key: `${event.kind} ${planned}`, event }])
    return id
  }
  const first = await refused()
  // Whoever was never refused has nobody ask.
  expect(asked).toBe(0)

  await expect(plan(await orders(sql, "plan"))).rejects.toMatchObject({ code: "not-yet" })
  expect((await now(sql, first)).state).toBe("ready")

  paused = "burn"
  await plan(await orders(sql, "plan"))
  expect((await now(sql, first)).state).toBe("signing")

  // Older tokens say nothing, and are tried.
  paused = ""
  const second = await refused()
  await plan(await orders(sql, "plan"))
  expect((await now(sql, second)).state).toBe("signing")
})
