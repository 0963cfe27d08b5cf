// Sending: the same bytes until they land, nothing on a paused chain, and a slot is free only when it is dead.

import { beforeEach, describe, expect, test } from "vitest"
import { BridgeError } from "../../../core/errors.ts"
import type { TransferId } from "../../../core/ids.ts"
import { broadcaster, lookAfter } from "../../../services/payout/broadcast.ts"
import { planner } from "../../../services/payout/plan.ts"
import { signer } from "../../../services/payout/sign.ts"
import { advance } from "../../../services/store/advance.ts"
import { pause, resume } from "../../../services/store/controls.ts"
import type { Sql } from "../../../services/store/database.ts"
import { openPlans, type Plan, plansById } from "../../../services/store/plans.ts"
import { aBurn, aSighting, settled } from "../../builders.ts"
import { idNumber } from "../../chains/builders.ts"
import { testDatabase } from "../../database.ts"
import { aPayer, arrive, now, onlyPlan, orders, type Payers } from "./world.ts"

let sql: Sql
let ao: Payers
let arweave: Payers
beforeEach(async () => {
  sql = (await testDatabase()).sql
  ao = aPayer(sql, "ao")
  arweave = aPayer(sql, "arweave")
})

async function aPlannedBurn(): Promise<TransferId> {
  const id = await arrive(sql, aBurn({ recipient: idNumber(5) }))
  await planner(arweave)(await orders(sql, "plan"))
  return id
}

async function aSentBurn(): Promise<TransferId> {
  const id = await aPlannedBurn()
  await signer(arweave)(await orders(sql, "sign"))
  return id
}

async function aSentDeposit(): Promise<TransferId> {
  const id = await arrive(sql, aSighting())
  await planner(ao)(await orders(sql, "plan"))
  await signer(ao)(await orders(sql, "sign"))
  return id
}

describe("an order to send", () => {
  test("hands the signed bytes over, and is done", async () => {
    const id = await aSentBurn()

    await broadcaster(arweave)(await orders(sql, "broadcast"))

    expect(arweave.connection.submitted).toEqual([(await now(sql, id)).transaction])
    expect(await orders(sql, "broadcast")).toEqual([])
  })

  test("stays open while the chain cannot be reached", async () => {
    await aSentBurn()
    arweave.connection.refusal = new BridgeError("rpc-unavailable")

    const sending = broadcaster(arweave)(await orders(sql, "broadcast"))

    await expect(sending).rejects.toThrow("rpc-unavailable")
    expect(await orders(sql, "broadcast")).toHaveLength(1)
  })

  test("that the chain refuses frees nothing: an earlier copy may be on its way", async () => {
    const id = await aSentBurn()
    arweave.connection.refusal = new BridgeError("payout-refused")

    await broadcaster(arweave)(await orders(sql, "broadcast"))

    expect(await now(sql, id)).toMatchObject({ state: "sent" })
    expect((await now(sql, id)).slot).not.toBeNull()
    expect(await orders(sql, "broadcast")).toEqual([])
  })
})

describe("looking after payouts", () => {
  // Case 88.
  test("sends what has not landed again, the same bytes and no others", async () => {
    const id = await aSentDeposit()

    await lookAfter(ao, 0)
    await lookAfter(ao, 0)

    const { transaction } = await now(sql, id)
    expect(ao.connection.submitted).toEqual([transaction, transaction])
    expect(ao.cluster.asked).toHaveLength(1)
  })

  test("leaves alone what was signed a moment ago", async () => {
    await aSentDeposit()

    await lookAfter(ao, 60_000)

    expect(ao.connection.submitted).toEqual([])
  })

  test("sends nothing of what has landed: its depth is the watcher's to count", async () => {
    const id = await aSentDeposit()
    ao.connection.fates.set(id, "landed")

    await lookAfter(ao, 0)

    expect(ao.connection.submitted).toEqual([])
    expect((await now(sql, id)).state).toBe("sent")
  })

  // Case 84.
  test.each(["signed", "unsigned"])(
    "frees the slot of a dead payout (%s), and the next has another",
    async (kind) => {
      const id = kind === "signed" ? await aSentBurn() : await aPlannedBurn()
      const before = await onlyPlan(sql, "arweave")
      const { slot } = await now(sql, id)
      arweave.connection.fates.set(id, "dead")

      await lookAfter(arweave, 0)

      expect(await now(sql, id)).toMatchObject({ state: "ready", slot: null })
      expect((await plansById(sql, [before.id])).get(before.id)?.state).toBe("dead")
      expect(arweave.connection.submitted).toEqual([])
      arweave.connection.height += 70
      await planner(arweave)(await orders(sql, "plan"))
      expect((await now(sql, id)).slot).not.toBe(slot)
    },
  )

  test("frees nothing that is seen to be paid meanwhile", async () => {
    const id = await aSentBurn()
    const transaction = (await now(sql, id)).transaction!
    const fate = arweave.connection.fate.bind(arweave.connection)
    arweave.connection.fates.set(id, "dead")
    arweave.connection.fate = async (payouts) => {
      const answer = await fate(payouts)
      await advance(sql, [{ transfer: id, key: "s", event: settled(transaction) }])
      return answer
    }

    await lookAfter(arweave, 0)

    expect(await now(sql, id)).toMatchObject({ state: "paid", transaction })
  })

  // Case 128.
  test.each([
    { chain: "arweave", direction: "out" },
    { chain: "ao", direction: "in" },
  ] as const)(
    "holds back what is signed while $chain is paused ($direction), and sends it after, signed once",
    async (stopped) => {
      const id = await aSentBurn()
      await pause(sql, { ...stopped, reason: "looking", by: "test" })

      await lookAfter(arweave, 0)
      expect(arweave.connection.submitted).toEqual([])

      await resume(sql, { ...stopped, by: "test" })
      await lookAfter(arweave, 0)
      expect(arweave.connection.submitted).toEqual([(await now(sql, id)).transaction])
      expect(arweave.cluster.asked).toHaveLength(1)
    },
  )

  test("goes on while a pause is for the other way", async () => {
    const id = await aSentBurn()
    await pause(sql, { chain: "arweave", direction: "in", reason: "looking", by: "test" })
    await pause(sql, { chain: "ao", direction: "out", reason: "looking", by: "test" })

    await lookAfter(arweave, 0)

    expect(arweave.connection.submitted).toEqual([(await now(sql, id)).transaction])
  })

  test("of one that cannot be looked at does not keep the others waiting, and is told", async () => {
    const troubled = await aSentBurn()
    const other = await aSentBurn()
    arweave.connection.troubles.set(troubled, new BridgeError("rpc-disagrees"))

    await expect(lookAfter(arweave, 0)).rejects.toThrow("rpc-disagrees")

    expect(arweave.connection.submitted).toEqual([(await now(sql, other)).transaction])
    expect(await openPlans(sql, "arweave", 0)).toHaveLength(2)
  })
})

test("what a former key approved is planned anew under the next one, though its bytes are the same", async () => {
  const { codec } = arweave.chain
  let key = "former"
  const slots = new Map<TransferId, string>()
  const one = {
    ...codec,
    build: (...all: Parameters<typeof codec.build>) => {
      for (const { transfer } of all[0]) slots.set(transfer, "number 7")
      const messages = [new Uint8Array(32).fill(9)]
      return { messages, slots, keys: [key] }
    },
  }
  const payer: Payers = { ...arweave, chain: { ...arweave.chain, codec: one } }
  const id = await arrive(sql, aBurn({ recipient: idNumber(5) }))
  await planner(payer)(await orders(sql, "plan"))
  await signer(payer)(await orders(sql, "sign"))
  const first = await onlyPlan(sql, "arweave")

  payer.connection.fates.set(id, "dead")
  await lookAfter(payer, 0)
  key = "next"
  await planner(payer)(await orders(sql, "plan"))
  await signer(payer)(await orders(sql, "sign"))

  const second = await onlyPlan(sql, "arweave")
  expect(second.id).not.toBe(first.id)
  expect(second.messages).toEqual(first.messages)
  expect(await now(sql, id)).toMatchObject({ state: "sent", slot: "number 7", plan: second.id })
  expect(payer.cluster.asked.map((asked) => asked.keys?.[0])).toEqual(["former", "next"])
})

describe("a payout that others outbid", () => {
  let spender: Payers
  beforeEach(() => {
    spender = { ...arweave, chain: { ...arweave.chain, spendsCoins: true } }
    arweave.connection.height = 100
  })

  async function outbid(): Promise<{ id: TransferId; first: Plan }> {
    const id = await aSentBurn()
    const first = await onlyPlan(sql, "arweave")
    // One slot, whatever the terms, as where it is a coin.
    const { codec } = spender.chain
    const slots = first.slots
    const keeping = {
      ...codec,
      build: (...all: Parameters<typeof codec.build>) => ({ ...codec.build(...all), slots }),
    }
    spender = { ...spender, chain: { ...spender.chain, codec: keeping } }
    arweave.connection.isOutbid = async (_, terms) => terms.reward === first.terms.reward
    return { id, first }
  }

  test("is replaced in its own slot by one that offers more, and only the new bytes are sent on", async () => {
    const { id, first } = await outbid()

    await lookAfter(spender, 0)

    expect(await now(sql, id)).toMatchObject({ state: "signing", slot: first.slots.get(id) })
    await signer(spender)(await orders(sql, "sign"))
    const second = await onlyPlan(sql, "arweave")
    expect(second).toMatchObject({ replaces: first.id, attempt: 1, state: "signed" })
    arweave.connection.submitted.length = 0
    await lookAfter(spender, 0)
    expect(arweave.connection.submitted).toEqual([second.transaction])
  })

  test("is looked after as it was until its replacement is signed", async () => {
    const { first } = await outbid()
    await lookAfter(spender, 0)
    arweave.connection.isOutbid = async () => false

    await lookAfter(spender, 0)

    expect(arweave.connection.submitted).toEqual([first.transaction])
    expect(await openPlans(sql, "arweave", 0)).toHaveLength(2)
  })

  test("counts as paid by whichever of the two lands", async () => {
    const { id, first } = await outbid()
    await lookAfter(spender, 0)
    await signer(spender)(await orders(sql, "sign"))
    const second = await onlyPlan(sql, "arweave")

    await advance(sql, [{ transfer: id, key: "Settled", event: settled(first.transaction!, 5n) }])

    expect(await now(sql, id)).toMatchObject({ state: "paid", transaction: first.transaction })
    const plans = await plansById(sql, [first.id, second.id])
    expect([plans.get(first.id)?.state, plans.get(second.id)?.state]).toEqual(["landed", "dead"])
  })

  test("waits while its replacement is not signed, and is not replaced twice", async () => {
    await outbid()
    await lookAfter(spender, 0)

    await lookAfter(spender, 0)

    expect(await openPlans(sql, "arweave", 0)).toHaveLength(2)
  })
})

test("a plan that paid some and left out one is handed in until that is paid too", async () => {
  const ids = [await arrive(sql, aSighting()), await arrive(sql, aSighting())]
  await planner(ao)(await orders(sql, "plan"))
  await signer(ao)(await orders(sql, "sign"))
  const { transaction } = await now(sql, ids[0]!)
  const land = (id: TransferId, by: string) =>
    advance(sql, [{ transfer: id, key: `Settled:${by}`, event: settled(by) }])

  await land(ids[0]!, transaction!)
  await lookAfter(ao, 0)

  expect(ao.connection.submitted).toEqual([transaction])
  await land(ids[1]!, transaction!)
  expect(await openPlans(sql, "ao", 0)).toEqual([])
})
