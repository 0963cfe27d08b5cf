// The limits of a day at the planner: what is over them waits until a time that is told, and goes on by itself.

import { beforeEach, expect, test } from "vitest"
import type { Governor } from "../../../core/governor.ts"
import type { TransferId } from "../../../core/ids.ts"
import { flowReader } from "../../../services/api/flows.ts"
import { waitingOf } from "../../../services/api/waiting.ts"
import { planner } from "../../../services/payout/plan.ts"
import { advance } from "../../../services/store/advance.ts"
import type { Sql } from "../../../services/store/database.ts"
import { flowsOf, holdbacksOf } from "../../../services/store/holdbacks.ts"
import { takeRows } from "../../../services/store/outbox.ts"
import { openPlans } from "../../../services/store/plans.ts"
import { aBurn, aPolicy } from "../../builders.ts"
import { deployment, idNumber } from "../../chains/builders.ts"
import { testDatabase } from "../../database.ts"
import { aPayer, arrive, now, orders } from "./world.ts"

const HOUR = 3_600_000
const governor: Governor = {
  delayMs: 6 * HOUR,
  windows: [{ asset: "AR", target: "arweave", day: 10_000_000n, large: 8_000_000n }],
  worth: null,
}

let sql: Sql
let count = 0
beforeEach(async () => {
  sql = (await testDatabase()).sql
})

const aBridge = () => ({ ...aPayer(sql, "arweave"), governor })
/** Of so many millions, and the fee of a thousand. */
const burn = (millions: number, parts = {}) =>
  arrive(
    sql,
    aBurn({
      ...{ amount: BigInt(millions) * 1_000_000n + 1_000n },
      ...{ recipient: idNumber(++count), sender: idNumber(1_000 + count), ...parts },
    }),
  )
const statesOf = async (ids: readonly TransferId[]) =>
  Promise.all(ids.map(async (id) => (await now(sql, id)).state))
/** As if everything had happened so much earlier. */
const later = async (hours: number) => {
  await sql`update slots set taken_at = taken_at - ${hours}::int * interval '1 hour'`
  await sql`update transfers set version = version + 1,
    changed_at = changed_at - ${hours}::int * interval '1 hour' where state = 'ready'`
  await sql`update holdbacks set release_at = release_at - ${hours}::int * interval '1 hour'`
}

// Cases 124 and 126.
test("what does not fit into the day waits until it does, without an order that anybody runs meanwhile", async () => {
  const payer = aBridge()
  const ids = [await burn(6), await burn(5), await burn(3)]

  await planner(payer)(await orders(sql, "plan"))

  expect(await statesOf(ids)).toEqual(["signing", "ready", "signing"])
  const { releaseAt, rule } = (await holdbacksOf(sql, ids)).get(ids[1]!)!
  expect(rule).toBe("day")
  expect(Math.abs(releaseAt.getTime() - Date.now() - 24 * HOUR)).toBeLessThan(60_000)
  expect((await takeRows(sql, 100)).filter(({ kind }) => kind === "plan")).toEqual([])

  await later(24)
  const rows = (await takeRows(sql, 100)).filter(({ kind }) => kind === "plan")
  expect(rows.map(({ transfer }) => transfer)).toEqual([ids[1]])
  await planner(payer)(rows)

  expect(await statesOf(ids)).toEqual(["signing", "signing", "signing"])
  expect(await orders(sql, "plan")).toEqual([])
})

test("whoever waits is told until when, and by which limit", async () => {
  const payer = aBridge()
  const id = await burn(8)

  await planner(payer)(await orders(sql, "plan"))

  const transfer = await now(sql, id)
  const holdback = (await holdbacksOf(sql, [id])).get(id)!
  const context = { deployment, policy: aPolicy(), heights: {}, pauses: [], nowMs: 0 }
  const waiting = waitingOf(transfer, transfer.changedAt, context, null, holdback)
  expect(waiting).toMatchObject({
    for: `its time by the limits of a day: ${holdback.releaseAt.toISOString()}`,
    rule: "what is large, alone or with others of its sender or recipient, waits",
    releaseAt: holdback.releaseAt.toISOString(),
  })
  expect(Math.abs(waiting!.etaMs! - 6 * HOUR)).toBeLessThan(60_000)
})

test("what is told of a day is what was planned in it: read whole, by its last minutes, and whole again", async () => {
  const payer = aPayer(sql, "arweave")
  let nowMs = 0
  const flowsOn = flowReader({ sql, nowMs: () => nowMs })
  const told = async () => {
    const { planned } = await flowsOn("arweave")
    return planned.reduce((sum, { amount }) => sum + amount, 0n)
  }
  const truth = async () => {
    const { planned } = await flowsOf(sql, "arweave")
    return planned.reduce((sum, { amount }) => sum + amount, 0n)
  }
  const plan = async (...millions: readonly number[]) => {
    for (const one of millions) await burn(one)
    await planner(payer)(await orders(sql, "plan"))
  }
  expect(await told()).toBe(0n)

  await plan(1, 2)
  await later(3)
  await plan(4)
  expect(await told()).toBe(0n)
  nowMs += 3_000
  expect(await told()).toBe(7_000_000n)

  await plan(8)
  nowMs += 3_000
  expect([await told(), await truth()]).toEqual([15_000_000n, 15_000_000n])

  await later(22)
  nowMs += 600_000
  expect([await told(), await truth()]).toEqual([12_000_000n, 12_000_000n])
})

test("what is large in parts of one recipient is delayed like the whole", async () => {
  const payer = aBridge()
  const parts = { recipient: idNumber(77) }
  const ids = [await burn(3, parts), await burn(3, parts), await burn(3, parts)]

  await planner(payer)(await orders(sql, "plan"))

  expect(await statesOf(ids)).toEqual(["signing", "signing", "ready"])
  expect((await holdbacksOf(sql, ids)).get(ids[2]!)!.rule).toBe("large")
})

test("those behind a queue that waits are not kept from being paid", async () => {
  const payer = aBridge()
  const waiting: TransferId[] = []
  for (let n = 0; n < 120; n++) waiting.push(await burn(8))
  const small = await burn(1)

  await planner(payer)(await orders(sql, "plan"))

  expect(await statesOf([small, waiting[0]!, waiting[119]!])).toEqual(["signing", "ready", "ready"])
})

test("a payout that died takes its place again without waiting: it was counted when it was first planned", async () => {
  const payer = aBridge()
  const id = await burn(7)
  await planner(payer)(await orders(sql, "plan"))
  await advance(sql, [
    { transfer: id, key: "died", event: { kind: "Died", reason: "anchor-too-old" } },
  ])
  const other = await burn(4)

  payer.connection.height += 100
  await planner(payer)(await orders(sql, "plan"))

  expect(await statesOf([id, other])).toEqual(["signing", "ready"])
  expect(await openPlans(sql, "arweave", 0)).toHaveLength(1)
})
