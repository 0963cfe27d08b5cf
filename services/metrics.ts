// What the services tell a monitoring system: how far each chain was read, what waits, what is paused, and the gas wallets.

import { fastify } from "fastify"
import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client"
import type { NetworkName } from "../core/assets.ts"
import { heads } from "./store/blocks.ts"
import { pauses } from "./store/controls.ts"
import type { Sql } from "./store/database.ts"
import { heartbeats } from "./store/heartbeats.ts"
import { backlog } from "./store/outbox.ts"
import { plansUnderWay } from "./store/plans.ts"
import { recoveries } from "./store/recoveries.ts"
import { countsUnderWay } from "./store/transfers.ts"

export interface Meter {
  /** What people must look at: a provider that disagrees, a chain that stands still, a payout that cannot be included. */
  incident(network: NetworkName, kind: string): void
  /** What is left in a gas wallet, in the chain's smallest unit, whenever it was looked at. */
  gas(network: NetworkName, wei: bigint): void
  /** Whether the books can be asked: without them nothing can be done. */
  isReady(): Promise<boolean>
  /** Whole coins in each gas wallet, when it was last looked at; none of those that this process does not pay from. */
  purses(): Readonly<Partial<Record<NetworkName, number>>>
  /** Prometheus text. Whatever is in the tables is asked for when somebody reads. */
  text(): Promise<string>
}

/** Amounts are in whole coins, times in seconds; nothing names a person. */
export function servicesMeter(sql: Sql, now: () => number = Date.now): Meter {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: "causeway_services_" })
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name: `causeway_${name}`, help, labelNames, registers: [registry] })
  const meters = {
    transfers: gauge("transfers_under_way", "Transfers that are not done", ["state", "source"]),
    paused: gauge("paused", "1 while a direction of a chain is stopped", ["chain", "direction"]),
    orders: gauge("orders_waiting", "Orders that are not done", ["kind", "chain"]),
    ordersAge: gauge("orders_oldest_seconds", "Age of the oldest of them", ["kind", "chain"]),
    height: gauge("chain_height", "The newest block, or slot, that was recorded", ["chain"]),
    quiet: gauge("chain_quiet_seconds", "Since it was recorded: a chain stands still, or we do", [
      "chain",
    ]),
    payouts: gauge("payouts_open", "Plans that have not landed", ["chain"]),
    payoutsAge: gauge("payouts_oldest_seconds", "Since the oldest of them was made", ["chain"]),
    beat: gauge("heartbeat_age_seconds", "Since a quorum signed with a key", ["scheme"]),
    recovering: gauge("recovering", "1 while payouts wait for what a backup does not know", [
      "chain",
    ]),
  }
  const purse = gauge("gas_wallet_coins", "Left in the gas wallet, whole coins", ["chain"])
  const incidents = new Counter({
    name: "causeway_incidents_total",
    help: "Of gas wallets and providers, by kind; the log says what happened",
    labelNames: ["chain", "kind"],
    registers: [registry],
  })
  const left: Partial<Record<NetworkName, number>> = {}
  const since = (at: Date) => Math.max(0, (now() - at.getTime()) / 1_000)
  const look = async () => {
    const [counts, stopped, orders, blocks, plans, beats, back] = await Promise.all([
      ...([countsUnderWay(sql), pauses(sql), backlog(sql)] as const),
      ...([heads(sql), plansUnderWay(sql), heartbeats(sql)] as const),
      recoveries(sql),
    ])
    // What is gone must not be told for ever.
    for (const one of Object.values(meters)) one.reset()
    for (const { state, source, count } of counts) meters.transfers.set({ state, source }, count)
    for (const { chain, direction } of stopped) meters.paused.set({ chain, direction }, 1)
    for (const { kind, chain, count, oldest } of orders) {
      meters.orders.set({ kind, chain }, count)
      meters.ordersAge.set({ kind, chain }, since(oldest))
    }
    for (const { chain, height, at } of blocks) {
      meters.height.set({ chain }, height)
      meters.quiet.set({ chain }, since(at))
    }
    for (const { chain, count, oldest } of plans) {
      meters.payouts.set({ chain }, count)
      meters.payoutsAge.set({ chain }, since(oldest))
    }
    for (const { chain, isOver } of back) if (!isOver) meters.recovering.set({ chain }, 1)
    for (const { scheme, at } of beats) meters.beat.set({ scheme }, since(at))
  }
  return {
    incident: (chain, kind) => incidents.inc({ chain, kind }),
    isReady: () =>
      sql`select 1`.then(
        () => true,
        () => false,
      ),
    // A millionth of a coin is enough to see it go down.
    gas: (chain, wei) => {
      left[chain] = Number(wei / 10n ** 12n) / 1e6
      purse.set({ chain }, left[chain])
    },
    purses: () => left,
    text: async () => {
      await look()
      return registry.metrics()
    },
  }
}

/**
 * Tells `GET /metrics` at `listen` (`host:port`), and whoever runs the process `/healthz` (it answers) and `/readyz` (it can
 * work: 503 while the books cannot be asked); nothing else is there.
 */
export async function serveMetrics(listen: string, meter: Meter) {
  const server = fastify({ forceCloseConnections: true })
  server.get("/metrics", async (_, reply) =>
    reply.header("content-type", "text/plain; version=0.0.4").send(await meter.text()),
  )
  server.get("/healthz", async () => ({ ok: true }))
  server.get("/readyz", async (_, reply) => {
    const ok = await meter.isReady()
    return reply.code(ok ? 200 : 503).send({ ok })
  })
  const [, host, port] = /^(.+):([0-9]+)$/.exec(listen)!
  const url = await server.listen({ host: host!, port: Number(port) })
  return { url, close: () => server.close() }
}
