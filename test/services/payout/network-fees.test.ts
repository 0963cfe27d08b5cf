// What the network asks for a payout is paid out of fees alone: what is dearer waits, and goes on by itself.

import { beforeEach, expect, test } from "vitest"
import type { Terms } from "../../../chains/chain.ts"
import type { TransferId } from "../../../core/ids.ts"
import { lookAfter } from "../../../services/payout/broadcast.ts"
import { planner } from "../../../services/payout/plan.ts"
import { signer } from "../../../services/payout/sign.ts"
import { advance } from "../../../services/store/advance.ts"
import type { Sql } from "../../../services/store/database.ts"
import { holdBack, holdbacksOf } from "../../../services/store/holdbacks.ts"
import { balancesNow } from "../../../services/store/ledger.ts"
import { openPlans } from "../../../services/store/plans.ts"
import { aBurn, anId, aSighting, settled } from "../../builders.ts"
import { idNumber } from "../../chains/builders.ts"
import { testDatabase } from "../../database.ts"
import { aPayer, arrive, now, orders, type Payers } from "./world.ts"

let sql: Sql
let payer: Payers
let price = 0n
let count = 0
beforeEach(async () => {
  sql = (await testDatabase()).sql
  payer = aPayer(sql, "arweave")
  const terms = payer.connection.terms.bind(payer.connection)
  payer.connection.terms = async (...asked): Promise<Terms> => {
    return { ...(await terms(...asked)), reward: `${price}` }
  }
})

/** What a burn is charged. */
const FEE = 1_000n
const burn = () => arrive(sql, aBurn({ id: `ao:${idNumber(++count)}:0` as TransferId }))
const plan = async () => planner(payer)(await orders(sql, "plan"))
const statesOf = (ids: readonly TransferId[]) =>
  Promise.all(ids.map(async (id) => (await now(sql, id)).state))
const later = () => sql`update holdbacks set release_at = now() - interval '1 second'`

/** A mint that was paid: its fee is the bridge's. */
async function earn(): Promise<bigint> {
  const id = `arweave:${idNumber(++count)}:0` as TransferId
  await arrive(sql, aSighting({ id }))
  await planner(aPayer(sql, "ao"))(await orders(sql, "plan"))
  await advance(sql, [{ transfer: id, key: "Settled", event: settled(idNumber(++count)) }])
  return (await balancesNow(sql, "AR")).fees
}

// Case 7
test("a payout that the network takes more for than fees pay for waits, says why, and goes on when that falls", async () => {
  const id = await burn()
  price = FEE + 1n

  await plan()

  expect(await statesOf([id])).toEqual(["ready"])
  const held = await holdbacksOf(sql, [id])
  expect(held.get(id)).toMatchObject({ rule: "network-fee" })
  expect(await openPlans(sql, "arweave", 0)).toEqual([])

  price = FEE
  await later()
  await plan()
  expect(await statesOf([id])).toEqual(["signing"])
})

test("what others were charged and did not cost pays for it, once", async () => {
  const reserve = await earn()
  expect(reserve).toBeGreaterThan(0n)
  const ids = [await burn(), await burn()]
  price = FEE + reserve

  await plan()
  expect((await statesOf(ids)).sort()).toEqual(["ready", "signing"])

  // The other one is not planned by what is promised already.
  await later()
  await plan()
  expect((await statesOf(ids)).sort()).toEqual(["ready", "signing"])
})

test("two who plan at once do not spend the same reserve", async () => {
  const reserve = await earn()
  price = FEE + reserve
  const first = await burn()
  const rows = await orders(sql, "plan")
  const other = aPayer(sql, "arweave")
  other.connection.terms = payer.connection.terms
  const second = anId("who comes later")
  payer.connection.meanwhile = async () => {
    payer.connection.meanwhile = async () => {}
    // Another process, which has only the second one to plan: by the same books as this one.
    await holdBack(sql, new Map([[first, { atMs: Date.now() + 60_000, rule: "day" }]]))
    await arrive(sql, aBurn({ id: `ao:${second}:0` as TransferId }))
    await planner(other)(await orders(sql, "plan"))
  }

  const late = planner(payer)(rows)

  await expect(late).rejects.toThrow("stale-version")
  expect(await statesOf([first, `ao:${second}:0` as TransferId])).toEqual(["ready", "signing"])
  await later()
  await plan()
  expect(await statesOf([first])).toEqual(["ready"])
})

test("what was spent beyond fees before keeps nobody waiting who pays for himself", async () => {
  const [first] = [await burn()]
  price = FEE
  await plan()
  const event = settled(idNumber(++count), 9_000n)
  await advance(sql, [{ transfer: first, key: "Settled", event }])
  expect((await balancesNow(sql, "AR")).fees).toBeLessThan(0n)
  const second = await burn()

  await plan()

  expect(await statesOf([first, second])).toEqual(["paid", "signing"])
})

test("one that is outbid goes out as it is while fees pay for no dearer one", async () => {
  const id = await burn()
  price = FEE
  await plan()
  await signer(payer)(await orders(sql, "sign"))
  payer.connection.isOutbid = async () => true
  price = FEE + 1n

  await lookAfter(payer, 0)

  expect(await openPlans(sql, "arweave", 0)).toHaveLength(1)
  expect(payer.connection.submitted).toHaveLength(1)
  expect((await now(sql, id)).state).toBe("sent")
})
