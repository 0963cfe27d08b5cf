// How fast the store takes changes, and whether a million transfers in its tables slow it down.

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { startPostgres } from "../devnet/postgres.ts"
import { advance, type Change } from "../services/store/advance.ts"
import { openDatabase, type Sql } from "../services/store/database.ts"
import { migrate } from "../services/store/migrate.ts"
import { fillTables } from "./store/fill.ts"
import { nextBatch } from "./store/lives.ts"

/** Transfers in one call. */
const BATCH = 500
const ROUNDS = 15

/**
 * `advancesPerSecond…`: events a second, each batch of 500 new transfers going from seen to paid in six
 * calls, with so many paid transfers in the tables already. `ratio`: million to thousand, the median of
 * rounds that take turns.
 */
export async function store() {
  const folder = mkdtempSync(path.join(tmpdir(), "causeway-bench-"))
  const server = await startPostgres(folder, { database: "thousand" })
  const small = openDatabase(server.url)
  const admin = openDatabase(new URL("/postgres", server.url).href)
  await admin`create database million`
  const large = openDatabase(new URL("/million", server.url).href)
  try {
    for (const [sql, count] of [
      [small, 1_000],
      [large, 1_000_000],
    ] as const) {
      await migrate(sql)
      await fillTables(sql, count)
    }
    const rates = await takeTurns(small, large)
    return {
      figures: {
        advancesPerSecond1k: Math.round(median(rates.map(({ small }) => small))),
        advancesPerSecond1m: Math.round(median(rates.map(({ large }) => large))),
        ratio: Number(median(rates.map(({ small, large }) => large / small)).toFixed(3)),
      },
      units: {
        advancesPerSecond1k: "events/s",
        advancesPerSecond1m: "events/s",
        ratio: "million : thousand",
      },
    }
  } finally {
    await Promise.all([small.end(), large.end(), admin.end()])
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function takeTurns(small: Sql, large: Sql) {
  const rates: { small: number; large: number }[] = []
  for (let round = -2; round < ROUNDS; round++) {
    // Whoever goes second finds a warmer machine, so they swap.
    const order = round % 2 === 0 ? [small, large] : [large, small]
    const measured = new Map<Sql, number>()
    for (const sql of order) measured.set(sql, await rateOf(sql))
    if (round >= 0) rates.push({ small: measured.get(small)!, large: measured.get(large)! })
  }
  return rates
}

async function rateOf(sql: Sql): Promise<number> {
  const calls: Change[][] = nextBatch(BATCH)
  const started = performance.now()
  for (const changes of calls) {
    const outcomes = await advance(sql, changes)
    if (outcomes.some(({ kind }) => kind !== "applied")) throw new Error("a change was not applied")
  }
  return (calls.flat().length / (performance.now() - started)) * 1_000
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!
}
