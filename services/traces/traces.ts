// Tells an OpenTelemetry collector of each transfer that has ended, if the operator names one: services.json `traces`.

import { hash } from "node:crypto"
import { setTimeout as delay } from "node:timers/promises"
import type { Context } from "@opentelemetry/api"
import { Recent } from "../../chains/recent.ts"
import type { TransferId } from "../../core/ids.ts"
import type { Log } from "../log.ts"
import type { Sql } from "../store/database.ts"
import { endedSince, type Watched, watchedNow } from "../store/endings.ts"
import { signingsOf } from "../store/signings.ts"
import { historiesOf, transfersById } from "../store/transfers.ts"
import { type Span, type Trace, traceOf } from "./spans.ts"

export interface Tracing {
  readonly sql: Sql
  readonly log: Log
  /** Of the collector's OTLP over HTTP, `http://collector:4318/v1/traces`. */
  readonly url: string
}

/** Between two looks for what has ended, milliseconds. */
const LOOK_MS = 5_000
/** Read and told at one time. */
const TRANSFERS_MAX = 100
/** Remembered as told: more than may be met twice. */
const TOLD_MAX = 1_000

/**
 * Runs until it is told to stop. What ended while nobody looked is not told; what two processes tell is the same trace, as
 * its ids follow from the transfer: the first 16 bytes of the SHA-256 of its id.
 */
export function startTraces({ sql, log, url }: Tracing, lookMs = LOOK_MS): () => Promise<void> {
  const stop = new AbortController()
  const told = new Recent<TransferId, true>(TOLD_MAX)
  let watched: Watched | null = null
  const look = async (collector: Collector) => {
    watched ??= await watchedNow(sql)
    const { ended, watched: next } = await endedSince(sql, watched)
    const news = ended.filter((id) => !told.get(id))
    for (let at = 0; at < news.length; at += TRANSFERS_MAX) {
      for (const one of await tracesOf(sql, news.slice(at, at + TRANSFERS_MAX))) collector.take(one)
      await collector.flush()
    }
    for (const id of news) told.set(id, true)
    watched = next
  }
  const run = async () => {
    const collector = await collectorAt(url)
    while (!stop.signal.aborted) {
      await look(collector).catch((error: unknown) =>
        log.warn({ error: String(error) }, "traces could not be told; they are told again"),
      )
      await delay(lookMs, undefined, { signal: stop.signal }).catch(() => {})
    }
    await collector.close().catch(() => {})
  }
  const running = run()
  return () => {
    stop.abort()
    return running
  }
}

async function tracesOf(sql: Sql, ids: readonly TransferId[]): Promise<readonly Trace[]> {
  const [transfers, histories] = await Promise.all([transfersById(sql, ids), historiesOf(sql, ids)])
  const plansOf = (id: TransferId) =>
    (histories.get(id) ?? []).flatMap(({ event }) => (event.kind === "Planned" ? [event.plan] : []))
  return Promise.all(
    [...transfers.values()].map(async (transfer) => {
      const signings = await signingsOf(sql, plansOf(transfer.id))
      return traceOf(transfer, histories.get(transfer.id)!, signings)
    }),
  )
}

interface Collector {
  take(trace: Trace): void
  /** Rejects when the collector did not take what it was told. */
  flush(): Promise<void>
  close(): Promise<void>
}

/** With the packages that this takes, which nobody else loads. */
async function collectorAt(url: string): Promise<Collector> {
  const [{ ROOT_CONTEXT, trace: traces }, { OTLPTraceExporter }, { resourceFromAttributes }, sdk] =
    await Promise.all([
      import("@opentelemetry/api"),
      import("@opentelemetry/exporter-trace-otlp-http"),
      import("@opentelemetry/resources"),
      import("@opentelemetry/sdk-trace-base"),
    ])
  const ids = new DerivedIds()
  const exporter = new OTLPTraceExporter({ url })
  const provider = new sdk.BasicTracerProvider({
    resource: resourceFromAttributes({ "service.name": "causeway" }),
    idGenerator: ids,
    spanProcessors: [new sdk.BatchSpanProcessor(exporter, { maxQueueSize: 100_000 })],
  })
  const tracer = provider.getTracer("causeway")
  const begin = (
    { name, key, startMs, attributes, moments }: Span,
    id: string,
    context: Context,
  ) => {
    ids.next(id, key)
    const span = tracer.startSpan(name, { startTime: startMs, attributes }, context)
    for (const moment of moments) span.addEvent(moment.name, moment.attributes, moment.atMs)
    return span
  }
  return {
    take({ root, children }) {
      const id = String(root.attributes["causeway.transfer"])
      const whole = begin(root, id, ROOT_CONTEXT)
      const within = traces.setSpan(ROOT_CONTEXT, whole)
      for (const child of children) begin(child, id, within).end(child.endMs)
      whole.end(root.endMs)
    },
    flush: () => provider.forceFlush(),
    close: () => provider.shutdown(),
  }
}

/** Ids that follow from what they name, so that to tell something twice adds nothing. */
class DerivedIds {
  #trace = ""
  #span = ""

  next(transfer: string, key: string): void {
    this.#trace = hashOf(transfer).slice(0, 32)
    this.#span = hashOf(`${transfer} ${key}`).slice(0, 16)
  }

  generateTraceId = () => this.#trace
  generateSpanId = () => this.#span
}

function hashOf(text: string): string {
  return hash("sha256", text)
}
