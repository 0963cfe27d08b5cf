// The record of what a watcher has read is one chain without gaps, whoever writes to it.

import { beforeAll, beforeEach, expect, test } from "vitest"
import type { Settlement } from "../../../chains/chain.ts"
import type { TransferEvent } from "../../../core/transfer.ts"
import { advance } from "../../../services/store/advance.ts"
import type { NewBlock } from "../../../services/store/blocks.ts"
import * as blocks from "../../../services/store/blocks.ts"
import type { Sql } from "../../../services/store/database.ts"
import { fallen, findTransfer, seenUpTo } from "../../../services/store/transfers.ts"
import { anId, aSighting, seen } from "../../builders.ts"
import { testDatabase } from "../../database.ts"

let sql: Sql

type Step = Partial<blocks.BlockStep>

/** One commit of a watcher that judged by the head as it is. */
async function step(chain: "arweave" | "ao", change: Step): Promise<void> {
  await advance(sql, [], { blocks: { chain, head: await blocks.head(sql, chain), ...change } })
}
const append = (_: Sql, chain: "arweave" | "ao", all: readonly NewBlock[]) =>
  step(chain, { append: all })
const orphan = (_: Sql, chain: "arweave" | "ao", height: number) => step(chain, { orphan: height })
const settle = (_: Sql, chain: "arweave" | "ao", height: number) => step(chain, { settled: height })

beforeAll(async () => {
  sql = (await testDatabase()).sql
})
beforeEach(async () => {
  await orphan(sql, "arweave", 0)
})

/** Blocks `from` to `to` of a branch that leaves the main one after `fork`. */
function branch(from: number, to: number, name = "main", fork = from - 1): NewBlock[] {
  const idOf = (height: number) => anId(`${height > fork ? name : "main"} ${height}`)
  return Array.from({ length: to - from + 1 }, (_, at) => ({
    height: from + at,
    id: idOf(from + at),
    parent: idOf(from + at - 1),
    sightings: [],
    settlements: [],
  }))
}

test("blocks come back with what they stated, and an empty chain has no head", async () => {
  const settlement: Settlement = {
    transaction: anId("t"),
    transfers: [aSighting().id],
    outcome: "paid",
    reason: null,
    networkFee: 12n,
  }
  expect(await blocks.head(sql, "arweave")).toBeNull()
  const [first, second] = branch(5, 6)
  const full = { ...second!, sightings: [aSighting().id], settlements: [settlement] }

  await append(sql, "arweave", [first!, full])

  expect(await blocks.head(sql, "arweave")).toMatchObject({ ...full, final: false })
  expect(await blocks.at(sql, "arweave", 5)).toMatchObject(first!)
  expect(await blocks.at(sql, "arweave", 7)).toBeNull()
  expect(await blocks.head(sql, "ao")).toBeNull()
})

test("a gap and a block of another branch are refused, and nothing is added", async () => {
  await append(sql, "arweave", branch(1, 3))

  for (const wrong of [branch(5, 6), branch(4, 5, "other", 2), branch(3, 4, "other", 2)])
    await expect(append(sql, "arweave", wrong)).rejects.toMatchObject({
      code: "stale-version",
      remedy: "retry",
    })

  expect(await blocks.head(sql, "arweave")).toMatchObject({ height: 3 })
})

test("a reorganisation replaces the tail, and the old tail can come back", async () => {
  await append(sql, "arweave", branch(1, 4))

  await orphan(sql, "arweave", 3)
  await append(sql, "arweave", branch(3, 5, "other", 2))
  expect(await blocks.head(sql, "arweave")).toMatchObject({ id: anId("other 5") })
  await orphan(sql, "arweave", 3)
  await append(sql, "arweave", branch(3, 4))

  expect(await blocks.head(sql, "arweave")).toMatchObject({ id: anId("main 4") })
})

test("two watchers of one chain that race write one chain", async () => {
  await append(sql, "arweave", branch(1, 2))
  const tails = [branch(3, 8), branch(3, 6, "other", 2), branch(3, 8), branch(3, 9, "third", 2)]

  const results = await Promise.allSettled(tails.map((tail) => append(sql, "arweave", tail)))

  expect(results.some(({ status }) => status === "fulfilled")).toBe(true)
  const head = await blocks.head(sql, "arweave")
  for (let height = head!.height; height > 1; height--) {
    const block = await blocks.at(sql, "arweave", height)
    expect(block!.parent).toBe((await blocks.at(sql, "arweave", height - 1))!.id)
  }
})

test("a block never stays on top of one that is taken away at that moment", async () => {
  for (let round = 0; round < 30; round++) {
    await orphan(sql, "arweave", 0)
    await append(sql, "arweave", branch(1, 3))

    await Promise.allSettled([
      orphan(sql, "arweave", 3),
      append(sql, "arweave", branch(4, 5)),
      orphan(sql, "arweave", 3),
    ])

    const head = await blocks.head(sql, "arweave")
    expect([2, 3, 4, 5]).toContain(head!.height)
    for (let height = head!.height; height > 0; height--)
      expect(await blocks.at(sql, "arweave", height)).not.toBeNull()
  }
})

test("a block is to be settled until it was, lowest first", async () => {
  await append(sql, "arweave", branch(1, 6))
  await settle(sql, "arweave", 2)

  const due = await blocks.unsettled(sql, "arweave", 5, 2)
  await settle(sql, "arweave", 5)

  expect(due.map(({ height }) => height)).toEqual([3, 4])
  expect(await blocks.unsettled(sql, "arweave", 5, 10)).toEqual([])
  expect(await blocks.at(sql, "arweave", 5)).toMatchObject({ final: true })
  expect(await blocks.head(sql, "arweave")).toMatchObject({ final: false })
})

test("what was judged by a head that another watcher moved is not written, facts and all", async () => {
  const [first, second] = branch(1, 2)
  await append(sql, "arweave", [first!])
  const stale = { chain: "arweave", head: null, append: [second!] } as const
  const sighting = aSighting({ id: `arweave:${anId("late")}:0` })
  const change = { transfer: sighting.id, key: "Seen", event: seen(sighting) }

  await expect(advance(sql, [change], { blocks: stale })).rejects.toThrow("stale-version")

  expect(await findTransfer(sql, sighting.id)).toBeNull()
  expect(await blocks.head(sql, "arweave")).toMatchObject({ height: 1 })
})

test("a transfer is confirmed only while its block is on record as canonical", async () => {
  const [block] = branch(1, 1)
  const sighting = aSighting({ id: `arweave:${anId("standing")}:0` })
  const event = { ...seen(sighting), block: { height: 1, id: block!.id } } as TransferEvent
  await advance(sql, [{ transfer: sighting.id, key: "Seen", event }])
  const deep = async () => (await seenUpTo(sql, "arweave", 9, 10)).map(({ id }) => id)

  expect(await deep()).toEqual([])
  expect((await fallen(sql, [sighting.id])).map(({ id }) => id)).toEqual([sighting.id])
  await append(sql, "arweave", [{ ...block!, sightings: [sighting.id] }])
  expect(await deep()).toEqual([sighting.id])
  expect(await fallen(sql, [sighting.id])).toEqual([])
})
