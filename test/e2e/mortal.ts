// The services' own parts, run step by step in lives that end at a commit: just before it, or right after.
//
// Life after life works on the same database, chains and signers. A life ends at the first commit, told by
// what it does and how far the transfer is, at which none has ended in the same way before. So every
// persisted step has had a death on both its sides when a life comes to its natural end.

import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { pino } from "pino"
import type { Connection } from "../../chains/chain.ts"
import { CHAIN_OF } from "../../chains/index.ts"
import type { TransferId } from "../../core/ids.ts"
import { type ClusterClient, connectCluster, parseManifest } from "../../mpc/client.ts"
import { readServicesConfig, type ServicesConfig } from "../../services/config.ts"
import { minter } from "../../services/minter/minter.ts"
import { lookAfter } from "../../services/payout/broadcast.ts"
import type { Signing } from "../../services/payout/sign.ts"
import type { Station } from "../../services/queue/workers.ts"
import { releaser } from "../../services/releaser/releaser.ts"
import { screener } from "../../services/screener/screener.ts"
import type { Sql } from "../../services/store/database.ts"
import { openRows, sweepRows, takeRows } from "../../services/store/outbox.ts"
import { findTransfer } from "../../services/store/transfers.ts"
import { pass } from "../../services/watchers/follow.ts"

/** Deaths so far: `what | state | before` and `… | after`. */
export type Deaths = Set<string>

/** Lives one life; returns whether it came to its natural end, with nothing left to do just now. */
export async function live(
  folder: string,
  sql: Sql,
  transfer: string,
  deaths: Deaths,
): Promise<boolean> {
  const config = await readServicesConfig(folder)
  const life = new Life(
    async () => (await findTransfer(sql, transfer as TransferId))?.state,
    deaths,
  )
  const parts = await partsOf(config, life.over(sql), life)
  const isOver = await Promise.race([
    work(parts, life).then(() => true),
    life.end.then(() => false),
  ])
  await parts.close()
  return isOver
}

class Life {
  readonly end: Promise<void>
  /** Which part is at work, and how many commits it has tried since it began. */
  #part = ""
  #count = 0
  #isDead = false
  #last: Promise<unknown> = Promise.resolve()
  #die: () => void = () => {}
  readonly #stateNow: () => Promise<string | undefined>
  readonly #deaths: Deaths

  constructor(stateNow: () => Promise<string | undefined>, deaths: Deaths) {
    this.#stateNow = stateNow
    this.#deaths = deaths
    this.end = new Promise((resolve) => {
      this.#die = resolve
    })
  }

  async doing<Value>(part: string, run: () => Promise<Value>): Promise<Value> {
    this.#part = part
    this.#count = 0
    return run()
  }

  /** A connection whose commits can be the last thing that happens. */
  over(sql: Sql): Sql {
    const commit = <Value>(run: () => Promise<Value>) => this.#commit(run)
    return new Proxy(sql, {
      apply: (target, self, words: unknown[]) => {
        const query = Reflect.apply(target as never, self, words) as Promise<unknown>
        const [text] = Array.isArray(words[0]) ? (words[0] as string[]) : []
        if (text === undefined || !/^\s*(insert|update|delete)/.test(text)) return query
        return new Proxy(query, {
          get: (waiting, name) => {
            const value: unknown = Reflect.get(waiting, name)
            if (typeof value !== "function") return value
            if (name !== "then") return value.bind(waiting)
            const run = () => new Promise((ok, fail) => waiting.then(ok, fail))
            return (...on: Parameters<Promise<unknown>["then"]>) => commit(run).then(...on)
          },
        })
      },
      get: (target, name) =>
        name === "begin"
          ? (work: never) => commit(() => target.begin(work))
          : Reflect.get(target, name),
    })
  }

  /** Whatever is asked for after the end is never answered, and what was asked before it neither. */
  outside<Part extends object>(part: Part): Part {
    return new Proxy(part, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name)
        if (typeof value !== "function") return value
        return async (...words: unknown[]) => {
          if (this.#isDead) return NEVER
          const answer: unknown = await value.apply(target, words)
          return this.#isDead ? NEVER : answer
        }
      },
    })
  }

  /** One at a time: of two at once it would be chance whose end comes first. */
  #commit<Value>(run: () => Promise<Value>): Promise<Value> {
    const commit = this.#last.then(() => this.#commitAlone(run))
    this.#last = commit.catch(() => {})
    return commit
  }

  async #commitAlone<Value>(run: () => Promise<Value>): Promise<Value> {
    if (this.#isDead) return NEVER
    this.#count += 1
    const step = `${this.#part} ${this.#count} | ${await this.#stateNow()}`
    if (this.#endsAt(`${step} | before`)) return NEVER
    const value = await run()
    return this.#endsAt(`${step} | after`) ? NEVER : value
  }

  #endsAt(step: string): boolean {
    if (!this.#isDead && !this.#deaths.has(step)) {
      this.#deaths.add(step)
      this.#isDead = true
      this.#die()
    }
    return this.#isDead
  }
}

const NEVER = new Promise<never>(() => {})

const CHAINS = ["arweave", "ao"] as const
type Model = (typeof CHAINS)[number]

interface Parts {
  readonly sql: Sql
  readonly config: ServicesConfig
  readonly connections: Readonly<Record<Model, Connection>>
  readonly payers: readonly Signing[]
  readonly stations: readonly Station[]
  close(): Promise<void>
}

async function partsOf(config: ServicesConfig, sql: Sql, life: Life): Promise<Parts> {
  const { bridge, settings } = config
  const open = CHAINS.map((name) =>
    CHAIN_OF[name]!.connect(settings.endpoints[name]!, bridge.deployment),
  )
  const connections = Object.fromEntries(
    open.map((connection) => [connection.chain, life.outside(connection)]),
  ) as Record<Model, Connection>
  const cluster = await clusterOf(config)
  const payer = (name: Model): Signing => ({
    ...{ sql, log: pino({ level: "silent" }), cluster: life.outside(cluster) },
    ...{ chain: CHAIN_OF[name]!, connection: connections[name], deployment: bridge.deployment },
    ...{ sources: connections, fees: bridge.policy.fees, screen: null },
    limits: bridge.policy.limits,
  })
  const payers = [payer("ao"), payer("arweave")]
  const screening = CHAINS.map((chain): Station => {
    return { kind: "screen", chain, concurrency: 1, handle: screener(sql, bridge.policy, null) }
  })
  return {
    ...{ sql, config, connections, payers },
    stations: [...screening, ...minter(payers[0]!), ...releaser(payers[1]!)],
    async close() {
      cluster.close()
      await Promise.all(open.map((connection) => connection.close()))
    },
  }
}

async function clusterOf({ folder, settings }: ServicesConfig): Promise<ClusterClient> {
  const [manifest, certificate, key] = await Promise.all(
    ["manifest.json", "certificate.pem", "identity.pem"].map((file) =>
      readFile(join(folder, file), "utf8"),
    ),
  )
  return connectCluster({
    manifest: parseManifest(JSON.parse(manifest!)),
    addresses: settings.signers,
    identity: { certificate: certificate!, key: key! },
  })
}

/** What the services do side by side, one after the other, until there is nothing to do. */
async function work({ sql, config, connections, payers, stations }: Parts, life: Life) {
  await life.doing("sweep", () => sweepRows(sql, 0))
  for (let isBusy = true; isBusy; ) {
    isBusy = false
    for (const name of CHAINS) {
      const watcher = {
        ...{
          sql,
          log: pino({ level: "silent" }),
          ...config.bridge,
          ...config.settings.watch[name]!,
        },
        ...{ chain: CHAIN_OF[name]!, connection: connections[name] },
      }
      while (
        await life.doing(`watch ${name}`, async () => pass(watcher, await watcher.connection.tip()))
      )
        isBusy = true
    }
    const rows = await life.doing("dispatch", () => takeRows(sql, 100))
    for (const row of rows) {
      const station = stations.find(({ kind, chain }) => kind === row.kind && chain === row.chain)
      const { open } = await openRows(sql, [row.id])
      if (station && open.length > 0)
        await life.doing(`${row.kind} ${row.chain}`, () => station.handle(open))
      isBusy = true
    }
  }
  for (const payer of payers)
    await life.doing(`look after ${payer.chain.name}`, () => lookAfter(payer, 0))
}
