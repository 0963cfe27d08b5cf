// A plan of coins that nobody can sign or mine as it is: it is made anew in its own slot, and in no other.

import { beforeEach, describe, expect, test } from "vitest"
import { CHAIN_OF } from "../../../chains/index.ts"
import type { TransferId } from "../../../core/ids.ts"
import { lookAfter } from "../../../services/payout/broadcast.ts"
import { planner } from "../../../services/payout/plan.ts"
import { type Signing, signer } from "../../../services/payout/sign.ts"
import { advance } from "../../../services/store/advance.ts"
import type { Sql } from "../../../services/store/database.ts"
import { type Plan, plansById } from "../../../services/store/plans.ts"
import { aBurn, anId, settled } from "../../builders.ts"
import { groupSign, REFUND_TO } from "../../chains/bitcoin/builders.ts"
import { aRichWorld, deployment } from "../../chains/bitcoin/world.ts"
import { testDatabase } from "../../database.ts"
import { aPayer, arrive, now, orders } from "./world.ts"

let sql: Sql
beforeEach(async () => {
  sql = (await testDatabase()).sql
})

let count = 0
async function aReadyBurn(amount: bigint): Promise<TransferId> {
  const id = `ao-btc:${anId(`burn ${count++}`)}:1` as const
  const sides = { asset: "BTC", source: "ao-btc", target: "bitcoin" } as const
  return arrive(sql, aBurn({ id, ...sides, recipient: REFUND_TO, amount, fee: 1_000n }))
}

/** Burns of these amounts, planned together out of three coins, the greatest of which does not suffice for them. */
async function planned(...amounts: readonly bigint[]) {
  const ids: TransferId[] = []
  for (const amount of amounts) ids.push(await aReadyBurn(amount))
  const { chain, connection } = await aRichWorld(300_000n, 310_000n, 320_000n)
  const { cluster, ...rest } = aPayer(sql, "bitcoin")
  const payer: Signing = { ...rest, cluster, chain: CHAIN_OF.bitcoin!, connection, deployment }
  cluster.sign = async ({ messages }) => {
    return { signatures: messages.map((one) => new Uint8Array(groupSign(one))), signers: [1, 2] }
  }
  await planner(payer)(await orders(sql, "plan"))
  return { ids, chain, payer, first: await planOf(ids[0]!) }
}

async function planOf(id: TransferId): Promise<Plan> {
  const { plan } = await now(sql, id)
  return (await plansById(sql, [plan!])).get(plan!)!
}

async function signed(payer: Signing, id: TransferId): Promise<void> {
  await signer(payer)(await orders(sql, "sign"))
  expect((await planOf(id)).raw).not.toBeNull()
}

const coinsOf = ({ terms }: Plan) => terms.coins!.split(" ")
const transactionOf = (coin: string) => coin.split(":")[0]!

describe.each(["unsigned", "signed"])("a plan, %s,", (kind) => {
  // Case 52
  test("whose block took another coin along spends what is left, in the same slot", async () => {
    const { ids, chain, payer, first } = await planned(501_000n)
    if (kind === "signed") await signed(payer, ids[0]!)
    const [slot, lost] = coinsOf(first)

    chain.fork(8, { drop: [transactionOf(lost!)] })
    await lookAfter(payer, 0)

    const second = await planOf(ids[0]!)
    expect(second.replaces).toBe(first.id)
    expect(second.slots).toEqual(first.slots)
    expect(coinsOf(second)[0]).toBe(slot)
    expect(coinsOf(second)).not.toContain(lost)
    expect(await now(sql, ids[0]!)).toMatchObject({ state: "signing" })
    await lookAfter(payer, 0)
    expect((await planOf(ids[0]!)).id).toBe(second.id)
  })

  test("whose slot is gone stays as it is: another one might pay twice", async () => {
    const { ids, chain, payer, first } = await planned(501_000n)
    if (kind === "signed") await signed(payer, ids[0]!)
    const before = await now(sql, ids[0]!)

    chain.fork(8, { drop: [transactionOf(coinsOf(first)[0]!)] })
    await lookAfter(payer, 0)

    expect(await now(sql, ids[0]!)).toEqual(before)
  })
})

test("whoever shares a plan with somebody whom an older plan has paid is planned anew alone, in the same slot", async () => {
  const { ids, payer, first } = await planned(201_000n, 202_000n)
  const [paid, other] = ids as [TransferId, TransferId]
  const event = settled(anId("of books that were lost"))

  await advance(sql, [{ transfer: paid, key: "Settled", event }])
  await lookAfter(payer, 0)

  const second = await planOf(other)
  expect(second.replaces).toBe(first.id)
  expect(second.payouts.map(({ transfer }) => transfer)).toEqual([other])
  expect(second.slots.get(other)).toBe(first.slots.get(other))
  expect(coinsOf(second)[0]).toBe(coinsOf(first)[0])
})
