// Planning: everything that is ready, once, whoever else plans at the same time.

import { beforeEach, expect, test } from "vitest"
import type { OtherPlans } from "../../../chains/chain.ts"
import { payoutOf } from "../../../core/payout.ts"
import type { TransferEvent } from "../../../core/transfer.ts"
import { planner } from "../../../services/payout/plan.ts"
import { signer } from "../../../services/payout/sign.ts"
import { advance } from "../../../services/store/advance.ts"
import { pause } from "../../../services/store/controls.ts"
import type { Sql } from "../../../services/store/database.ts"
import { type NewPlan, openPlans } from "../../../services/store/plans.ts"
import { findTransfer } from "../../../services/store/transfers.ts"
import { aBurn, aSighting, seen } from "../../builders.ts"
import { idNumber } from "../../chains/builders.ts"
import { testDatabase } from "../../database.ts"
import { aPayer, arrive, now, orders } from "./world.ts"

let sql: Sql
beforeEach(async () => {
  sql = (await testDatabase()).sql
})

test("all that is ready on AO shares mints of a hundred, whatever order woke the planner", async () => {
  const payer = aPayer(sql, "ao")
  for (let n = 0; n < 130; n++) await arrive(sql, aSighting())
  const rows = await orders(sql, "plan")

  await planner(payer)(rows.slice(0, 1))

  const plans = await openPlans(sql, "ao", 0)
  expect(plans.map(({ payouts }) => payouts.length).sort()).toEqual([100, 30])
  expect(await orders(sql, "plan")).toHaveLength(129)
})

test("a release has a plan and a slot of its own", async () => {
  const payer = aPayer(sql, "arweave")
  for (let n = 0; n < 3; n++) await arrive(sql, aBurn({ recipient: idNumber(n) }))

  await planner(payer)(await orders(sql, "plan"))

  const plans = await openPlans(sql, "arweave", 0)
  expect(plans.map(({ payouts }) => payouts.length)).toEqual([1, 1, 1])
  expect(new Set(plans.flatMap(({ slots }) => [...slots.values()])).size).toBe(3)
})

test("no more plans wait for a signature than signers can take before their terms are old", async () => {
  const payer = aPayer(sql, "arweave")
  for (let n = 0; n < 20; n++) await arrive(sql, aBurn({ recipient: idNumber(n) }))
  const rows = await orders(sql, "plan")

  await expect(planner(payer, 1)(rows)).rejects.toThrow("not-yet")
  expect(await openPlans(sql, "arweave", 0)).toHaveLength(16)
  expect(await orders(sql, "plan")).toHaveLength(20)

  const [sign] = await orders(sql, "sign")
  await signer(payer)([sign!])
  await expect(planner(payer, 1)(rows)).rejects.toThrow("not-yet")
  expect(await openPlans(sql, "arweave", 0)).toHaveLength(17)
})

test("plans that signers refuse for long keep nobody from being paid", async () => {
  const payer = aPayer(sql, "arweave")
  for (let n = 0; n < 20; n++) await arrive(sql, aBurn({ recipient: idNumber(n) }))
  const rows = await orders(sql, "plan")
  await expect(planner(payer, 1)(rows)).rejects.toThrow("not-yet")
  await sql`update plans set planned_at = now() - interval '1 minute'`

  await planner(payer, 1)(rows)

  expect(await openPlans(sql, "arweave", 0)).toHaveLength(20)
})

test("a mint states all that was ever deposited, what is already paid included", async () => {
  const payer = aPayer(sql, "ao")
  await arrive(sql, aSighting({ amount: 7_000n }))
  await planner(payer)(await orders(sql, "plan"))
  await arrive(sql, aSighting({ amount: 5_000n }))

  await planner(payer)(await orders(sql, "plan"))

  const plan = (await openPlans(sql, "ao", 0)).at(-1)
  expect(plan?.terms).toMatchObject({ "attested:arweave": "12000" })
})

// Case 103.
test("two planners with the same transfers make one plan", async () => {
  const ids = [await arrive(sql, aSighting()), await arrive(sql, aSighting())]
  const rows = await orders(sql, "plan")
  const both = [aPayer(sql, "ao"), aPayer(sql, "ao")]

  await Promise.allSettled(both.map((payer) => planner(payer)(rows)))
  await planner(both[0]!)(rows)

  expect(await openPlans(sql, "ao", 0)).toHaveLength(1)
  for (const id of ids) expect(await now(sql, id)).toMatchObject({ state: "signing", version: 4 })
})

test("a transfer that goes while its batch is planned leaves the order open for the others", async () => {
  const payer = aPayer(sql, "ao")
  const gone = await arrive(sql, aSighting())
  const stays = await arrive(sql, aSighting())
  payer.connection.meanwhile = async () => {
    await advance(sql, [{ transfer: gone, key: "gone", event: { kind: "Vanished" } }])
  }

  await expect(planner(payer)(await orders(sql, "plan"))).rejects.toThrow("stale-version")
  payer.connection.meanwhile = async () => {}
  await planner(payer)(await orders(sql, "plan"))

  expect((await now(sql, gone)).state).toBe("dropped")
  expect((await now(sql, stays)).state).toBe("signing")
  expect(await orders(sql, "plan")).toEqual([])
})

test("what came from a paused chain is not planned", async () => {
  const payer = aPayer(sql, "ao")
  const id = await arrive(sql, aSighting())
  const rows = await orders(sql, "plan")
  await pause(sql, { chain: "arweave", direction: "in", reason: "looking", by: "test" })

  await planner(payer)(rows)

  expect((await now(sql, id)).state).toBe("ready")
})

/** As if Arweave's payouts spent coins. */
function aSpender() {
  const payer = aPayer(sql, "arweave")
  const chain = { ...payer.chain, spendsCoins: true }
  const heard: OtherPlans[] = []
  payer.connection.terms = async (_payouts, attempt, _locks, others?: OtherPlans) => {
    await payer.connection.meanwhile()
    heard.push(others!)
    const anchor = Buffer.alloc(48, heard.length).toString("base64url")
    return { anchor, anchorHeight: "100", reward: `${1_000 + attempt}` }
  }
  return { payer: { ...payer, chain }, heard, connection: payer.connection }
}

test("where payouts spend coins, each plan knows the terms of all that are open, and what is not screened", async () => {
  const { payer, heard } = aSpender()
  for (let n = 0; n < 2; n++) await arrive(sql, aBurn({ recipient: idNumber(n) }))
  const waiting = await arrive(sql, aSighting(), "held")

  await planner(payer)(await orders(sql, "plan"))

  const [first, second] = await openPlans(sql, "arweave", 0)
  expect(heard.map(({ open }) => open)).toEqual([[], [first!.terms]])
  expect(heard.map(({ frozen }) => [...frozen])).toEqual([
    [waiting.slice("arweave:".length)],
    [waiting.slice("arweave:".length)],
  ])
  expect(second).toBeDefined()
})

test("of two plans that do not know of each other one is stale", async () => {
  const { payer } = aSpender()
  await arrive(sql, aBurn({ recipient: idNumber(1) }))
  await planner(payer)(await orders(sql, "plan"))
  const id = await arrive(sql, aBurn({ recipient: idNumber(2) }))
  const [known] = await openPlans(sql, "arweave", 0)

  // A planner on another machine that took its turn before the first plan was there.
  const transfer = await now(sql, id)
  const slot = `slot of ${id}`
  const plan = {
    ...{ ...known!, id: "late", payouts: [payoutOf(transfer)], slots: new Map([[id, slot]]) },
    turn: 1n,
  }
  const event = { kind: "Planned", plan: "late", slot } as const
  const late = advance(sql, [{ transfer: id, key: "late", version: transfer.version, event, plan }])

  await expect(late).rejects.toThrow("stale-version")
  expect(await openPlans(sql, "arweave", 0)).toHaveLength(1)
  await planner(payer)(await orders(sql, "plan"))
  expect(await openPlans(sql, "arweave", 0)).toHaveLength(2)
})

// What a signer signed of the first plan can be handed to its chain at any later time.
test("what was to go back where slots outlive plans is not paid elsewhere, though it vanished and came again", async () => {
  const burn = aBurn({ recipient: idNumber(1) })
  const slot = `ao:mint:${burn.id}`
  const tell = async (...events: TransferEvent[]) => {
    for (const event of events) {
      const version = (await findTransfer(sql, burn.id))?.version ?? 0
      const payouts = event.kind === "Planned" ? [payoutOf(await now(sql, burn.id))] : []
      const plan: NewPlan = {
        ...{ id: "a plan", chain: "ao", payouts, terms: {}, attempt: 0 },
        ...{ messages: [new Uint8Array(48)], slots: new Map([[burn.id, slot]]) },
      }
      const change = { transfer: burn.id, key: `${event.kind} ${version}`, event }
      await advance(sql, [event.kind === "Planned" ? { ...change, plan } : change])
    }
  }
  await tell(seen(burn), { kind: "Confirmed" }, { kind: "Flagged", reason: "over-cap" })
  await tell({ kind: "Redirected", by: ["ann", "ben"], fee: 0n })
  await tell({ kind: "Planned", slot, plan: "a plan" }, { kind: "Died", reason: "not-final" })
  await tell({ kind: "Vanished" }, seen(burn), { kind: "Confirmed" }, { kind: "Cleared" })

  await planner(aPayer(sql, "arweave"))(await orders(sql, "plan"))

  expect(await now(sql, burn.id)).toMatchObject({ state: "held", reason: "slot-taken" })
  expect(await openPlans(sql, "arweave", 0)).toEqual([])
})
