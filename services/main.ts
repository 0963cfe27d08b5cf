// Wires the services of one process together: the only file that knows them all.

import { setTimeout as delay } from "node:timers/promises"
import { connectCampaign } from "../chains/ao/campaign-link.ts"
import { bridgeName } from "../chains/deployment.ts"
import { CHAIN_OF } from "../chains/index.ts"
import { PriceFile } from "../chains/prices.ts"
import { chainNamed, servedBy } from "../chains/served.ts"
import { CHAINS, type ChainName, isLedger, type NetworkName, networkOf } from "../core/assets.ts"
import { BridgeError, remedyOf } from "../core/errors.ts"
import type { ClusterClient } from "../mpc/client.ts"
import { openDoors } from "./api/doors.ts"
import { demandHonoured } from "./api/quotes.ts"
import { clusterIn } from "./cluster.ts"
import {
  type Compliance,
  lookAfterCases,
  lookAfterSessions,
  openCompliance,
} from "./compliance/compliance.ts"
import { payoutScreen } from "./compliance/payout-screen.ts"
import { readServicesConfig, type ServicesConfig } from "./config.ts"
import { bringClaims, type Connections, connectAll, pursesOf } from "./connecting.ts"
import { divergencesOf } from "./divergence.ts"
import { startHeartbeats } from "./heartbeat.ts"
import { type Log, logFor } from "./log.ts"
import { serveMetrics, servicesMeter } from "./metrics.ts"
import { minter } from "./minter/minter.ts"
import { API_KEY_FILE, ownKeyIn } from "./own-key.ts"
import { lookAfter } from "./payout/broadcast.ts"
import { openHolding } from "./payout/holds.ts"
import { startRewards } from "./payout/rewards.ts"
import type { Signing } from "./payout/sign.ts"
import { sweep } from "./payout/sweep.ts"
import { startDispatcher } from "./queue/dispatch.ts"
import { type JobQueue, openQueue } from "./queue/queue.ts"
import { type Station, startWorkers } from "./queue/workers.ts"
import { releaser } from "./releaser/releaser.ts"
import { startCampaigns } from "./rewards/rewards.ts"
import { screener } from "./screener/screener.ts"
import { startStopping } from "./stopping.ts"
import { openDatabase, type Sql } from "./store/database.ts"
import { migrate } from "./store/migrate.ts"
import { newNotes } from "./store/notes.ts"
import { finishRows, sweepRows } from "./store/outbox.ts"
import { rewardsFolderOf } from "./store/reward-files.ts"
import { keepBlame } from "./store/signers.ts"
import { follow } from "./watchers/follow.ts"

/** Each can run in a process of its own, any number of times, on any machine. */
export const ROLES = [
  ...CHAINS.map((chain) => `watcher-${chain}` as const),
  "dispatcher",
  "screener",
  "minter",
  "releaser",
  "rewards",
  "api",
] as const
export type Role = (typeof ROLES)[number]

/** Payouts that have not landed so long after they were signed are looked after: several blocks, or slots. */
const LOOK_AFTER_MS: Readonly<Record<NetworkName, number>> = {
  ...{ arweave: 30_000, ethereum: 60_000, bsc: 15_000, bitcoin: 60_000, ao: 5_000 },
}

export interface RunningServices {
  readonly apiUrl: string | null
  /** For operators and officers. */
  readonly consoleUrl: string | null
  /** Rejects when a service meets an error after which nothing may go on. */
  readonly halted: Promise<never>
  stop(): Promise<void>
}

/** Starts the roles on the configuration in `folder`. Throws `bad-config` before anything has started. */
export async function startServices(
  folder: string,
  roles: readonly Role[] = ROLES,
  log: Log = logFor("services"),
): Promise<RunningServices> {
  const config = await readServicesConfig(folder)
  const has = (role: Role) => roles.includes(role)
  const sql = openDatabase(config.settings.database, { connections: 12 })
  const cluster = has("minter") || has("releaser") ? await clusterOf(config, sql, log) : null
  const stops: (() => unknown)[] = [() => sql.end({ timeout: 5 }), () => cluster?.close()]
  let halt: (error: unknown) => void = () => {}
  const halted = new Promise<never>((_, reject) => {
    halt = reject
  })
  halted.catch(() => {})
  const stop = async () => {
    for (const one of stops.splice(0).reverse()) await one()
  }
  try {
    await migrate(sql)
    await demandHonoured(sql, config.bridge.policy)
    const served = servedBy(config.bridge.deployment)
    const meter = servicesMeter(sql)
    const purses = has("releaser") ? await pursesOf(config, log, meter) : {}
    const writer = roles.length === ROLES.length ? "all" : roles.join("-")
    const divergences = divergencesOf({ sql, log, meter, writer })
    const notesOf = (chain: ChainName) => newNotes(sql, chain)
    const connections = connectAll(config, served, { purses, writer, notesOf, divergences })
    stops.push(() => Promise.all(Object.values(connections).map((one) => one.close())))
    await bringClaims(sql, connections, log)
    const compliance = await openCompliance({
      ...{ sql, folder, bridge: config.bridge, settings: config.settings.screening },
      writer,
    })
    if (compliance) stops.push(() => compliance.close())
    const prices = new PriceFile(folder)
    const queue = await openQueue(config.settings, log)
    stops.push(() => queue.close())
    const signingOn = (chain: ChainName): Signing => ({
      ...{ sql, log, cluster: cluster!, chain: chainNamed(CHAIN_OF, chain) },
      ...{ connection: connections[chain]!, deployment: config.bridge.deployment },
      ...{ sources: connections, fees: config.bridge.policy.fees },
      limits: config.bridge.policy.limits,
      ...{ governor: config.bridge.policy.governor, prices: () => prices.refresh() },
      screen:
        compliance &&
        payoutScreen(compliance.desk, cluster!, {
          attestors: config.settings.screening.attestors,
          asker: {
            ...{ name: "coordinator", sign: compliance.auditKey.sign },
            bridge: bridgeName(config.bridge.deployment),
          },
        }),
    })
    const ledgers = served.filter((chain) => has("minter") && isLedger(chain))
    const homes = served.filter((chain) => has("releaser") && !isLedger(chain))
    const stations: Station[] = [
      ...(has("screener") ? screening(sql, config, served, log, compliance) : []),
      ...ledgers.flatMap((chain) => minter(signingOn(chain))),
      ...homes.flatMap((chain) => releaser(signingOn(chain))),
    ]
    startWorkers(sql, queue, stations, { log, onHalt: halt })
    if (compliance && has("screener")) stops.push(lookAfterCases(compliance, log))
    if (compliance && has("api")) {
      const read = async () => (await readServicesConfig(folder)).settings.screening
      stops.push(lookAfterSessions(compliance, folder, read, log))
    }
    if (has("dispatcher")) stops.push(await dispatching(sql, queue, log))
    if (has("dispatcher") && config.settings.traces !== null) {
      // A large library, for those who want it.
      const { startTraces } = await import("./traces/traces.ts")
      stops.push(startTraces({ sql, log, url: config.settings.traces }))
    }
    if (cluster) stops.push(startHeartbeats({ sql, cluster, log }))
    if (cluster) stops.push(startStopping({ sql, cluster, log }))
    const { campaign, deployment } = config.bridge
    if (campaign && cluster && has("minter")) {
      const link = connectCampaign(config.settings.endpoints.ao!, campaign.process)
      stops.push(startRewards({ sql, campaign, deployment, cluster, link, log }))
    }
    if (has("rewards")) {
      const { settleSeconds, lookSeconds } = config.settings.rewards
      const holding = await openHolding(config, sql, log)
      if (holding) stops.push(async () => holding.link.close())
      const common = { ...config, connections, sql, log, compliance, settleS: settleSeconds }
      const parts = { ...common, holding }
      stops.push(await startCampaigns(parts, 1_000 * lookSeconds))
    }
    const watched = served.filter((chain) => has(`watcher-${chain}`))
    stops.push(watching(watched, { sql, config, connections, log, halt }))
    stops.push(lookingAfter([...ledgers, ...homes].map(signingOn), halt))
    const lookups = openDatabase(config.settings.database, { connections: 6, keepsPlans: true })
    stops.push(() => lookups.end({ timeout: 5 }))
    const api = has("api")
      ? await openDoors(
          {
            ...{ sql, lookups, connections, screening: compliance, gas: () => meter.purses() },
            key: await ownKeyIn(folder, API_KEY_FILE),
            rewardsFolder: rewardsFolderOf(folder),
          },
          config,
          log,
        )
      : null
    if (api) stops.push(() => api.close())
    if (config.settings.metrics !== null) {
      const told = await serveMetrics(config.settings.metrics, meter)
      log.info({ metrics: told.url }, "metrics are told")
      stops.push(() => told.close())
    }
    return { apiUrl: api?.url ?? null, consoleUrl: api?.consoleUrl ?? null, halted, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

export interface RunOptions {
  /** Role by role; all when left out. */
  readonly only?: readonly string[] | undefined
  /** We are somebody's child, and stop when our standard input ends. */
  readonly withParent?: boolean
}

/**
 * Runs until we are asked to stop, and says on standard output, in one line of JSON, when everything is up.
 * Throws `bad-config` before anything has started, and the error after which nothing may go on.
 */
export async function runServices(
  folder: string,
  { only, withParent = false }: RunOptions = {},
): Promise<void> {
  const unknown = only?.find((role) => !ROLES.includes(role as Role))
  if (unknown !== undefined)
    throw new BridgeError("bad-config", { role: unknown, known: ROLES.join(", ") })
  const asked = new Promise<void>((resolve) => {
    process.once("SIGINT", () => resolve())
    process.once("SIGTERM", () => resolve())
    if (withParent) process.stdin.once("end", () => resolve()).resume()
  })
  const log = logFor("services")
  const services = await startServices(folder, (only as Role[] | undefined) ?? ROLES, log)
  const { apiUrl, consoleUrl } = services
  process.stdout.write(`${JSON.stringify({ ready: true, apiUrl, consoleUrl })}\n`)
  try {
    await Promise.race([asked, services.halted])
  } catch (error) {
    log.fatal({ error: String(error) }, "halted: nothing is paid until people have looked")
    throw error
  } finally {
    await services.stop()
    // An open standard input would keep the process alive.
    process.stdin.destroy()
  }
}

function clusterOf(config: ServicesConfig, sql: Sql, log: Log): Promise<ClusterClient> {
  return clusterIn(config, {
    onBlame: (blame) => {
      log.warn({ blame }, "a signer failed")
      keepBlame(sql, blame).catch((error: unknown) =>
        log.warn({ error: String(error) }, "a blame is not on record"),
      )
    },
  })
}

function screening(
  sql: Sql,
  { bridge }: ServicesConfig,
  served: readonly ChainName[],
  log: Log,
  compliance: Compliance | null,
): Station[] {
  const handle = screener(sql, bridge.policy, compliance?.desk ?? null)
  return served.flatMap((chain): Station[] => [
    { kind: "screen", chain, handle, concurrency: 2 },
    {
      kind: "alarm",
      chain,
      concurrency: 1,
      handle: async (rows) => {
        for (const { transfer, reason } of rows) log.error({ transfer, reason }, "alarm")
        for (const { transfer } of rows) await compliance?.casework.open(transfer)
        await finishRows(
          sql,
          rows.map(({ id }) => id),
        )
      },
    },
  ])
}

async function dispatching(sql: Sql, queue: JobQueue, log: Log): Promise<() => Promise<void>> {
  // What was handed to a process that died need not wait for the sweep; what another one has is safe to repeat.
  await sweepRows(sql, 0)
  const dispatcher = await startDispatcher(sql, queue, log)
  return () => dispatcher.close()
}

interface Watching {
  readonly sql: Sql
  readonly config: ServicesConfig
  readonly connections: Connections
  readonly log: Log
  readonly halt: (error: unknown) => void
}

function watching(
  chains: readonly ChainName[],
  { sql, config, connections, log, halt }: Watching,
): () => Promise<unknown> {
  const stop = new AbortController()
  const running = chains.map((chain) =>
    follow(
      {
        ...{ sql, log, ...config.bridge, ...config.settings.watch[networkOf(chain)]! },
        ...{ chain: chainNamed(CHAIN_OF, chain), connection: connections[chain]! },
      },
      stop.signal,
    ).catch(halt),
  )
  return () => {
    stop.abort()
    return Promise.all(running)
  }
}

/** One look at a time: when a chain is slow the next one waits. */
function lookingAfter(
  payers: readonly Signing[],
  halt: (error: unknown) => void,
): () => Promise<unknown> {
  const stop = new AbortController()
  const running = payers.map(async (payer) => {
    const ageMs = LOOK_AFTER_MS[networkOf(payer.chain.name)]
    while (!stop.signal.aborted) {
      await pauseFor(ageMs / 3, stop.signal)
      if (stop.signal.aborted) return
      const look = async () => {
        await payer.connection.turn?.()
        await sweep(payer)
        await lookAfter(payer, ageMs)
      }
      await look().catch((error: unknown) => {
        payer.log.warn({ error: String(error) }, "open payouts could not be looked after")
        if (remedyOf(error) === "halt") halt(error)
      })
    }
  })
  return () => {
    stop.abort()
    return Promise.all(running)
  }
}

async function pauseFor(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => {})
}
