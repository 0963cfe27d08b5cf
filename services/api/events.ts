// Transfers while they happen, as server-sent events: every change once, in order, however often a reader comes back.

import { PassThrough } from "node:stream"
import { BridgeError } from "../../core/errors.ts"
import type { TransferId } from "../../core/ids.ts"
import { ROUTES } from "../../sdk/schemas/routes.ts"
import type { Progress } from "../../sdk/schemas/timeline.ts"
import type { TransferBrief } from "../../sdk/schemas/transfers.ts"
import { historyOf, type StoredTransfer, transfersById } from "../store/transfers.ts"
import { type Api, contextOf, type Reading } from "./context.ts"
import { type Server, serve } from "./serving.ts"
import { briefsOf, demandTransfer } from "./transfers.ts"

export interface StreamLimits {
  /** Of this process. */
  readonly streamsMax: number
  /** Of one IP address. */
  readonly perClientMax: number
  /** Between two looks at all transfers that somebody follows: one query, however many they are. */
  readonly pollMs: number
  /** A sign that the stream is still there, for proxies that cut what is silent. */
  readonly quietMs: number
  /** A reader comes back then. */
  readonly lifeMs: number
}

export const STREAM_LIMITS: StreamLimits = {
  ...{ streamsMax: 500, perClientMax: 20, pollMs: 500, quietMs: 15_000, lifeMs: 3_600_000 },
}

/** A reader who takes nothing any more is let go when so much waits for it. */
const BUFFER_MAX = 256 * 1024

export function eventRoutes(server: Server, api: Reading): void {
  const hub = new Hub(api, { ...STREAM_LIMITS, ...api.streams })
  server.fastify.addHook("onClose", async () => hub.close())

  serve(server, ROUTES.events, async ({ params, request, reply }) => {
    const { transfer } = await demandTransfer(api, params.id)
    const after = versionIn(request.headers["last-event-id"])
    // Whoever gets this does not come back (HTML, "server-sent events").
    if (isOver(transfer) && after >= transfer.version) return reply.code(204).send()
    // Nobody will say again that they left.
    if (reply.raw.destroyed) return reply.hijack()
    const stream = hub.open(transfer.id, after, request.ip)
    reply.raw.once("close", () => hub.leave(stream))
    // A proxy that gathers what it passes on would make this useless.
    reply.header("x-accel-buffering", "no")
    return reply.type("text/event-stream").send(stream.out)
  })
}

function versionIn(header: string | string[] | undefined): number {
  return typeof header === "string" && /^[0-9]{1,9}$/.test(header) ? Number(header) : 0
}

/** Nothing more will happen. */
function isOver({ state, reason }: Pick<StoredTransfer, "state" | "reason">): boolean {
  return state === "paid" || (state === "dropped" && reason === "taken-back")
}

interface Stream {
  readonly id: TransferId
  readonly client: string
  readonly out: PassThrough
  readonly endsMs: number
  /** Of the last event that was told. */
  version: number
  /** What was told of its confirmations last. */
  have: number
  toldMs: number
}

class Hub {
  readonly #api: Api
  readonly #limits: StreamLimits
  readonly #streams = new Set<Stream>()
  #timer: NodeJS.Timeout | null = null
  #isLooking = false

  constructor(api: Api, limits: StreamLimits) {
    this.#api = api
    this.#limits = limits
  }

  /** Throws `too-many-requests`. */
  open(id: TransferId, version: number, client: string): Stream {
    const { streamsMax, perClientMax, lifeMs, pollMs } = this.#limits
    const own = [...this.#streams].filter((one) => one.client === client).length
    if (this.#streams.size >= streamsMax || own >= perClientMax)
      throw new BridgeError("too-many-requests", { streams: own, allowed: perClientMax })
    const now = performance.now()
    const out = new PassThrough()
    const stream = {
      ...{ id, client, out, version, have: -1, toldMs: now, endsMs: now + lifeMs },
    }
    this.#streams.add(stream)
    // Headers go out with the first bytes; the reader is asked to come back soon.
    out.write("retry: 2000\n\n")
    this.#timer ??= setInterval(() => void this.#look(), pollMs)
    void this.#look()
    return stream
  }

  leave(stream: Stream): void {
    this.#streams.delete(stream)
    stream.out.end()
    if (this.#streams.size > 0 || !this.#timer) return
    clearInterval(this.#timer)
    this.#timer = null
  }

  close(): void {
    for (const stream of [...this.#streams]) this.leave(stream)
  }

  async #look(): Promise<void> {
    if (this.#isLooking || this.#streams.size === 0) return
    this.#isLooking = true
    try {
      await this.#tellAll()
    } catch {
      // The database is away: what was missed is told as soon as it is back.
    } finally {
      this.#isLooking = false
    }
  }

  async #tellAll(): Promise<void> {
    const { sql } = this.#api
    const streams = [...this.#streams]
    const ids = [...new Set(streams.map(({ id }) => id))]
    const [transfers, context] = await Promise.all([transfersById(sql, ids), contextOf(this.#api)])
    const briefs = await briefsOf(this.#api, [...transfers.values()], context)
    for (const brief of briefs) {
      const transfer = transfers.get(brief.id as TransferId)!
      const readers = streams.filter(({ id }) => id === transfer.id)
      const isNews = readers.some(({ version }) => version < transfer.version)
      const history = isNews ? await historyOf(sql, transfer.id) : []
      for (const reader of readers) {
        const news = history
          .filter(({ version }) => version > reader.version && version <= transfer.version)
          .map(({ version, event, at }) => {
            const told: Progress = {
              ...{ kind: "step", event: event.kind, at: at.toISOString(), transfer: brief },
            }
            return { version, told }
          })
        this.#tell(reader, news, brief)
        if (isOver(transfer)) this.leave(reader)
      }
    }
  }

  #tell(
    reader: Stream,
    news: readonly { readonly version: number; readonly told: Progress }[],
    brief: TransferBrief,
  ): void {
    const now = performance.now()
    const { have } = brief.confirmations
    for (const { version, told } of news) {
      reader.version = version
      this.#write(reader, `id: ${version}\nevent: step\ndata: ${JSON.stringify(told)}\n\n`)
    }
    if (news.length === 0 && have !== reader.have) {
      const at = new Date().toISOString()
      const told: Progress = { kind: "progress", event: null, at, transfer: brief }
      this.#write(reader, `event: progress\ndata: ${JSON.stringify(told)}\n\n`)
    } else if (news.length === 0 && now - reader.toldMs > this.#limits.quietMs)
      this.#write(reader, ": still here\n\n")
    reader.have = have
    if (now > reader.endsMs || reader.out.writableLength > BUFFER_MAX) this.leave(reader)
  }

  #write(reader: Stream, text: string): void {
    reader.toldMs = performance.now()
    reader.out.write(text)
  }
}
