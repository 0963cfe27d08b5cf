// Chains that name no transfers: whoever holds the slot that a transaction spent was paid by it.

import { pino } from "pino"
import { beforeEach, expect, test } from "vitest"
import type { Block, Chain, Connection, Facts, Settlement } from "../../../chains/chain.ts"
import { transferId } from "../../../core/ids.ts"
import { payoutOf } from "../../../core/payout.ts"
import type { Sighting, TransferEvent } from "../../../core/transfer.ts"
import { advance } from "../../../services/store/advance.ts"
import { pauses } from "../../../services/store/controls.ts"
import type { Sql } from "../../../services/store/database.ts"
import { entriesOf } from "../../../services/store/ledger.ts"
import { findTransfer, holdersOf } from "../../../services/store/transfers.ts"
import { pass, type Watcher } from "../../../services/watchers/follow.ts"
import { aBlock, anId, aPolicy, aSighting, pathTo } from "../../builders.ts"
import { deployment } from "../../chains/builders.ts"
import { testDatabase } from "../../database.ts"

const SLOT = `bitcoin:${"ab".repeat(32)}:1`

let sql: Sql
beforeEach(async () => {
  sql = (await testDatabase()).sql
})

/** A chain whose first block holds these settlements and sightings, and ten more on top of it. */
function watching(facts: Partial<Facts>, tip = 10): Watcher {
  const block = (height: number): Block => ({
    ...{ ...aBlock(height), chain: "bitcoin", parent: aBlock(height - 1).id },
    ...{ timestampMs: 0, items: [height] },
  })
  const none: Facts = { sightings: [], settlements: [], strays: [] }
  const chain = {
    ...{ name: "bitcoin", scheme: "taproot" },
    codec: { facts: ({ items }: Block) => (items[0] === 1 ? { ...none, ...facts } : none) },
  } as unknown as Chain
  const connection = {
    ...{ chain: "bitcoin", tip: async () => aBlock(tip) },
    block: async (height: number) => (height > tip ? null : block(height)),
  } as unknown as Connection
  const { fees, limits } = aPolicy()
  return {
    ...{ sql, chain, connection, deployment, log: pino({ level: "silent" }) },
    policy: { fees, limits, depths: { bitcoin: 2 }, payoutDepths: { bitcoin: 6 } },
    ...{ heightMin: 1, pollMs: 1 },
  }
}

const spend = (paid: Settlement["paid"], networkFee = 0n): Settlement => ({
  ...{ transaction: "cd".repeat(32), transfers: [], outcome: "paid", reason: null },
  ...{ networkFee, slot: SLOT, paid },
})

let count = 0
/** A burn whose release was signed in the slot. */
async function aBurnInSlot(recipient: string, amount: bigint, slot = SLOT) {
  const id = transferId({ chain: "ao-btc", transaction: anId(`burn ${count++}`), index: 1 })
  const burn = aSighting({
    ...{ id, asset: "BTC", source: "ao-btc", target: "bitcoin", recipient, amount },
  })
  const events: TransferEvent[] = pathTo("sent", burn).map((event) =>
    event.kind === "Planned" ? { ...event, slot: `${slot}:${id}` } : event,
  )
  for (const event of events) {
    const known = await findTransfer(sql, id)
    const plan = event.kind === "Planned" && {
      ...{ id: event.plan, chain: "bitcoin" as const, payouts: [payoutOf(known!)], terms: {} },
      ...{ attempt: 0, messages: [new Uint8Array(32)], slots: new Map([[id, event.slot]]) },
    }
    await advance(sql, [{ transfer: id, key: event.kind, event, ...(plan && { plan }) }])
  }
  return id
}

/** Until nothing is new. */
async function watch(watcher: Watcher): Promise<void> {
  while (await pass(watcher, await watcher.connection.tip()));
}

/** Each reason once, for both directions. */
const whyPaused = async () => [
  ...new Set((await pauses(sql)).map(({ chain, reason }) => `${chain} ${reason}`)),
]

const stateOf = async (id: Sighting["id"]) => (await findTransfer(sql, id))?.state

test("the holders of a slot are paid by what spends it, and share its fee to the last unit", async () => {
  const ids = [
    await aBurnInSlot("a", 5_000n),
    await aBurnInSlot("b", 7_000n),
    await aBurnInSlot("c", 9_000n),
  ]
  const other = await aBurnInSlot("d", 5_000n, `bitcoin:${"ab".repeat(32)}:10`)
  const paid = [
    ["b", 6_000n],
    ["c", 8_000n],
    ["a", 4_000n],
  ] as const

  await watch(
    watching({
      settlements: [
        spend(
          paid.map(([recipient, amount]) => ({ recipient, amount })),
          11n,
        ),
      ],
    }),
  )

  expect(await Promise.all(ids.map(stateOf))).toEqual(["paid", "paid", "paid"])
  expect(await stateOf(other)).toBe("sent")
  const spent = await Promise.all(
    ids.map(async (id) =>
      (await entriesOf(sql, id)).filter(({ account }) => account === "custody"),
    ),
  )
  const custody = spent.flat().reduce((sum, { amount }) => sum + amount, 0n)
  expect(custody).toBe(-18_000n - 11n)
  expect(await whyPaused()).toEqual([])
})

test("what is paid beyond the holders of the slot stops the chain", async () => {
  const id = await aBurnInSlot("a", 5_000n)
  const paid = [
    { recipient: "a", amount: 4_000n },
    { recipient: "thief", amount: 1n },
  ]

  await watch(watching({ settlements: [spend(paid)] }))

  expect(await stateOf(id)).toBe("paid")
  expect(await whyPaused()).toEqual(["bitcoin unmatched-outflow"])
})

test("a transaction of ours that pays nobody stops the chain", async () => {
  await watch(watching({ settlements: [spend([], 500n)] }))

  expect(await whyPaused()).toEqual(["bitcoin unmatched-outflow"])
})

test("one that pays another amount than is owed pays nobody", async () => {
  const id = await aBurnInSlot("a", 5_000n)

  await watch(watching({ settlements: [spend([{ recipient: "a", amount: 3_999n }])] }))

  expect(await stateOf(id)).toBe("sent")
  expect(await whyPaused()).toEqual(["bitcoin unmatched-outflow"])
})

test("a slot is found by its whole name", async () => {
  const id = await aBurnInSlot("a", 5_000n)

  expect((await holdersOf(sql, SLOT)).map((one) => one.id)).toEqual([id])
  expect(await holdersOf(sql, SLOT.slice(0, -1))).toEqual([])
})

test("a deposit that needs more confirmations than its chain waits for them", async () => {
  const transaction = "ef".repeat(32)
  const deposit = aSighting({
    ...{ id: transferId({ chain: "bitcoin", transaction, index: 0 }), asset: "BTC" },
    ...{ source: "bitcoin", target: "ao-btc", fee: 0n, depth: 6, note: "a-note" },
  })

  await watch(watching({ sightings: [deposit] }, 5))
  expect(await findTransfer(sql, deposit.id)).toMatchObject({ state: "seen", depth: 6 })

  await watch(watching({ sightings: [deposit] }, 6))
  expect(await findTransfer(sql, deposit.id)).toMatchObject({ state: "confirmed", note: "a-note" })
})
