// Providers that say different things: told at once, and a stop when they go on.

import { deepEqual, equal, rejects } from "node:assert/strict"
import { test } from "vitest"
import type { Connection } from "../../chains/chain.ts"
import { type Divergence, Divergences } from "../../chains/divergence.ts"
import { agreed } from "../../chains/quorum.ts"
import { BridgeError } from "../../core/errors.ts"

/** A connection with a private field, whose two providers say what the test sets. */
class Pair {
  readonly chain = "arweave"
  readonly #reads = { count: 0 }
  said: readonly [string, string] = ["same", "same"]

  async block(height: number) {
    this.#reads.count += 1
    const [a, b] = this.said
    const value = agreed(
      [
        { from: "https://a.example", value: a },
        { from: "https://b.example", value: b },
      ],
      (text) => text,
    )
    return { height, id: value }
  }

  reads() {
    return this.#reads.count
  }
}

function world() {
  const told: Divergence[] = []
  const clock = { ms: 0 }
  const divergences = new Divergences({ now: () => clock.ms, tell: (one) => told.push(one) })
  const pair = new Pair()
  const watched = divergences.watch(pair as unknown as Connection)
  return { told, clock, pair, watched, divergences }
}

// Case 41; R-15.
test("what two providers say differently is told with both answers and their hashes, and believed by nobody", async () => {
  const { told, pair, watched } = world()
  pair.said = ["one", "other"]

  await rejects(async () => watched.block(7), { code: "rpc-disagrees" })

  const [first] = told
  equal(told.length, 1)
  deepEqual(
    [
      first!.chain,
      first!.request,
      first!.halts,
      first!.answers.map(({ from, text }) => [from, text]),
    ],
    [
      "arweave",
      "block 7",
      false,
      [
        ["https://a.example", "one"],
        ["https://b.example", "other"],
      ],
    ],
  )
  equal(
    first!.answers[0]!.sha256,
    "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed",
  )
})

test("the same question answered differently again, with no agreement in between, halts", async () => {
  const { told, clock, pair, watched } = world()
  pair.said = ["one", "other"]
  const look = () => watched.block(7).catch(() => null)

  await look()
  clock.ms = 500
  await look()
  deepEqual(
    told.map(({ halts }) => halts),
    [false],
    "within a moment it is the same time",
  )
  clock.ms = 1_000
  await look()
  deepEqual(
    told.map(({ halts }) => halts),
    [false, true],
  )
  for (clock.ms = 2_000; clock.ms < 60_000; clock.ms += 1_000) await look()
  equal(told.length, 2, "what stays so is not told with every look")
})

test("a fork at the tip, seen once and settled at the next look, halts nobody", async () => {
  const { told, clock, pair, watched } = world()
  for (let round = 0; round < 5; round += 1) {
    pair.said = ["one", "other"]
    await watched.block(7).catch(() => null)
    clock.ms += 2_000
    pair.said = ["same", "same"]
    await watched.block(7)
    clock.ms += 2_000
  }

  deepEqual(
    told.map(({ halts }) => halts),
    [false, false, false, false, false],
  )
})

test("another question is another matter, and a provider that is behind only lags", async () => {
  const { told, clock, watched, pair, divergences } = world()
  pair.said = ["one", "other"]
  for (const height of [7, 8, 9]) {
    await watched.block(height).catch(() => null)
    clock.ms += 2_000
  }
  const lags = {
    tip: async () => Promise.reject(new BridgeError("rpc-disagrees", { why: "a node is behind" })),
  }
  const lagging = divergences.watch({ chain: "bitcoin", ...lags } as unknown as Connection)
  for (let round = 0; round < 3; round += 1) {
    await lagging.tip().catch(() => null)
    clock.ms += 2_000
  }

  deepEqual(
    told.map(({ chain, halts }) => [chain, halts]),
    Array(3).fill(["arweave", false]),
  )
})

test("one that was outvoted has disagreed too", () => {
  const { told, clock, divergences } = world()

  divergences.note("ethereum", "https://c.example about the block at 9", "it says something else")
  clock.ms = 5_000
  divergences.note("ethereum", "https://c.example about the block at 9", "it says something else")

  deepEqual(
    told.map(({ halts }) => halts),
    [false, true],
  )
})

test("everything else of a connection works as before, private fields too", async () => {
  const { watched, pair } = world()

  await watched.block(1)
  equal((watched as unknown as Pair).reads(), 1)
  equal(pair.reads(), 1)
})
