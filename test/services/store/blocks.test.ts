// The record of what a watcher has read is one chain without gaps, whoever writes to it.

import { beforeAll, beforeEach, expect, test } from "vitest"
import type { Settlement } from "../../../chains/chain.ts"
import type { NewBlock } from "../../../services/store/blocks.ts"
import * as blocks from "../../../services/store/blocks.ts"
import type { Sql } from "../../../services/store/database.ts"
import { anId, aSighting } from "../../builders.ts"
import { testDatabase } from "../../database.ts"

let sql: Sql

beforeAll(async () => {
  sql = (await testDatabase()).sql
})
beforeEach(async () => {
  await blocks.orphan(sql, "arweave", 0)
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

  await blocks.append(sql, "arweave", [first!, full])

  expect(await blocks.head(sql, "arweave")).toMatchObject({ ...full, final: false })
  expect(await blocks.at(sql, "arweave", 5)).toMatchObject(first!)
  expect(await blocks.at(sql, "arweave", 7)).toBeNull()
  expect(await blocks.head(sql, "ao")).toBeNull()
})

test("a gap and a block of another branch are refused, and nothing is added", async () => {
  await blocks.append(sql, "arweave", branch(1, 3))

  for (const wrong of [branch(5, 6), branch(4, 5, "other", 2), branch(3, 4, "other", 2)])
    await expect(blocks.append(sql, "arweave", wrong)).rejects.toMatchObject({
      code: "stale-version",
      remedy: "retry",
    })

  expect(await blocks.head(sql, "arweave")).toMatchObject({ height: 3 })
})

test("a reorganisation replaces the tail, and the old tail can come back", async () => {
  await blocks.append(sql, "arweave", branch(1, 4))

  await blocks.orphan(sql, "arweave", 3)
  await blocks.append(sql, "arweave", branch(3, 5, "other", 2))
  expect(await blocks.head(sql, "arweave")).toMatchObject({ id: anId("other 5") })
  await blocks.orphan(sql, "arweave", 3)
  await blocks.append(sql, "arweave", branch(3, 4))

  expect(await blocks.head(sql, "arweave")).toMatchObject({ id: anId("main 4") })
})

test("two watchers of one chain that race write one chain", async () => {
  await blocks.append(sql, "arweave", branch(1, 2))
  const tails = [branch(3, 8), branch(3, 6, "other", 2), branch(3, 8), branch(3, 9, "third", 2)]

  const results = await Promise.allSettled(tails.map((tail) => blocks.append(sql, "arweave", tail)))

  expect(results.some(({ status }) => status === "fulfilled")).toBe(true)
  const head = await blocks.head(sql, "arweave")
  for (let height = head!.height; height > 1; height--) {
    const block = await blocks.at(sql, "arweave", height)
    expect(block!.parent).toBe((await blocks.at(sql, "arweave", height - 1))!.id)
  }
})

test("a block never stays on top of one that is taken away at that moment", async () => {
  for (let round = 0; round < 30; round++) {
    await blocks.orphan(sql, "arweave", 0)
    await blocks.append(sql, "arweave", branch(1, 3))

    await Promise.allSettled([
      blocks.orphan(sql, "arweave", 3),
      blocks.append(sql, "arweave", branch(4, 5)),
      blocks.orphan(sql, "arweave", 3),
    ])

    const head = await blocks.head(sql, "arweave")
    expect([2, 3, 4, 5]).toContain(head!.height)
    for (let height = head!.height; height > 0; height--)
      expect(await blocks.at(sql, "arweave", height)).not.toBeNull()
  }
})

test("a block is to be settled until it was, lowest first", async () => {
  await blocks.append(sql, "arweave", branch(1, 6))
  await blocks.settled(sql, "arweave", 2)

  const due = await blocks.unsettled(sql, "arweave", 5, 2)
  await blocks.settled(sql, "arweave", 5)

  expect(due.map(({ height }) => height)).toEqual([3, 4])
  expect(await blocks.unsettled(sql, "arweave", 5, 10)).toEqual([])
  expect(await blocks.at(sql, "arweave", 5)).toMatchObject({ final: true })
  expect(await blocks.head(sql, "arweave")).toMatchObject({ final: false })
})
