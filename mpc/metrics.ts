// What one signer tells a monitoring system of itself; nothing of it is secret, and none of it names a person.

import { createServer } from "node:http"
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client"
import type { Blamed } from "./blames.ts"
import type { Health } from "./health.ts"
import { type Listening, listenAt } from "./listening.ts"
import { PROTOCOL_VERSION, type Refusal } from "./protocol.ts"

export type Round = "commit" | "sign"

export interface Meter {
  /** One request, answered: how long it took, and why it was refused if it was. */
  note(round: Round, seconds: number, refused: readonly Pick<Refusal, "code">[]): void
  /** Prometheus text. */
  text(): Promise<string>
}

/** `health` is asked whenever somebody reads; `epochs` are of this signer's keys. */
export function signerMeter(
  health: () => Promise<Health>,
  epochs: Readonly<Partial<Record<string, number>>>,
  blames: () => readonly Blamed[] = () => [],
): Meter {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry, prefix: "causeway_signer_" })
  const requests = new Counter({
    name: "causeway_signer_requests_total",
    help: "Requests that were answered, by round and result",
    labelNames: ["round", "result"],
    registers,
  })
  const refusals = new Counter({
    name: "causeway_signer_refusals_total",
    help: "Refusals, by code",
    labelNames: ["code"],
    registers,
  })
  const seconds = new Histogram({
    name: "causeway_signer_request_seconds",
    help: "From a request to its answer",
    labelNames: ["round"],
    buckets: [0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20],
    registers,
  })
  const tip = new Gauge({
    name: "causeway_signer_tip_height",
    help: "Height of a chain by this signer's own endpoints; missing while they do not tell it",
    labelNames: ["chain"],
    registers,
  })
  const halted = new Gauge({
    name: "causeway_signer_halted",
    help: "1 while the providers of a chain disagree and nothing that rests on it is signed",
    labelNames: ["chain"],
    registers,
  })
  const paused = new Gauge({
    name: "causeway_signer_paused",
    help: "1 while people have stopped a direction of a chain",
    labelNames: ["chain", "direction"],
    registers,
  })
  const incidents = new Gauge({
    name: "causeway_signer_incidents",
    help: "Times that providers disagreed, in the folder for people to look into",
    registers,
  })
  const busy = new Gauge({
    name: "causeway_signer_busy",
    help: "Requests under way",
    registers,
  })
  const records = new Gauge({
    name: "causeway_signer_journal_records",
    help: "Entries of the journal",
    registers,
  })
  const blamed = new Gauge({
    name: "causeway_signer_blamed",
    help: "Times that a member failed, as coordinators and ceremonies say, in the list of the last month",
    labelNames: ["member", "kind", "by"],
    registers,
  })
  const blamedAt = new Gauge({
    name: "causeway_signer_blamed_last_seconds",
    help: "When it last did, seconds since 1970",
    labelNames: ["member", "kind", "by"],
    registers,
  })
  const epoch = new Gauge({
    name: "causeway_signer_key_epoch",
    help: "Renewals of each key since it was made",
    labelNames: ["scheme"],
    registers,
  })
  new Gauge({
    name: "causeway_signer_protocol_version",
    help: "What this signer speaks",
    registers,
  }).set(PROTOCOL_VERSION)
  for (const [scheme, value] of Object.entries(epochs)) epoch.set({ scheme }, value ?? 0)
  return {
    note: (round, took, refused) => {
      requests.inc({ round, result: refused.length > 0 ? "refused" : "signed" })
      for (const { code } of refused) refusals.inc({ code })
      seconds.observe({ round }, took)
    },
    text: async () => {
      const now = await health()
      busy.set(now.busy)
      records.set(now.journalRecords)
      incidents.set(now.incidents ?? 0)
      paused.reset()
      for (const { chain, direction } of now.paused ?? []) paused.set({ chain, direction }, 1)
      halted.reset()
      for (const chain of now.halted ?? []) halted.set({ chain }, 1)
      for (const gauge of [blamed, blamedAt]) gauge.reset()
      for (const { about: member, kind, by, count, last } of blames()) {
        blamed.set({ member, kind, by }, count)
        blamedAt.set({ member, kind, by }, Date.parse(last) / 1_000)
      }
      tip.reset()
      for (const [chain, height] of Object.entries(now.tips))
        if (height !== null) tip.set({ chain }, height)
      return registry.metrics()
    },
  }
}

/** Tells `GET /metrics` at `listen` (`host:port`); throws `bad-config` when that is taken. */
export async function serveMetrics(listen: string, meter: Meter): Promise<Listening> {
  const server = createServer((asked, reply) => {
    if (asked.method !== "GET" || asked.url !== "/metrics") return reply.writeHead(404).end()
    meter.text().then(
      (text) => reply.writeHead(200, { "content-type": "text/plain; version=0.0.4" }).end(text),
      () => reply.writeHead(500).end(),
    )
  })
  return listenAt(server, listen, "metrics")
}
