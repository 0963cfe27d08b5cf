// An epoch's orders from the plan to the token's answer: each signed and given once, and apart from all transfers.

import { pino } from "pino"
import { expect, test } from "vitest"
import { decode } from "../../../chains/ao/item.ts"
import type { Deployment, Sealed } from "../../../chains/chain.ts"
import { BridgeError } from "../../../core/errors.ts"
import type { CampaignFacts, Given } from "../../../core/rewards/payable.ts"
import type { Rewarding as Asked } from "../../../mpc/client.ts"
import {
  type PayingLink,
  payRewards,
  planEpoch,
  type Rewarding,
} from "../../../services/payout/rewards.ts"
import { rewardOrders } from "../../../services/store/reward-orders.ts"
import { anId } from "../../builders.ts"
import { testDatabase } from "../../database.ts"

const deployment: Deployment = {
  ...{ network: "devnet", owner: Buffer.alloc(512, 7).toString("base64url") },
  ...{ vault: anId("vault"), tokens: { AR: anId("token") } },
}
const campaign: CampaignFacts = {
  ...{ id: "taox", rules: "5".repeat(64), process: anId("taox"), allocation: 10_000n },
  ...{ claimS: 50, pushMax: 100n },
}

function anEpoch(epoch: number, given: Readonly<Record<string, bigint>>): Given {
  const rows = Object.entries(given).map(([account, amount], index) => ({
    ...{ account, given: `${amount}`, index },
  }))
  return { epoch, untilS: 1_000 * epoch, rows, root: rows.length > 0 ? "a".repeat(64) : null }
}

const toPay = (epoch: Given, previous: Given | null = null, artifact = "f".repeat(64)) => ({
  ...{ epoch, previous, artifact, challengeS: 10 },
})

/** Answers what it was told, once it has been told so; a test may put a failure in front. */
class Told implements PayingLink {
  readonly known = new Map<string, string>()
  readonly handedIn: string[] = []
  outcomes: string[] = []
  failures: BridgeError[] = []

  async submit({ id, raw }: Sealed) {
    const failure = this.failures.shift()
    if (failure) throw failure
    this.handedIn.push(decode(raw)!.tags.find(({ name }) => name === "Action")!.value)
    if (!this.known.has(id)) this.known.set(id, this.outcomes.shift() ?? "done")
  }

  async outcome(_: string, id: string) {
    return this.known.get(id) ?? null
  }

  obeys: string = deployment.vault

  async standing() {
    return { present: this.obeys, terms: { number: "1" } }
  }

  close() {}
}

async function aRewarding() {
  const { sql } = await testDatabase()
  const asked: Asked[] = []
  const refusals: BridgeError[] = []
  const cluster = {
    async reward(one: Asked) {
      asked.push(one)
      const refusal = refusals.shift()
      if (refusal) throw refusal
      const signature = new Uint8Array(512)
      signature.set(one.message)
      return { signatures: [signature], signers: [1, 2, 3] }
    },
  }
  const link = new Told()
  const log = pino({ level: "silent" })
  const rewarding: Rewarding = { sql, campaign, deployment, cluster, link, log }
  return { sql, rewarding, link, asked, refusals }
}

const OPEN_MS = 1_010_000
const LATER_MS = OPEN_MS + 2_000
const first = anEpoch(1, { [anId("alice")]: 40n, [anId("bob")]: 500n })

test("a root is given when its challenge is over, its credits behind it, and each but once", async () => {
  const { sql, rewarding, link, asked } = await aRewarding()
  expect(await planEpoch(sql, campaign, toPay(first))).toBe(2)

  await payRewards(rewarding, OPEN_MS - 1)
  expect(asked).toEqual([])
  await payRewards(rewarding, OPEN_MS)
  expect(link.handedIn).toEqual(["Root"])
  await planEpoch(sql, campaign, toPay(first))
  for (let n = 0; n < 2; n++) await payRewards(rewarding, LATER_MS)

  expect(link.handedIn).toEqual(["Root", "Credit"])
  expect(asked.map(({ epoch, part }) => [epoch, part])).toEqual([
    [1, "root"],
    [1, 0],
  ])
  const orders = await rewardOrders(sql, "taox")
  expect(orders.map(({ outcome }) => outcome)).toEqual(["done", "done"])
  // What moves the bridge's money knows nothing of it.
  expect(await sql`select count(*)::int as n from plans`).toEqual([{ n: 0 }])
  expect(await sql`select count(*)::int as n from events`).toEqual([{ n: 0 }])
})

// Else it would be refused for ever: signers sign one message for an order, and that would be of the former key.
test("while the token obeys the group's next key and the services do not yet, nothing is signed for it", async () => {
  const { rewarding, sql, link, asked } = await aRewarding()
  await planEpoch(sql, campaign, toPay(first))
  const between = { ...rewarding, deployment: { ...deployment, otherOwners: [deployment.owner] } }
  link.obeys = anId("the next key")

  await expect(payRewards(between, OPEN_MS)).rejects.toThrow("not-yet")
  expect([asked, link.handedIn]).toEqual([[], []])

  link.obeys = deployment.vault
  await payRewards(between, OPEN_MS)
  expect(link.handedIn).toEqual(["Root"])
})

test("what is interrupted anywhere is gone on with, by the very bytes that were signed", async () => {
  const { sql, rewarding, link, asked, refusals } = await aRewarding()
  await planEpoch(sql, campaign, toPay(first))

  refusals.push(new BridgeError("signer-refused", { reason: "not approved" }))
  await expect(payRewards(rewarding, LATER_MS)).rejects.toThrow("not approved")
  link.failures.push(new BridgeError("rpc-unavailable"))
  await expect(payRewards(rewarding, LATER_MS)).rejects.toThrow("rpc-unavailable")
  // A credit never goes in front of its root.
  expect(asked.map(({ part }) => part)).toEqual(["root", "root"])
  await payRewards(rewarding, LATER_MS)

  expect(asked.map(({ part }) => part)).toEqual(["root", "root", 0])
  expect(link.handedIn).toEqual(["Root", "Credit"])
  // Handed in, and the process died before it heard the answer: nothing goes out again.
  await sql`alter table reward_orders disable trigger user`
  await sql`update reward_orders set outcome = null`
  await sql`alter table reward_orders enable trigger user`
  await payRewards(rewarding, LATER_MS)
  expect(link.handedIn).toHaveLength(2)
})

test("a refused credit is not sent again: its accounts can claim", async () => {
  const { sql, rewarding, link } = await aRewarding()
  await planEpoch(sql, campaign, toPay(first))
  link.outcomes = ["done", "credit-paused"]

  for (let n = 0; n < 3; n++) await payRewards(rewarding, LATER_MS)

  expect(link.handedIn).toEqual(["Root", "Credit"])
  const orders = await rewardOrders(sql, "taox")
  expect(orders.map(({ outcome }) => outcome)).toEqual(["done", "credit-paused"])
})

test("an epoch has the orders of one artifact, and they are never changed or forgotten", async () => {
  const { sql, rewarding } = await aRewarding()
  await planEpoch(sql, campaign, toPay(first))
  await payRewards(rewarding, LATER_MS)

  const other = planEpoch(sql, campaign, toPay(first, null, "e".repeat(64)))
  await expect(other).rejects.toThrow("it has other orders")
  const more = anEpoch(1, { [anId("alice")]: 40n, [anId("bob")]: 60n })
  await expect(planEpoch(sql, campaign, toPay(more, null, "e".repeat(64)))).rejects.toThrow()
  for (const change of [
    "body = '{}'",
    "artifact = 'x'",
    "raw = '\\x00', transaction = 'x'",
    "outcome = 'other'",
  ])
    await expect(sql.unsafe(`update reward_orders set ${change}`)).rejects.toThrow()
  await expect(sql`delete from reward_orders`).rejects.toThrow()
})

test("an epoch in which nothing is given has no root", async () => {
  const { sql } = await aRewarding()

  expect(await planEpoch(sql, campaign, toPay(anEpoch(1, {})))).toBe(0)
})
