// Signing: the bytes are kept before they are sent, and a plan that nobody signs holds up no other transfer.

import { beforeEach, describe, expect, test } from "vitest"
import { BridgeError } from "../../../core/errors.ts"
import type { TransferId } from "../../../core/ids.ts"
import { planner } from "../../../services/payout/plan.ts"
import { signer } from "../../../services/payout/sign.ts"
import { advance } from "../../../services/store/advance.ts"
import type { Sql } from "../../../services/store/database.ts"
import { openPlans, plansById } from "../../../services/store/plans.ts"
import { vanishedFact } from "../../../services/watchers/facts.ts"
import { aBurn, aSighting, settled } from "../../builders.ts"
import { deployment, idNumber } from "../../chains/builders.ts"
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

async function planned(count: number): Promise<TransferId[]> {
  const ids: TransferId[] = []
  for (let n = 0; n < count; n++) ids.push(await arrive(sql, aSighting()))
  await planner(ao)(await orders(sql, "plan"))
  return ids
}

async function aPlannedBurn(): Promise<TransferId> {
  const id = await arrive(sql, aBurn({ recipient: idNumber(5) }))
  await planner(arweave)(await orders(sql, "plan"))
  return id
}

function refusal(...rows: [TransferId | null, string][]): BridgeError {
  const refusals = rows.map(([transfer, code]) => ({ transfer, code, detail: code }))
  return new BridgeError("signer-refused", { refusals })
}

describe("a signature", () => {
  test("is asked for once, and brings every transfer of the plan on with one order to send it", async () => {
    const ids = await planned(3)

    await signer(ao)(await orders(sql, "sign"))

    for (const id of ids) expect((await now(sql, id)).state).toBe("sent")
    const { raw, transaction, payouts } = await onlyPlan(sql, "ao")
    expect(ao.chain.codec.read(raw!, deployment).map(({ transfer }) => transfer)).toEqual(
      payouts.map(({ transfer }) => transfer),
    )
    expect((await now(sql, ids[0]!)).transaction).toBe(transaction)
    expect(await orders(sql, "broadcast")).toHaveLength(1)
    expect(await orders(sql, "sign")).toEqual([])
    expect(ao.cluster.asked).toHaveLength(1)
  })

  test("names each transfer with whether it goes back, as the signers derive it", async () => {
    const id = await arrive(sql, aSighting(), "held")
    const by = ["a", "b"]
    await advance(sql, [{ transfer: id, key: "r", event: { kind: "Redirected", by, fee: 5n } }])
    await planner(arweave)(await orders(sql, "plan"))

    await signer(arweave)(await orders(sql, "sign"))

    expect(arweave.cluster.asked).toMatchObject([{ transfers: [{ id, refund: true }] }])
  })

  // Case 27: one that stayed behind would be sent for ever, when its message has had its answer and nobody tells it again.
  test("is recorded for all that the plan pays or for none, when a chain takes one back meanwhile", async () => {
    const ids = await planned(2)
    const rows = await orders(sql, "sign")
    ao.cluster.meanwhile = async () => {
      ao.cluster.meanwhile = async () => {}
      const known = await now(sql, ids[0]!)
      await advance(sql, [vanishedFact(known, known.block)!])
    }
    const states = () => Promise.all(ids.map(async (id) => (await now(sql, id)).state))

    await expect(signer(ao)(rows)).rejects.toThrow("stale-version")
    expect(await states()).toEqual(["signing", "signing"])
    expect(await orders(sql, "broadcast")).toEqual([])
    await signer(ao)(rows)

    expect(await states()).toEqual(["sent", "sent"])
  })

  test("of a plan that is signed already is not asked for again", async () => {
    await planned(1)
    const rows = await orders(sql, "sign")
    await signer(ao)(rows)

    await signer(ao)(rows)

    expect(ao.cluster.asked).toHaveLength(1)
  })

  test("that comes when the payout was seen to land is kept, and changes nothing", async () => {
    const [id] = await planned(1)
    const rows = await orders(sql, "sign")
    ao.cluster.meanwhile = async () => {
      await advance(sql, [{ transfer: id!, key: "s", event: settled(idNumber(7)) }])
    }

    await expect(signer(ao)(rows)).rejects.toThrow("stale-version")
    await signer(ao)(rows)

    expect(await now(sql, id!)).toMatchObject({ state: "paid", transaction: idNumber(7) })
    expect(await orders(sql, "sign")).toEqual([])
  })

  test("that comes when the deposit has just vanished brings the transfer on all the same", async () => {
    const [id] = await planned(1)
    const rows = await orders(sql, "sign")
    ao.cluster.meanwhile = async () => {
      await advance(sql, [{ transfer: id!, key: "v", event: { kind: "Vanished" } }])
    }

    await expect(signer(ao)(rows)).rejects.toThrow("stale-version")
    expect((await now(sql, id!)).state).toBe("signing")
    ao.cluster.meanwhile = async () => {}
    await signer(ao)(rows)

    expect((await now(sql, id!)).state).toBe("sent")
    const [first, again] = ao.cluster.asked
    expect(again?.messages).toEqual(first?.messages)
  })
})

describe("signers that are away", () => {
  test("leave the order open, and the plan as it is", async () => {
    const [id] = await planned(1)
    const before = await onlyPlan(sql, "ao")
    ao.cluster.failure = new BridgeError("quorum-missing", { have: 2, needed: 3 })

    await expect(signer(ao)(await orders(sql, "sign"))).rejects.toThrow("quorum-missing")
    ao.cluster.failure = null
    await signer(ao)(await orders(sql, "sign"))

    expect((await now(sql, id!)).state).toBe("sent")
    expect((await onlyPlan(sql, "ao")).id).toBe(before.id)
  })

  test("of one plan do not keep another from being signed", async () => {
    await aPlannedBurn()
    await aPlannedBurn()
    const [first] = await openPlans(sql, "arweave", 0)
    const sign = arweave.cluster.sign.bind(arweave.cluster)
    arweave.cluster.sign = async (wanted) => {
      if (Buffer.from(wanted.messages[0]!).equals(first!.messages[0]!))
        throw new BridgeError("not-yet")
      return sign(wanted)
    }

    await expect(signer(arweave)(await orders(sql, "sign"))).rejects.toThrow("not-yet")

    const states = (await openPlans(sql, "arweave", 0)).map(({ state }) => state)
    expect(states.sort()).toEqual(["open", "signed"])
    expect(await orders(sql, "sign")).toHaveLength(1)
  })
})

describe("signers that refuse for good", () => {
  test("have that transfer held for their reason, and the others planned anew", async () => {
    const [bad, good] = await planned(2)
    const before = await onlyPlan(sql, "ao")
    ao.cluster.failure = refusal([bad!, "over-cap"])

    await signer(ao)(await orders(sql, "sign"))

    expect(await now(sql, bad!)).toMatchObject({ state: "held", reason: "over-cap", slot: null })
    expect(await now(sql, good!)).toMatchObject({ state: "ready", plan: null })
    expect((await plansById(sql, [before.id])).get(before.id)?.state).toBe("dead")
    expect(await orders(sql, "sign")).toEqual([])
    ao.cluster.failure = null
    await planner(ao)(await orders(sql, "plan"))
    await signer(ao)(await orders(sql, "sign"))
    expect((await now(sql, good!)).state).toBe("sent")
    expect((await onlyPlan(sql, "ao")).id).not.toBe(before.id)
  })

  test("and one that moves meanwhile leave the order open, so that nothing is forgotten", async () => {
    const [bad, good] = await planned(2)
    ao.cluster.failure = refusal([bad!, "over-cap"])
    ao.cluster.meanwhile = async () => {
      await advance(sql, [{ transfer: good!, key: "v", event: { kind: "Vanished" } }])
    }

    // The refusal is read after the move: everything is known then, and nothing is stale.
    await signer(ao)(await orders(sql, "sign"))

    expect((await now(sql, bad!)).state).toBe("held")
    expect((await now(sql, good!)).state).toBe("ready")
  })

  test("keep a release in its slot: an earlier partial could still make the payout", async () => {
    const id = await aPlannedBurn()
    arweave.cluster.failure = refusal([id, "over-cap"])

    await expect(signer(arweave)(await orders(sql, "sign"))).rejects.toThrow("signer-refused")

    expect(await now(sql, id)).toMatchObject({ state: "signing" })
    expect((await now(sql, id)).slot).not.toBeNull()
    expect(await orders(sql, "sign")).toHaveLength(1)
  })

  test.each(["not-yet", "rpc-unavailable", "signer-refused"])(
    "are asked again when it is only %s",
    async (code) => {
      const [id] = await planned(1)
      ao.cluster.failure = refusal([id!, code])

      await expect(signer(ao)(await orders(sql, "sign"))).rejects.toThrow("signer-refused")

      expect((await now(sql, id!)).state).toBe("signing")
    },
  )

  test("the request as a whole are asked again: no transfer is to blame", async () => {
    const [id] = await planned(1)
    ao.cluster.failure = refusal([null, "bad-request"])

    await expect(signer(ao)(await orders(sql, "sign"))).rejects.toThrow("signer-refused")

    expect((await now(sql, id!)).state).toBe("signing")
  })

  test("that say not-yet round after round let the batch go, to be planned as it stands", async () => {
    const [id] = await planned(1)
    ao.cluster.failure = refusal([id!, "not-yet"])
    const [order] = await orders(sql, "sign")

    await expect(signer(ao)([{ ...order!, round: 2 }])).rejects.toThrow("signer-refused")
    await signer(ao)([{ ...order!, round: 3 }])

    expect(await now(sql, id!)).toMatchObject({ state: "ready", slot: null })
  })
})
