// Reads at a steady rate, of an API in a process of its own over a database of a hundred thousand transfers.

import { createHash } from "node:crypto"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { bridgeJson } from "../../chains/bridge.ts"
import type { Deployment } from "../../chains/chain.ts"
import { assert } from "../../core/assert.ts"
import { startChild } from "../../devnet/child.ts"
import { startPostgres } from "../../devnet/postgres.ts"
import { writeServices } from "../../devnet/settings.ts"
import { DEVNET_POLICY } from "../../devnet/terms.ts"
import { advance } from "../../services/store/advance.ts"
import { openDatabase, type Sql } from "../../services/store/database.ts"
import { migrate } from "../../services/store/migrate.ts"
import { cpuMsOf, family, parentOf } from "../cpu.ts"
import type { Measured } from "../main.ts"
import { fillTables } from "../store/fill.ts"
import { nextBatch } from "../store/lives.ts"
import { steady } from "./steady.ts"

const TRANSFERS = 100_000
/** New ones in each state on the way. */
const UNDER_WAY = 200
const PER_SECOND = 1_000
const WARM_S = 5
const SECONDS = 20

/** In what share people, the page and integrators ask for what. */
const MIX: readonly (readonly [share: number, pathOf: (n: number) => string])[] = [
  [40, (n) => `/transfers/arweave:${idOf(`old ${n}`)}:0`],
  [10, (n) => `/transfers/arweave:${idOf(`old ${n}`)}:0/timeline`],
  [12, (n) => `/transfers?address=${idOf(`sender ${n}`)}`],
  [8, (n) => `/transfers?tx=${idOf(`old ${n}`)}`],
  [5, () => "/transfers"],
  [5, () => "/health"],
  [5, () => "/controls"],
  [4, () => "/reserves"],
  [3, () => "/ledger"],
  [3, () => "/info"],
  [3, (n) => `/tx/${idOf(`old ${n}`)}`],
  [2, () => "/signers"],
]

export async function reads({ perSecond = PER_SECOND, seconds = SECONDS } = {}): Promise<Measured> {
  const folder = mkdtempSync(path.join(tmpdir(), "causeway-load-"))
  const server = await startPostgres(path.join(folder, "postgres"), { database: "load" })
  const sql = openDatabase(server.url)
  try {
    await migrate(sql)
    await fillTables(sql, TRANSFERS)
    await goOn(sql)
    const services = await folderFor(path.join(folder, "services"), server.url)
    const child = await startChild({
      name: "api",
      script: new URL("../../services/process.ts", import.meta.url),
      args: ["--folder", services, "--only", "api"],
      logFile: path.join(folder, "api.log"),
    })
    try {
      const ask = steady(String(child.ready.apiUrl), pathAt)
      await ask(perSecond, WARM_S)
      const before = [cpuMsOf([child.pid]), await databaseCpu(sql)] as const
      const seen = await ask(perSecond, seconds)
      const [api, database] = [
        cpuMsOf([child.pid]) - before[0],
        (await databaseCpu(sql)) - before[1],
      ]
      assert(seen.failed === 0, `every read is answered: ${seen.failed} were not`)
      return {
        figures: {
          transfers: TRANSFERS,
          readsPerSecond: Math.round(seen.perSecond),
          ...{ readP50Ms: seen.p50Ms, readP95Ms: seen.p95Ms, readP99Ms: seen.p99Ms },
          readMaxMs: seen.maxMs,
          apiCpuMs: api / seen.count,
          databaseCpuMs: database / seen.count,
        },
        units: {
          transfers: "in the tables",
          readsPerSecond: "requests/s",
          ...{ readP50Ms: "ms", readP95Ms: "ms", readP99Ms: "ms", readMaxMs: "ms" },
          ...{ apiCpuMs: "ms/request", databaseCpuMs: "ms/request" },
        },
      }
    } finally {
      await child.stop()
    }
  } finally {
    await sql.end()
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The path of the `n`-th request: each kind in its share, and never the same transfer soon again. */
export function pathAt(n: number): string {
  const all = MIX.reduce((sum, [share]) => sum + share, 0)
  // Spread over the mix, not in runs of one kind.
  let left = (n * 37) % all
  const kind = MIX.find(([share]) => {
    left -= share
    return left < 0
  })!
  return kind[1](1 + ((n * 7_919) % TRANSFERS))
}

/** Blocks to count confirmations by, and transfers on every stage of their way. */
export async function goOn(sql: Sql): Promise<void> {
  for (const chain of ["arweave", "ao"] as const) {
    const block = { height: 1_004, id: idOf("tip"), parent: idOf("before"), sightings: [] }
    await advance(sql, [], {
      blocks: { chain, head: null, append: [{ ...block, settlements: [] }] },
    })
  }
  for (let stages = 1; stages <= 6; stages++)
    for (const changes of nextBatch(UNDER_WAY).slice(0, stages)) await advance(sql, changes)
}

export async function folderFor(folder: string, database: string): Promise<string> {
  mkdirSync(folder)
  const modulus = Buffer.alloc(512, 0xab)
  const deployment: Deployment = {
    network: "devnet",
    owner: modulus.toString("base64url"),
    vault: createHash("sha256").update(modulus).digest("base64url"),
    tokens: { AR: idOf("wAR") },
  }
  const bridge = bridgeJson({ deployment, policy: DEVNET_POLICY })
  writeFileSync(path.join(folder, "bridge.json"), JSON.stringify(bridge))
  // Nobody is there, and no read asks them.
  const nowhere = "http://127.0.0.1:9"
  await writeServices(folder, {
    ...{ database, signers: {}, gas: {}, operators: [], port: 0 },
    endpoints: {
      arweave: { urls: { node: [nowhere] } },
      ao: { urls: { mu: [nowhere], su: [nowhere], cu: [nowhere] } },
    },
  })
  return folder
}

async function databaseCpu(sql: Sql): Promise<number> {
  const [row] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`
  return cpuMsOf(family([parentOf(row!.pid)]))
}

function idOf(name: string): string {
  return createHash("sha256").update(name).digest("base64url")
}
