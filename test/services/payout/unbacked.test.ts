// A chain that takes back what was paid for: the loss is shown, and what is left is paid and no more.

import { beforeEach, expect, test } from "vitest"
import type { TransferId } from "../../../core/ids.ts"
import { planner } from "../../../services/payout/plan.ts"
import { advance } from "../../../services/store/advance.ts"
import * as blocks from "../../../services/store/blocks.ts"
import { pauses, resume } from "../../../services/store/controls.ts"
import type { Sql } from "../../../services/store/database.ts"
import { holdbacksOf } from "../../../services/store/holdbacks.ts"
import { balancesNow } from "../../../services/store/ledger.ts"
import { unbackedNow } from "../../../services/store/unbacked.ts"
import { vanishedFact } from "../../../services/watchers/facts.ts"
import { aBlock, aBurn, aSighting, settled } from "../../builders.ts"
import { idNumber } from "../../chains/builders.ts"
import { testDatabase } from "../../database.ts"
import { aPayer, arrive, now, orders } from "./world.ts"

let sql: Sql
let count = 0
beforeEach(async () => {
  sql = (await testDatabase()).sql
})

const FEE = 1_000n
const deposit = async (amount: bigint) => {
  const id = `arweave:${idNumber(++count)}:0` as TransferId
  await arrive(sql, aSighting({ id, amount }))
  await planner(aPayer(sql, "ao"))(await orders(sql, "plan"))
  await advance(sql, [{ transfer: id, key: "Settled", event: settled(idNumber(++count)) }])
  return id
}
const burn = (amount: bigint) =>
  arrive(sql, aBurn({ id: `ao:${idNumber(++count)}:0` as TransferId, amount: amount + FEE }))
const takeBack = async (id: TransferId) => {
  const transfer = await now(sql, id)
  await advance(sql, [vanishedFact(transfer, transfer.block)!])
}

// Case 27.
test("what was minted for is unbacked from the moment its deposit is gone, and the chain stands", async () => {
  const [kept, gone] = [await deposit(6_000_000n), await deposit(4_000_000n)]
  expect([...(await unbackedNow(sql))]).toEqual([])

  await takeBack(gone)

  expect([...(await unbackedNow(sql))]).toEqual([["AR", 4_000_000n]])
  expect((await pauses(sql)).map(({ chain, reason }) => [chain, reason])).toEqual([
    ["arweave", "source-vanished"],
    ["arweave", "source-vanished"],
  ])
  expect((await now(sql, kept)).state).toBe("paid")
})

test("after people have resumed, burns are paid up to what is left; who is beyond it waits and is told why", async () => {
  await deposit(6_000_000n)
  await takeBack(await deposit(4_000_000n))
  for (const direction of ["in", "out"] as const)
    await resume(sql, { chain: "arweave", direction, by: "two operators" })
  const { custody } = await balancesNow(sql, "AR")
  const left = custody - 4_000_000n
  const ids = [await burn(left - 1_000_000n), await burn(2_000_000n), await burn(500_000n)]

  await planner(aPayer(sql, "arweave"))(await orders(sql, "plan"))

  const states = await Promise.all(ids.map(async (id) => (await now(sql, id)).state))
  expect(states).toEqual(["signing", "ready", "signing"])
  const held = await holdbacksOf(sql, ids)
  expect([...held.values()].map(({ transfer, rule }) => [transfer, rule])).toEqual([
    [ids[1], "unbacked"],
  ])
})

test("a deposit that is mined again is backed again, and what nobody lost stands in no way", async () => {
  const gone = await deposit(4_000_000n)
  await takeBack(gone)
  const head = await blocks.head(sql, "arweave")
  const next = { ...aBlock(101), parent: head!.id, sightings: [gone], settlements: [] }

  await advance(sql, [], { blocks: { chain: "arweave", head, append: [next] } })

  expect([...(await unbackedNow(sql))]).toEqual([])
})

// Signers count nothing that is gone: a mint that stated it would never be signed, nor any other of its asset.
test("a mint states only what its chain has not taken back", async () => {
  const [, gone] = [await deposit(6_000_000n), await deposit(4_000_000n)]
  await takeBack(gone)
  for (const direction of ["in", "out"] as const)
    await resume(sql, { chain: "arweave", direction, by: "two operators" })
  const payer = aPayer(sql, "ao")
  const { terms } = payer.connection
  const stated: unknown[] = []
  payer.connection.terms = (payouts, attempt, locks) => {
    stated.push(locks)
    return terms.call(payer.connection, payouts, attempt, locks)
  }
  await arrive(
    sql,
    aSighting({ id: `arweave:${idNumber(++count)}:0` as TransferId, amount: 1_000_000n }),
  )

  await planner(payer)(await orders(sql, "plan"))

  expect(stated).toEqual([{ AR: 7_000_000n }])
})
