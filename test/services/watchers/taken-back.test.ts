// A deposit that its owner takes back: nothing is paid for it, and it counts again when that block is gone.

import { pino } from "pino"
import { beforeEach, expect, test } from "vitest"
import type { Block, Chain, Connection, Facts } from "../../../chains/chain.ts"
import { transferId } from "../../../core/ids.ts"
import { balancesOf, isBalanced } from "../../../core/ledger.ts"
import { payoutOf } from "../../../core/payout.ts"
import type { BlockRef, Sighting, TransferEvent } from "../../../core/transfer.ts"
import { advance } from "../../../services/store/advance.ts"
import { pauses } from "../../../services/store/controls.ts"
import type { Sql } from "../../../services/store/database.ts"
import { depositedOf, entriesOf } from "../../../services/store/ledger.ts"
import { findTransfer } from "../../../services/store/transfers.ts"
import { pass, type Watcher } from "../../../services/watchers/follow.ts"
import { aBlock, anId, aPolicy, aSighting } from "../../builders.ts"
import { deployment } from "../../chains/builders.ts"
import { testDatabase } from "../../database.ts"

let sql: Sql
beforeEach(async () => {
  sql = (await testDatabase()).sql
})

const transaction = "ab".repeat(32)
const deposit: Sighting = aSighting({
  ...{ id: transferId({ chain: "bitcoin", transaction, index: 0 }), asset: "BTC" },
  ...{ source: "bitcoin", target: "ao-btc", fee: 0n, note: "a-note" },
})
const NONE: Facts = { sightings: [], settlements: [], strays: [] }

/** A chain whose block 1 holds the deposit, and `back` (0: none) the transaction that takes it back. */
class Short {
  back = 5
  /** Blocks from here on have other ids. */
  fork = 100
  tip = 10

  block(height: number): Block {
    const idAt = (at: number) => (at >= this.fork ? anId(`fork ${at}`) : aBlock(at).id)
    const ids = { id: idAt(height), parent: idAt(height - 1) }
    return { chain: "bitcoin", height, ...ids, timestampMs: 0, items: [height] }
  }

  watcher(): Watcher {
    const facts = ({ items }: Block): Facts => {
      if (items[0] === 1) return { ...NONE, sightings: [deposit] }
      if (items[0] !== this.back) return NONE
      return { ...NONE, takenBack: [{ transfer: deposit.id, transaction: "cd".repeat(32) }] }
    }
    const refOf = ({ height, id }: Block): BlockRef => ({ height, id })
    const connection = {
      ...{ chain: "bitcoin", tip: async () => refOf(this.block(this.tip)) },
      block: async (height: number) => (height > this.tip ? null : this.block(height)),
      locate: async () => ({
        ...{ sighting: deposit, block: refOf(this.block(1)), tip: refOf(this.block(this.tip)) },
      }),
    } as unknown as Connection
    const { fees, limits } = aPolicy()
    return {
      ...{ sql, connection, deployment, log: pino({ level: "silent" }), heightMin: 1, pollMs: 1 },
      chain: { name: "bitcoin", scheme: "taproot", codec: { facts } } as unknown as Chain,
      policy: { fees, limits, depths: { bitcoin: 2 }, payoutDepths: { bitcoin: 6 } },
    }
  }

  async watch(): Promise<void> {
    const watcher = this.watcher()
    while (await pass(watcher, await watcher.connection.tip()));
  }
}

const now = () => findTransfer(sql, deposit.id)
const tell = (event: TransferEvent, more = {}) =>
  advance(sql, [{ transfer: deposit.id, key: event.kind, event, ...more }])

test("before its payout is planned it is dropped, and nothing is owed or counted for it", async () => {
  const chain = new Short()
  chain.tip = 4
  await chain.watch()
  await tell({ kind: "Cleared" })
  expect(await now()).toMatchObject({ state: "ready" })
  chain.tip = 10

  await chain.watch()

  expect(await now()).toMatchObject({ state: "dropped", reason: "taken-back" })
  const balances = balancesOf(await entriesOf(sql, deposit.id))
  expect(balances).toEqual({ custody: 0n, supply: 0n, pending: 0n, fees: 0n })
  expect(isBalanced(balances)).toBe(true)
  expect(await depositedOf(sql, "BTC")).toBe(0n)
  expect(await pauses(sql)).toEqual([])
})

test("when its payout may be out already the chain is paused, and people look", async () => {
  const chain = new Short()
  chain.tip = 4
  await chain.watch()
  await tell({ kind: "Cleared" })
  const plan = {
    ...{
      id: "a plan",
      chain: "ao-btc",
      payouts: [payoutOf((await now())!)],
      terms: {},
      attempt: 0,
    },
    ...{ messages: [new Uint8Array(32)], slots: new Map([[deposit.id, "a slot"]]) },
  }
  await tell({ kind: "Planned", slot: "a slot", plan: plan.id }, { plan })
  chain.tip = 10

  await chain.watch()
  await chain.watch()

  expect(await now()).toMatchObject({ state: "signing" })
  expect((await pauses(sql)).map(({ reason }) => reason)).toEqual([
    ...["source-vanished", "source-vanished"],
  ])
})

test("when the block that took it back is overtaken, it stands where it stood", async () => {
  const chain = new Short()
  await chain.watch()
  expect(await now()).toMatchObject({ state: "dropped" })
  const [block, fee] = [(await now())!.block, (await now())!.fee]
  chain.fork = 5
  chain.back = 0
  chain.tip = 11

  await chain.watch()

  expect(await now()).toMatchObject({ state: "confirmed", block, fee, reason: null })
})
