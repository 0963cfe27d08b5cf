// `causeway drill`: a backup is made, brought back beside the books, caught up from the chains and compared with them.

import { randomBytes } from "node:crypto"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { parseArgs } from "node:util"
import type { Connection } from "../../chains/chain.ts"
import { CHAIN_OF } from "../../chains/index.ts"
import { chainNamed, servedBy } from "../../chains/served.ts"
import { formatUnits } from "../../core/amount.ts"
import { ASSETS, type AssetName, type ChainName, networkOf } from "../../core/assets.ts"
import { BridgeError } from "../../core/errors.ts"
import { ACCOUNTS, type Account, type Balances } from "../../core/ledger.ts"
import { readServicesConfig, type ServicesConfig } from "../config.ts"
import { logFor } from "../log.ts"
import { screener } from "../screener/screener.ts"
import { backup } from "../store/backup.ts"
import { openDatabase, type Sql } from "../store/database.ts"
import { balancesNow } from "../store/ledger.ts"
import { newNotes } from "../store/notes.ts"
import { openRows, takeRows } from "../store/outbox.ts"
import { aim, recoveries } from "../store/recoveries.ts"
import { restore } from "../store/restore.ts"
import { pass, type Watcher } from "../watchers/follow.ts"
import { secondsSince } from "./books.ts"
import type { Terminal } from "./commands.ts"

/** How often both books are compared before what differs is told: the bridge goes on meanwhile. */
const LOOKS = 30
const LOOK_MS = 1_000

interface Difference {
  readonly asset: AssetName
  readonly account: Account
  readonly books: bigint
  readonly restored: bigint
}

export async function run(words: readonly string[], terminal: Terminal): Promise<number> {
  const { values } = parseArgs({
    args: [...words],
    options: {
      folder: { type: "string" },
      "scratch-database": { type: "string" },
      json: { type: "boolean", default: false },
    },
  })
  if (!values.folder) throw new BridgeError("bad-request", { missing: "--folder DIR" })
  const config = await readServicesConfig(resolve(values.folder))
  const note = values.json ? () => {} : terminal.note
  const books = openDatabase(config.settings.database, { connections: 4 })
  const folder = await mkdtemp(join(tmpdir(), "causeway-drill-"))
  const scratch = await scratchDatabase(books, config.settings.database, values["scratch-database"])
  const copy = openDatabase(scratch.url, { connections: 4 })
  try {
    const seconds: Record<string, number> = {}
    const timed = async <Value>(step: string, work: () => Promise<Value>): Promise<Value> => {
      const started = performance.now()
      const value = await work()
      seconds[step] = secondsSince(started)
      note(`  ok ${step}, ${seconds[step]} s`)
      return value
    }
    const served = servedBy(config.bridge.deployment)
    const file = join(folder, "drill.backup")
    const { rows, bytes } = await timed("backup", () => backup(books, file))
    await timed("restore", () => restore(copy, file, served))
    const caughtUp = await timed("catch up", () => catchUp(config, copy, served))
    const differences = await timed("compare", () => compare(config, books, copy, served))
    const ok = differences.length === 0
    const facts = { rows, bytes, waiting: caughtUp, seconds }
    terminal.out(
      values.json ? JSON.stringify({ ok, ...facts, differences: said(differences) }) : told(),
    )
    return ok ? 0 : 1

    function told(): string {
      const total = Object.values(seconds).reduce((sum, one) => sum + one, 0)
      const lines = differences.map(
        ({ asset, account, books: here, restored }) =>
          `  ${asset} ${account}: the books say ${units(asset, here)}, what came back ${units(asset, restored)}`,
      )
      const late = caughtUp.map(
        (chain) => `  payouts on ${chain} would wait for more of its blocks`,
      )
      const verdict = ok ? "every balance is the same" : "NOT THE SAME"
      return [
        `${rows} rows, ${bytes} bytes; ${total.toFixed(2)} s in all`,
        ...late,
        ...lines,
        verdict,
      ].join("\n")
    }
  } finally {
    await copy.end({ timeout: 5 })
    await scratch.drop()
    await books.end({ timeout: 5 })
    await rm(folder, { recursive: true, force: true })
  }
}

interface Scratch {
  readonly url: string
  drop(): Promise<void>
}

/** A database of its own on the same server, unless an empty one elsewhere is named. */
async function scratchDatabase(books: Sql, url: string, named?: string): Promise<Scratch> {
  if (named) return { url: named, drop: async () => {} }
  const name = `causeway_drill_${randomBytes(6).toString("hex")}`
  await books`create database ${books(name)}`
  const place = new URL(url)
  place.pathname = `/${name}`
  return {
    url: place.href,
    async drop() {
      await books`drop database if exists ${books(name)} with (force)`
    },
  }
}

/** Reads the chains as the watchers do, and pays nothing; returns where payouts would still wait. */
async function catchUp(config: ServicesConfig, sql: Sql, served: readonly ChainName[]) {
  const { bridge, settings } = config
  const log = logFor("drill", "silent")
  const connections = served.map((name): [ChainName, Connection] => {
    const endpoints = settings.endpoints[networkOf(name)]!
    const chain = chainNamed(CHAIN_OF, name)
    return [name, chain.connect(endpoints, bridge.deployment, undefined, newNotes(sql, name))]
  })
  const watchers = connections.map(
    ([name, connection]): Watcher => ({
      ...{ sql, log, ...bridge, ...settings.watch[networkOf(name)]!, connection },
      chain: chainNamed(CHAIN_OF, name),
    }),
  )
  try {
    const tips = new Map<ChainName, Awaited<ReturnType<Connection["tip"]>>>()
    for (const { chain, connection } of watchers) {
      const tip = await connection.tip()
      tips.set(chain.name, tip)
      await aim(sql, chain.name, tip.height)
    }
    for (let isBusy = true; isBusy; ) {
      isBusy = false
      for (const watcher of watchers)
        while (await pass(watcher, tips.get(watcher.chain.name)!)) isBusy = true
      if (await screenAll(sql, config)) isBusy = true
    }
    return (await recoveries(sql)).filter(({ isOver }) => !isOver).map(({ chain }) => chain)
  } finally {
    await Promise.all(connections.map(([, connection]) => connection.close()))
  }
}

/** By the terms alone: whom lists name makes no difference to what is owed. */
async function screenAll(sql: Sql, { bridge }: ServicesConfig): Promise<boolean> {
  const rows = (await takeRows(sql, 500)).filter(({ kind }) => kind === "screen")
  if (rows.length === 0) return false
  const { open } = await openRows(
    sql,
    rows.map(({ id }) => id),
  )
  await screener(sql, bridge.policy, null)(open)
  return true
}

/** Balances follow from the chains alone, so both books agree as soon as they have read equally far. */
async function compare(
  config: ServicesConfig,
  books: Sql,
  copy: Sql,
  served: readonly ChainName[],
): Promise<readonly Difference[]> {
  const assets = Object.keys(config.bridge.deployment.tokens) as AssetName[]
  for (let look = 1; ; look++) {
    const found: Difference[] = []
    for (const asset of assets) {
      const [here, there] = [await balancesNow(books, asset), await balancesNow(copy, asset)]
      found.push(...differencesOf(asset, here, there))
    }
    if (found.length === 0 || look === LOOKS) return found
    await delay(LOOK_MS)
    await catchUp(config, copy, served)
  }
}

function differencesOf(asset: AssetName, here: Balances, there: Balances): Difference[] {
  return ACCOUNTS.filter((account) => here[account] !== there[account]).map((account) => ({
    ...{ asset, account },
    books: here[account],
    restored: there[account],
  }))
}

function said(differences: readonly Difference[]) {
  return differences.map(({ books, restored, ...rest }) => ({
    ...rest,
    books: `${books}`,
    restored: `${restored}`,
  }))
}

function units(asset: AssetName, amount: bigint): string {
  return `${formatUnits(amount, ASSETS[asset].decimals)} ${asset}`
}
