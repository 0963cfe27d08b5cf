// Whom a payout in coins pays: no more than one transfer may be, and no less than its coins suffice for while others wait.

import { beforeEach, expect, test } from "vitest"
import { CHAIN_OF } from "../../../chains/index.ts"
import type { Payout } from "../../../core/payout.ts"
import { planner } from "../../../services/payout/plan.ts"
import type { Sql } from "../../../services/store/database.ts"
import { openPlans } from "../../../services/store/plans.ts"
import { aBurn, anId, aPolicy } from "../../builders.ts"
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
async function plan(cap = 10_000_000n) {
  const { connection } = await aRichWorld(300_000n, 310_000n)
  const limits = [{ ...aPolicy().limits[0]!, asset: "BTC", source: "ao-btc", cap }] as const
  const bitcoin = { chain: CHAIN_OF.bitcoin!, connection, deployment, limits }
  const payer = { ...aPayer(sql, "bitcoin"), ...bitcoin }
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

// A signer's cap of one signature holds the greatest transfer, or nobody would ever be paid that.
test("what shares a transaction is no more than one transfer may be", async () => {
  await aReadyBurn(101_000n)
  await aReadyBurn(121_000n)
  await aReadyBurn(131_000n)

  expect(await plan(230_000n)).toEqual({
    ...{ thrown: "nothing", amounts: [[100_000n, 120_000n], [130_000n]] },
  })
})

test("one that is more than that, and was approved, is paid by itself", async () => {
  await aReadyBurn(251_000n)
  await aReadyBurn(101_000n)

  expect(await plan(230_000n)).toEqual({ thrown: "nothing", amounts: [[250_000n], [100_000n]] })
})
