// Coins that do not suffice for one payout are no reason to keep smaller ones waiting; for an hour.

import { beforeEach, expect, test } from "vitest"
import { CHAIN_OF } from "../../../chains/index.ts"
import type { Payout } from "../../../core/payout.ts"
import { planner } from "../../../services/payout/plan.ts"
import type { Sql } from "../../../services/store/database.ts"
import { openPlans } from "../../../services/store/plans.ts"
import { aBurn, anId } from "../../builders.ts"
import { REFUND_TO } from "../../chains/bitcoin/builders.ts"
import { aRichWorld, deployment } from "../../chains/bitcoin/world.ts"
import { testDatabase } from "../../database.ts"
import { aPayer, arrive, orders } from "./world.ts"

let sql: Sql
beforeEach(async () => {
  sql = (await testDatabase()).sql
})

let count = 0
async function aReadyBurn(amount: bigint) {
  const id = `ao-btc:${anId(`burn ${count++}`)}:1` as const
  const sides = { asset: "BTC", source: "ao-btc", target: "bitcoin" } as const
  await arrive(sql, aBurn({ id, ...sides, recipient: REFUND_TO, amount, fee: 1_000n }))
  return id
}

/** Plans with coins of 300,000 and 310,000; the amounts that were planned, and what was thrown. */
async function plan() {
  const { connection } = await aRichWorld(300_000n, 310_000n)
  const payer = { ...aPayer(sql, "bitcoin"), chain: CHAIN_OF.bitcoin!, connection, deployment }
  const rows = await orders(sql, "plan")
  const thrown = await planner(payer)(rows).then(
    () => "nothing",
    (error: { code: string }) => error.code,
  )
  const plans = await openPlans(sql, "bitcoin", 0)
  const amounts = plans.map(({ payouts }) => payouts.map((one: Payout) => one.amount).sort())
  return { thrown, amounts }
}

test("what the coins suffice for is paid, and the greater one waits for others to come back", async () => {
  await aReadyBurn(900_000n)
  await aReadyBurn(101_000n)
  await aReadyBurn(121_000n)

  expect(await plan()).toEqual({ thrown: "not-yet", amounts: [[100_000n], [120_000n]] })
})

test("one that has waited for an hour is not overtaken any more", async () => {
  await aReadyBurn(900_000n)
  await aReadyBurn(101_000n)
  await sql`update transfers set changed_at = now() - interval '61 minutes', version = version + 1`

  expect(await plan()).toEqual({ thrown: "not-yet", amounts: [] })
})

test("all share a transaction while the coins suffice", async () => {
  await aReadyBurn(301_000n)
  await aReadyBurn(121_000n)

  expect(await plan()).toEqual({ thrown: "nothing", amounts: [[120_000n, 300_000n]] })
})
