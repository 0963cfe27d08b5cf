// The rules of the core, kept through reorganisations, crashes, lies and races: one seed a run.

import { readFileSync } from "node:fs"
import path from "node:path"
import { describe, expect, test } from "vitest"
import { EVENTS, moveOf, STATES } from "../../core/transfer.ts"
import { RULES } from "./rules.ts"
import { type Summary, simulate } from "./simulate.ts"

const SEEDS = Number(process.env.SEEDS ?? 300)
const LIMIT_MS = 60_000 + SEEDS * 500

/** Moves that no chain of the model takes. */
const UNUSED: readonly string[] = []

/** Seeds that together must have seen everything; fewer may be asked for, not here. */
const SEEDS_ENOUGH = 300

test(
  `${SEEDS} seeds keep every invariant, and everything owed is paid in the end`,
  async () => {
    expect(await runsOf(SEEDS)).toHaveLength(SEEDS)
  },
  LIMIT_MS,
)

test.each(formerFailures())("seed %i, which once failed, holds", async (seed) => {
  expect((await formerRun(seed)).transfers).toBeGreaterThan(0)
})

describe("the simulation", () => {
  test("takes every move that a chain of ours can cause", async () => {
    const legal = STATES.flatMap((state) =>
      EVENTS.filter((kind) => moveOf(state, kind) !== null).map((kind) => `${state} ${kind}`),
    )

    const seen = [...(await runsOf(SEEDS_ENOUGH))]
    for (const seed of formerFailures()) seen.push(await formerRun(seed))
    const taken = new Set(seen.flatMap(({ moves }) => [...moves]))

    expect(legal.filter((move) => !taken.has(move))).toEqual(UNUSED)
  })

  test("ends transfers in every way there is, and none without a reason", async () => {
    const ends = new Set((await runsOf(SEEDS_ENOUGH)).flatMap(({ states }) => Object.keys(states)))

    const ways = ["paid", "paid refund", "held (not-enough-to-pay-fees)", "dropped"]
    expect([...ends]).toEqual(expect.arrayContaining(ways))
    // Whatever else is the end of one has a reason, for people to read.
    expect([...ends].filter((end) => !/^(paid|dropped)( refund)?$|\(.+\)$/.test(end))).toEqual([])
  })

  test("runs a seed the same way twice", async () => {
    const lines: string[][] = [[], []]

    for (const log of lines) await simulate(7, RULES, (line) => log.push(line))

    expect(lines[0]!.length).toBeGreaterThan(100)
    expect(lines[0]).toEqual(lines[1])
  })
})

const runs: Summary[] = []

/** The first `count` seeds, each run once. */
async function runsOf(count: number): Promise<readonly Summary[]> {
  while (runs.length < count) runs.push(await simulate(runs.length + 1))
  return runs.slice(0, count)
}

const formerRuns = new Map<number, Summary>()

async function formerRun(seed: number): Promise<Summary> {
  const known = formerRuns.get(seed) ?? (await simulate(seed))
  formerRuns.set(seed, known)
  return known
}

function formerFailures(): readonly number[] {
  const text = readFileSync(path.join(import.meta.dirname, "seeds.txt"), "utf8")
  return text
    .split("\n")
    .filter((line) => /^\d/.test(line))
    .map((line) => Number.parseInt(line, 10))
}
