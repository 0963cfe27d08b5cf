// Operators' orders: two signatures of different people, one effect, and nothing that could pay twice.

import { generateKeyPairSync, type KeyObject, sign } from "node:crypto"
import { pino } from "pino"
import { beforeAll, beforeEach, describe, expect, test } from "vitest"
import type { TransferId } from "../../../core/ids.ts"
import { orderText, parseOrder, type SignedOrder } from "../../../core/orders.ts"
import { payoutOf } from "../../../core/payout.ts"
import type { Sighting, TransferEvent } from "../../../core/transfer.ts"
import { type Ordering, takeOrder } from "../../../services/api/orders.ts"
import { startStopping } from "../../../services/stopping.ts"
import { advance } from "../../../services/store/advance.ts"
import { isPaused, pause, pauses } from "../../../services/store/controls.ts"
import type { NewPlan } from "../../../services/store/plans.ts"
import { findTransfer } from "../../../services/store/transfers.ts"
import { anId, aPolicy, aSighting, seen } from "../../builders.ts"
import { testDatabase } from "../../database.ts"

const keys = new Map(["ann", "ben", "eve"].map((name) => [name, generateKeyPairSync("ed25519")]))
const keyOf = (name: string) => String(keys.get(name)!.publicKey.export({ format: "jwk" }).x)
const deployment = {
  network: "devnet",
  owner: "o",
  vault: anId("vault"),
  tokens: { AR: anId("token") },
} as const
let ordering: Ordering

beforeAll(async () => {
  const { sql } = await testDatabase()
  const operators = ["ann", "ben"].map((name) => ({ name, key: keyOf(name) }))
  ordering = { sql, deployment, policy: aPolicy(), operators }
})

function signed(order: string, operator: string, key: KeyObject = keys.get(operator)!.privateKey) {
  const signature = sign(null, Buffer.from(orderText(deployment, order)), key)
  return { order, operator, signature: signature.toString("base64url") }
}

async function aHeld(
  name: string,
  more: readonly TransferEvent[] = [],
  parts: Partial<Sighting> = {},
) {
  const sighting = aSighting({ id: `arweave:${anId(name)}:0` as TransferId, ...parts })
  const events: TransferEvent[] = [
    seen(sighting),
    { kind: "Confirmed" },
    ...more,
    { kind: "Flagged", reason: "over-cap" },
  ]
  for (const [place, event] of events.entries())
    await advance(ordering.sql, [{ transfer: sighting.id, key: `${place}`, event }])
  const transfer = (await findTransfer(ordering.sql, sighting.id))!
  expect(transfer.state).toBe("held")
  return transfer
}

const now = async (id: TransferId) => (await findTransfer(ordering.sql, id))!

describe("what is held", () => {
  test("is paid when two operators approve, and not by one who says it twice", async () => {
    const { id, version } = await aHeld("approved")
    const order = `approve ${id} ${version}`

    const first = await takeOrder(ordering, signed(order, "ann"))
    expect(first).toEqual({ given: ["ann"], needed: 2, done: false })
    expect((await takeOrder(ordering, signed(order, "ann"))).done).toBe(false)
    expect((await now(id)).state).toBe("held")

    expect((await takeOrder(ordering, signed(order, "ben"))).done).toBe(true)
    expect(await now(id)).toMatchObject({ state: "ready", refund: false })
  })

  test("goes back to its sender, less the refund fee, when two operators say so", async () => {
    const { id, version } = await aHeld("refunded")
    const order = `refund ${id} ${version}`

    await takeOrder(ordering, signed(order, "ben"))
    await takeOrder(ordering, signed(order, "ann"))

    const [limits] = ordering.policy.limits
    expect(await now(id)).toMatchObject({ state: "ready", refund: true, fee: limits!.refundFee })
  })

  test("by screening is not theirs: officers decide about it, in its case", async () => {
    const { id } = await aHeld("screened", [
      { kind: "Flagged", reason: "over-cap" },
      { kind: "Approved", by: ["ann", "ben"] },
    ])
    const at = await now(id)
    await advance(ordering.sql, [
      { transfer: id, key: "again", event: { kind: "Approved", by: ["ann", "ben"] } },
      { transfer: id, key: "flag", event: { kind: "Flagged", reason: "screening-block" } },
    ])

    for (const kind of ["approve", "refund"]) {
      const order = `${kind} ${id} ${at.version + 2}`
      await expect(takeOrder(ordering, signed(order, "ann"))).rejects.toThrow("screening-block")
    }
  })

  test("is not refunded by one who approves and one who refunds", async () => {
    const { id, version } = await aHeld("disputed")

    await takeOrder(ordering, signed(`approve ${id} ${version}`, "ann"))
    await takeOrder(ordering, signed(`refund ${id} ${version}`, "ben"))

    expect((await now(id)).state).toBe("held")
  })

  test("is not refunded while books that came back learn whether it was paid; approved it may be", async () => {
    const { id, version } = await aHeld("forgotten")
    await ordering.sql`insert into recoveries (chain) values ('ao')`

    const order = signed(`refund ${id} ${version}`, "ann")
    await expect(takeOrder(ordering, order)).rejects.toMatchObject({ code: "not-yet" })
    const elsewhere = { asset: "ETH", source: "ethereum", target: "ao-eth" } as const
    const other = await aHeld("of another chain", [], {
      ...{ id: `ethereum:${anId("elsewhere")}:0` as TransferId, ...elsewhere },
    })
    await expect(
      takeOrder(ordering, signed(`refund ${other.id} ${other.version}`, "ann")),
    ).rejects.not.toMatchObject({ code: "not-yet" })
    await takeOrder(ordering, signed(`approve ${id} ${version}`, "ann"))

    await ordering.sql`update recoveries set ended_at = now()`
    await takeOrder(ordering, order)
    await takeOrder(ordering, signed(`refund ${id} ${version}`, "ben"))
    expect(await now(id)).toMatchObject({ state: "ready", refund: true })
  })

  test.each([
    ["a mint", "ETH", "ethereum", "ao-eth", "ao-eth:mint:x"],
    ["a mint of AR", "AR", "arweave", "ao", "ao:mint:x"],
    ["a release from a vault", "ETH", "ao-eth", "ethereum", "ethereum:burn:0x:1"],
  ] as const)(
    "is not refunded once %s was planned: that may still land",
    async (...[name, asset, source, target, slot]) => {
      const id = `${source}:${anId(name)}:0` as TransferId
      const { version } = await aHeld(name, [{ kind: "Cleared" }], { id, asset, source, target })
      await takeOrder(ordering, signed(`approve ${id} ${version}`, "ann"))
      await takeOrder(ordering, signed(`approve ${id} ${version}`, "ben"))
      const plan: NewPlan = {
        ...{ id: name, chain: target, payouts: [payoutOf(await now(id))], terms: {}, attempt: 0 },
        ...{ messages: [new Uint8Array(48)], slots: new Map([[id, slot]]) },
      }
      const event = { kind: "Planned", slot, plan: plan.id } as const
      await advance(ordering.sql, [{ transfer: id, key: "p", plan, event }])
      await advance(ordering.sql, [
        { transfer: id, key: "d", event: { kind: "Died", reason: "signer-refused" } },
        { transfer: id, key: "f", event: { kind: "Flagged", reason: "over-cap" } },
      ])

      const order = `refund ${id} ${(await now(id)).version}`
      await expect(takeOrder(ordering, signed(order, "ann"))).rejects.toThrow("slot-taken")
    },
  )
})

describe("an order", () => {
  test("of a stranger, or with another's signature, is refused", async () => {
    const { id, version } = await aHeld("guarded")
    const order = `approve ${id} ${version}`
    await expect(takeOrder(ordering, signed(order, "eve"))).rejects.toThrow("bad-signature")
    const forged = signed(order, "ann", keys.get("eve")!.privateKey)
    await expect(takeOrder(ordering, forged)).rejects.toThrow("bad-signature")
    const other = { ...signed(`refund ${id} ${version}`, "ann"), order }
    await expect(takeOrder(ordering, other)).rejects.toThrow("bad-signature")
  })

  test("about a version that has passed is refused, so that it cannot be replayed", async () => {
    const { id, version } = await aHeld("moved")
    await expect(
      takeOrder(ordering, signed(`approve ${id} ${version - 1}`, "ann")),
    ).rejects.toThrow("stale-version")
  })

  test.each([
    "",
    "approve",
    "approve x 1",
    "refund arweave:a:0 0",
    "refund arweave:a:0 1 2",
    "resume mars in now",
    "resume ao up now",
    "pay me 1",
  ])("in no known form is refused: %s", (text) => {
    expect(() => parseOrder(text)).toThrow()
  })

  test("ends exactly the pause it names", async () => {
    await pause(ordering.sql, { chain: "ao", direction: "out", reason: "test", by: "test" })
    const [held] = await pauses(ordering.sql)
    const order = `resume ao out ${held!.since.toISOString()}`
    await takeOrder(ordering, signed(order, "ann"))
    expect(await isPaused(ordering.sql, "ao", "out")).toBe(true)

    await takeOrder(ordering, signed(order, "ben"))
    expect(await isPaused(ordering.sql, "ao", "out")).toBe(false)

    await pause(ordering.sql, { chain: "ao", direction: "out", reason: "again", by: "test" })
    await expect(takeOrder(ordering, signed(order, "ann"))).rejects.toThrow("stale-version")
  })
})

describe("a pause by order", () => {
  beforeEach(async () => {
    ordering = { ...ordering, sql: (await testDatabase()).sql }
  })
  const until = () => new Date(Date.now() + 3_600_000).toISOString()
  const stopped = async () =>
    (await pauses(ordering.sql)).map(({ chain, direction }) => `${chain} ${direction}`).sort()

  // Cases 127 and 132.
  test("of an asset stops its token both ways, ends by two lifts of that very order, and signers are told each", async () => {
    const body = `pause USDC both drill ${until()}`
    await takeOrder(ordering, signed(body, "ann"))
    expect(await stopped()).toEqual(["ao-usdc in", "ao-usdc out"])
    const [held] = await pauses(ordering.sql)
    expect(held!.given).toBe(body)
    const resumption = `resume ao-usdc in ${held!.since.toISOString()}`
    await expect(takeOrder(ordering, signed(resumption, "ann"))).rejects.toThrow("see lift")

    await takeOrder(ordering, signed(`lift ${body}`, "ann"))
    expect(await stopped()).toEqual(["ao-usdc in", "ao-usdc out"])
    await takeOrder(ordering, signed(`lift ${body}`, "ben"))
    expect(await stopped()).toEqual([])

    const told: string[] = []
    const cluster = {
      tell: async (orders: readonly SignedOrder[]) => {
        told.splice(0, told.length, ...orders.map((one) => `${one.operator} ${one.body}`))
      },
    }
    const stop = startStopping({
      ...{ sql: ordering.sql, cluster },
      log: pino({ level: "silent" }),
    })
    await expect.poll(() => told).toEqual([`ann ${body}`, `ann lift ${body}`, `ben lift ${body}`])
    await stop()
  })

  test("behind another one holds when that is lifted, and a pause of ours needs its lift too", async () => {
    const [first, second] = [`pause bsc out drill ${until()}`, `pause bsc both theft ${until()}`]
    await pause(ordering.sql, { chain: "bsc", direction: "out", reason: "ours", by: "watcher" })
    await takeOrder(ordering, signed(first, "ann"))
    await takeOrder(ordering, signed(second, "ben"))
    expect(await pauses(ordering.sql)).toMatchObject([
      { chain: "bsc", direction: "out", reason: "ours", given: first },
      { chain: "bsc", direction: "in", reason: "theft", given: second },
    ])

    for (const by of ["ann", "ben"]) await takeOrder(ordering, signed(`lift ${first}`, by))
    expect(await stopped()).toEqual(["bsc in", "bsc out"])
    for (const by of ["ann", "ben"]) await takeOrder(ordering, signed(`lift ${second}`, by))
    expect(await stopped()).toEqual([])
  })
})
