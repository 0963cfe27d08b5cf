// A mint that somebody else was quicker with: what the token said of it counts although the books did not know its message.

import { beforeEach, expect, test } from "vitest"
import type { TransferId } from "../../../core/ids.ts"
import { planner } from "../../../services/payout/plan.ts"
import { signer } from "../../../services/payout/sign.ts"
import { advance } from "../../../services/store/advance.ts"
import * as blocks from "../../../services/store/blocks.ts"
import type { Sql } from "../../../services/store/database.ts"
import { aBlock, anId, aSighting } from "../../builders.ts"
import { deployment } from "../../chains/builders.ts"
import { testDatabase } from "../../database.ts"
import { aPayer, arrive, now, onlyPlan, orders, type Payers, Scribe } from "./world.ts"

let sql: Sql
let ao: Payers
beforeEach(async () => {
  sql = (await testDatabase()).sql
  ao = aPayer(sql, "ao")
})

async function planned(count: number): Promise<readonly TransferId[]> {
  const ids: TransferId[] = []
  for (let n = 0; n < count; n++) ids.push(await arrive(sql, aSighting()))
  await planner(ao)(await orders(sql, "plan"))
  return ids
}

/** The same bytes by the same signers, which the token has refused, and the watcher has told while no transfer named them. */
async function refusedBefore(reason: string, without = 0): Promise<void> {
  const { payouts, terms, messages } = await onlyPlan(sql, "ao")
  const { signatures } = await new Scribe().sign({ messages } as never)
  const { id } = ao.chain.codec.seal(payouts, terms, deployment, signatures)
  const transfers = payouts.map(({ transfer }) => transfer).slice(without)
  const refusal = {
    transaction: id,
    transfers,
    outcome: "refused",
    reason,
    networkFee: 0n,
  } as const
  const block = { ...aBlock(7), parent: aBlock(6).id, sightings: [], settlements: [refusal] }
  await advance(sql, [], { blocks: { chain: "ao", head: null, append: [block] } })
  await advance(sql, [], { blocks: { chain: "ao", head: block, settled: 7 } })
}

test("what the token has refused is planned again, though it was refused before it was recorded", async () => {
  const ids = await planned(2)
  ao.cluster.meanwhile = () => refusedBefore("mint-paused")

  await signer(ao)(await orders(sql, "sign"))

  for (const id of ids)
    expect(await now(sql, id)).toMatchObject({ state: "ready", slot: null, reason: "mint-paused" })
  expect(await orders(sql, "sign")).toEqual([])
  expect(await orders(sql, "plan")).toHaveLength(2)
})

test("of a batch that another mint has kept from being minted only those are planned again that it left out", async () => {
  const ids = await planned(2)
  ao.cluster.meanwhile = () => refusedBefore("batch-refused", 1)

  await signer(ao)(await orders(sql, "sign"))

  const states = await Promise.all(ids.map(async (id) => (await now(sql, id)).state))
  expect(states.sort()).toEqual(["ready", "sent"])
})

test("who dies before the token's answer is looked for looks for it again", async () => {
  const [id] = await planned(1)
  const rows = await orders(sql, "sign")
  ao.cluster.meanwhile = () => refusedBefore("mint-paused")
  const plan = await onlyPlan(sql, "ao")
  const known = await now(sql, id!)
  await refusedBefore("mint-paused")
  const { signatures } = await new Scribe().sign({ messages: plan.messages } as never)
  const { id: transaction } = ao.chain.codec.seal(plan.payouts, plan.terms, deployment, signatures)
  const event = { kind: "Signed", transaction } as const
  await advance(sql, [{ transfer: id!, key: `Signed:${plan.id}`, version: known.version, event }])

  await signer(ao)(rows)

  expect((await now(sql, id!)).state).toBe("ready")
  expect(await orders(sql, "sign")).toEqual([])
})

test("a mint that was refused as one that was minted before frees nobody", async () => {
  const [id] = await planned(1)
  ao.cluster.meanwhile = () => refusedBefore("already-minted")

  await signer(ao)(await orders(sql, "sign"))

  expect((await now(sql, id!)).state).toBe("sent")
})

test("a refusal in a slot that its chain has taken back frees nobody", async () => {
  const [id] = await planned(1)
  ao.cluster.meanwhile = async () => {
    await refusedBefore("mint-paused")
    const head = await blocks.head(sql, "ao")
    await advance(sql, [], { blocks: { chain: "ao", head, orphan: head!.height } })
    const other = { ...aBlock(7), id: anId("other"), parent: aBlock(6).id }
    const append = [{ ...other, sightings: [], settlements: [] }]
    await advance(sql, [], { blocks: { chain: "ao", head: null, append } })
  }

  await signer(ao)(await orders(sql, "sign"))

  expect((await now(sql, id!)).state).toBe("sent")
})
