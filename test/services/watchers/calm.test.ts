// A chain that stands still is asked for its tip and nothing else; what waits for depth is still moved on.

import { pino } from "pino"
import { beforeEach, expect, test } from "vitest"
import type { Block, Chain, Connection, Facts } from "../../../chains/chain.ts"
import type { Sql } from "../../../services/store/database.ts"
import { findTransfer } from "../../../services/store/transfers.ts"
import { follow, type Watcher } from "../../../services/watchers/follow.ts"
import { aBlock, aPolicy, aSighting } from "../../builders.ts"
import { deployment } from "../../chains/builders.ts"
import { testDatabase } from "../../database.ts"

let sql: Sql
beforeEach(async () => {
  sql = (await testDatabase()).sql
})

/** The store, and who hears of each statement. */
function overheard(hear: () => void): Sql {
  return new Proxy(sql, {
    apply: (target, self, parts) => {
      hear()
      return Reflect.apply(target as never, self, parts)
    },
  })
}

const sighting = aSighting()
const FACTS: Facts = { sightings: [sighting], settlements: [], strays: [] }
const NONE: Facts = { sightings: [], settlements: [], strays: [] }

/** A chain with a deposit in its first block; `looked` hears of each look at the tip, with how many there were. */
function chainOf(tipNow: () => number, looked: (looks: number) => void): Omit<Watcher, "sql"> {
  let looks = 0
  const connection = {
    chain: "arweave",
    tip: async () => {
      looked(++looks)
      return aBlock(tipNow())
    },
    block: async (height: number): Promise<Block | null> =>
      height > tipNow()
        ? null
        : {
            ...{ ...aBlock(height), chain: "arweave", parent: aBlock(height - 1).id },
            ...{ timestampMs: 0, items: [height] },
          },
  } as unknown as Connection
  const chain = {
    ...{ name: "arweave", scheme: "rsa" },
    codec: { facts: ({ items }: Block) => (items[0] === 1 ? FACTS : NONE) },
  } as unknown as Chain
  return {
    ...{ chain, connection, deployment, policy: aPolicy(), log: pino({ level: "silent" }) },
    ...{ heightMin: 1, pollMs: 1 },
  }
}

test("a chain that stands still is no work for the store", async () => {
  const stop = new AbortController()
  const asked = new Set<number>()
  let look = 0
  const chain = chainOf(
    () => 3,
    (looks) => {
      look = looks
      if (looks === 110) stop.abort()
    },
  )

  await follow({ ...chain, sql: overheard(() => asked.add(look)) }, stop.signal)

  // Others may have left something undone at this tip, so it is asked now and then.
  expect([...asked].filter((one) => one > 10)).toHaveLength(5)
})

test("a chain that moves again after standing still is read on", async () => {
  const stop = new AbortController()
  let tip = 3
  const chain = chainOf(
    () => tip,
    (looks) => {
      if (looks === 10) tip = 1 + aPolicy().depths.arweave!
      if (looks === 40) stop.abort()
    },
  )

  await follow({ ...chain, sql }, stop.signal)

  expect((await findTransfer(sql, sighting.id))?.state).toBe("confirmed")
})
