// The number of a release says which transfer it pays; whom and how much its log says, and both must be as owed.

import { pino } from "pino"
import { describe, expect, test } from "vitest"
import type { Block, Chain, Connection, Settlement } from "../../../chains/chain.ts"
import { payoutOf } from "../../../core/payout.ts"
import { advance } from "../../../services/store/advance.ts"
import { pauses } from "../../../services/store/controls.ts"
import { findTransfer, type StoredTransfer } from "../../../services/store/transfers.ts"
import { differingIn } from "../../../services/watchers/differing.ts"
import { pass, type Watcher } from "../../../services/watchers/follow.ts"
import { aBlock, anId, aPolicy, aSighting, aTransfer, pathTo } from "../../builders.ts"
import { deployment } from "../../chains/builders.ts"
import { testDatabase } from "../../database.ts"

const burn = () =>
  aSighting({ source: "ao-usdc", target: "ethereum", asset: "USDC", amount: 5_000_000n })

const stored = (transfer = aTransfer("sent", {}, burn())): StoredTransfer => ({
  ...{ ...transfer, number: 1n, changedAt: new Date(0) },
})

const settlement = (transfer: StoredTransfer, paid: Settlement["paid"]): Settlement => ({
  ...{ transaction: "0xab", transfers: [transfer.id], outcome: "paid", reason: null },
  ...{ networkFee: 0n, paid },
})

const about = { policy: aPolicy(), chain: "ethereum", isRecovered: false }

describe("a payout", () => {
  test("that is made as owed differs in nothing", () => {
    const one = stored()
    const { recipient, amount, asset } = payoutOf(one)

    const known = new Map([[one.id, one]])

    expect(differingIn(settlement(one, [{ recipient, amount, asset }]), known, about)).toEqual([])
  })

  test.each([
    ["to somebody else", { recipient: "thief" }],
    ["of a unit more", { amount: payoutOf(stored()).amount + 1n }],
    ["of a unit less", { amount: payoutOf(stored()).amount - 1n }],
    ["of another token", { asset: "USDT" as const }],
  ])("%s differs, and says what was paid and what is owed", (_, change) => {
    const one = stored()
    const owed = payoutOf(one)
    const paid = { ...owed, ...change }

    const [found] = differingIn(settlement(one, [paid]), new Map([[one.id, one]]), about)

    expect(found).toEqual({ transfer: one.id, transaction: "0xab", paid, owed })
  })

  test("that is a mint of a real deposit, to somebody else or on another ledger, differs", () => {
    const one = stored(aTransfer("sent"))
    const { recipient, amount } = payoutOf(one)
    const known = new Map([[one.id, one]])
    const minted = (who: string, chain: string) =>
      differingIn(settlement(one, [{ recipient: who, amount }]), known, { ...about, chain }).length

    expect([minted(recipient, "ao"), minted(anId("thief"), "ao")]).toEqual([0, 1])
    expect(minted(recipient, "ao-eth")).toBe(1)
  })

  test("on a chain where nothing is owed differs", () => {
    const one = stored()
    const paid = payoutOf(one)

    const found = differingIn(settlement(one, [paid]), new Map([[one.id, one]]), {
      ...{ ...about, chain: "bsc" },
    })

    expect(found.map(({ owed }) => owed)).toEqual([null])
  })

  test("of what is paid already is no matter of amounts: a second one halts the bridge", () => {
    const one = stored(aTransfer("paid", {}, burn()))
    const paid = { ...payoutOf(one), amount: 1n }

    expect(differingIn(settlement(one, [paid]), new Map([[one.id, one]]), about)).toEqual([])
  })
})

test("a payout that differs is not booked, and stops its chain with a reason of its own", async () => {
  const { sql } = await testDatabase()
  const sighting = burn()
  for (const event of pathTo("sent", sighting)) {
    const known = await findTransfer(sql, sighting.id)
    const plan = event.kind === "Planned" && {
      ...{ id: event.plan, chain: "ethereum" as const, payouts: [payoutOf(known!)], terms: {} },
      ...{ attempt: 0, messages: [new Uint8Array(32)], slots: new Map([[known!.id, event.slot]]) },
    }
    await advance(sql, [{ transfer: sighting.id, key: event.kind, event, ...(plan && { plan }) }])
  }
  const one = (await findTransfer(sql, sighting.id))!
  const thief = { ...payoutOf(one), recipient: anId("thief") }

  await pass(watching(sql, settlement(one, [thief])), aBlock(10))

  expect((await findTransfer(sql, sighting.id))?.state).toBe("sent")
  const why = (await pauses(sql)).map(({ chain, direction, reason }) => [chain, direction, reason])
  expect(why).toEqual([
    ["ethereum", "in", "payout-differs"],
    ["ethereum", "out", "payout-differs"],
  ])
})

/** A chain whose first block states it, and some more on top. */
function watching(sql: Watcher["sql"], stated: Settlement): Watcher {
  const facts = ({ items }: Block) => ({
    ...{ sightings: [], strays: [], settlements: items[0] === 1 ? [stated] : [] },
  })
  const chain = { name: "ethereum", scheme: "evm", codec: { facts } } as unknown as Chain
  const connection = {
    ...{ chain: "ethereum", tip: async () => aBlock(10) },
    block: async (height: number) => ({
      ...{ ...aBlock(height), chain: "ethereum", parent: aBlock(height - 1).id },
      ...{ timestampMs: 0, items: [height] },
    }),
  } as unknown as Connection
  const { fees, limits } = aPolicy()
  return {
    ...{ sql, chain, connection, deployment, log: pino({ level: "silent" }) },
    policy: { fees, limits, depths: { ethereum: 1 }, payoutDepths: { ethereum: 1 } },
    ...{ heightMin: 1, pollMs: 1 },
  }
}
