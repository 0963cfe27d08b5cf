// Batches on a chain whose vault pays each number once: one that cannot be signed whole is let go, and planned as it stands.

import { beforeEach, expect, test } from "vitest"
import { evmCodec } from "../../../chains/evm/codec.ts"
import { BridgeError } from "../../../core/errors.ts"
import { type TransferId, transferId } from "../../../core/ids.ts"
import { lookAfter } from "../../../services/payout/broadcast.ts"
import { planner } from "../../../services/payout/plan.ts"
import { signer } from "../../../services/payout/sign.ts"
import { advance } from "../../../services/store/advance.ts"
import type { Sql } from "../../../services/store/database.ts"
import { openPlans } from "../../../services/store/plans.ts"
import { anId, aSighting, settled } from "../../builders.ts"
import * as bridge from "../../chains/builders.ts"
import { testDatabase } from "../../database.ts"
import { aPayer, arrive, now, onlyPlan, orders, type Payers } from "./world.ts"

const KEY = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
const NATIVE = `0x${"00".repeat(20)}`
const to = "0x52908400098527886E0F7030069857D2E4169EE7"

let sql: Sql
let payer: Payers
let count = 0
beforeEach(async () => {
  sql = (await testDatabase()).sql
  const vault = `0x${"aa".repeat(20)}`
  const side = { chainId: 1, vault, key: `0x${KEY}`, heightMin: 0, contracts: { ETH: NATIVE } }
  const deployment = { ...bridge.deployment, vaults: { ethereum: side } }
  payer = { ...aPayer(sql, "ethereum"), deployment, sources: {} }
})

async function aBurn(): Promise<TransferId> {
  const id = transferId({ chain: "ao-eth", transaction: bridge.idNumber(++count), index: count })
  const sides = { source: "ao-eth", target: "ethereum" } as const
  const about = { id, asset: "ETH", ...sides, recipient: to, refundTo: anId("burner") } as const
  return arrive(sql, aSighting(about))
}

async function planned(many: number): Promise<readonly TransferId[]> {
  const ids: TransferId[] = []
  for (let n = 0; n < many; n += 1) ids.push(await aBurn())
  await planner(payer)(await orders(sql, "plan"))
  return ids
}

const paid = (id: TransferId) =>
  advance(sql, [{ transfer: id, key: "s", event: settled(anId("by the vault")) }])

test("what is planned again is planned in the number that it had", async () => {
  const [id] = await planned(1)

  expect((await now(sql, id!)).slot).toBe(evmCodec("ethereum").slotOf!(id!, payer.deployment))
})

test("books from a backup sign a batch without those that it has paid already", async () => {
  const [one, other] = await planned(2)
  await paid(one!)

  await signer(payer)(await orders(sql, "sign"))

  expect(payer.cluster.asked).toEqual([])
  expect(await now(sql, other!)).toMatchObject({ state: "ready", slot: null })
  expect(await orders(sql, "sign")).toEqual([])
  await planner(payer)(await orders(sql, "plan"))
  const plan = await onlyPlan(sql, "ethereum")
  expect(plan.payouts.map(({ transfer }) => transfer)).toEqual([other])
  expect((await now(sql, one!)).state).toBe("paid")
})

test("one that the signers refuse for good is held, and the rest of its batch planned again", async () => {
  const [bad, good] = await planned(2)
  const refusals = [{ transfer: bad, code: "over-cap", detail: "too much" }]
  payer.cluster.failure = new BridgeError("signer-refused", { refusals })

  await signer(payer)(await orders(sql, "sign"))

  expect(await now(sql, bad!)).toMatchObject({ state: "held", reason: "over-cap" })
  expect(await now(sql, good!)).toMatchObject({ state: "ready", plan: null })
})

// Case 27: its deposit, or burn, is in no block any more, and each signer says "not yet" for ever.
test("a batch whose source has vanished is let go after some rounds, and not before", async () => {
  const [gone] = await planned(2)
  const refusals = [{ transfer: gone, code: "not-yet", detail: "in no block" }]
  payer.cluster.failure = new BridgeError("signer-refused", { refusals })
  const [order] = await orders(sql, "sign")

  await expect(signer(payer)([{ ...order!, round: 2 }])).rejects.toThrow("signer-refused")
  expect((await now(sql, gone!)).state).toBe("signing")
  await signer(payer)([{ ...order!, round: 3 }])

  expect(await now(sql, gone!)).toMatchObject({ state: "ready", slot: null })
})

// Case 27: a deposit that a reorganisation moved to a block with another fee is owed something else, whatever was planned.
test("a batch that every signer derives otherwise is let go after some rounds, and not before", async () => {
  const [id] = await planned(1)
  const refusals = [{ transfer: null, code: "signer-refused", detail: "derives another message" }]
  payer.cluster.failure = new BridgeError("signer-refused", { refusals })
  const [order] = await orders(sql, "sign")

  await expect(signer(payer)([{ ...order!, round: 2 }])).rejects.toThrow("signer-refused")
  expect((await now(sql, id!)).state).toBe("signing")
  await signer(payer)([{ ...order!, round: 3 }])

  expect(await now(sql, id!)).toMatchObject({ state: "ready", slot: null })
})

// Each is within the cap of a day, and all of them are not, on any day.
test("those that signers do not sign together for some rounds are planned one by one, and others beside them", async () => {
  const ids = await planned(3)
  const refusals = [{ transfer: ids[2], code: "not-yet", detail: "day's cap" }]
  payer.cluster.failure = new BridgeError("signer-refused", { refusals })
  const [order] = await orders(sql, "sign")
  await signer(payer)([{ ...order!, round: 3 }])

  const fresh = await planned(2)

  const plans = await openPlans(sql, "ethereum", 0)
  const paid = plans.map(({ payouts }) => new Set(payouts.map(({ transfer }) => transfer)))
  expect(new Set(paid)).toEqual(new Set([new Set(fresh), ...ids.map((id) => new Set([id]))]))
})

test("a batch that signers are stopped for waits, however long", async () => {
  const [id] = await planned(1)
  const refusals = [{ transfer: null, code: "paused", detail: "by order" }]
  payer.cluster.failure = new BridgeError("signer-refused", { refusals })
  const [order] = await orders(sql, "sign")

  await expect(signer(payer)([{ ...order!, round: 9 }])).rejects.toThrow("signer-refused")

  expect((await now(sql, id!)).state).toBe("signing")
})

test("what a batch left out is freed by a new key of its vault, whoever of it was paid before", async () => {
  const [one, other] = await planned(2)
  await paid(one!)
  payer.connection.fates.set(one!, "landed")
  payer.connection.fates.set(other!, "dead")

  await lookAfter(payer, 0)

  expect(await now(sql, other!)).toMatchObject({ state: "ready", reason: "slot-expired" })
  expect((await now(sql, one!)).state).toBe("paid")
  expect(await openPlans(sql, "ethereum", 0)).toEqual([])
})
