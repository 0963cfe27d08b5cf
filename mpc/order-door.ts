// Where anybody may hand orders of people to a signer: each carries its own signature, and nothing else is heard here. Nobody
// may keep others out of it: to stop a bridge is most urgent when somebody does not want it to be stopped.

import { createServer, type IncomingMessage } from "node:http"
import { networkOf, Strangers } from "../chains/strangers.ts"
import { BridgeError } from "../core/errors.ts"
import { type Listening, listenAt } from "./listening.ts"
import type { Pauses } from "./pauses.ts"

/** An order is less than one kilobyte. */
const BODY_MAX = 4 * 1024
const CONNECTIONS = { all: 512, each: 16 }
/** After so long without a byte a connection is closed. */
const SILENT_MS = 5_000
/** Of one address; a signature takes a tenth of a millisecond to check. */
const PER_SECOND_EACH = 20
/** Of everybody together: beyond it, each address has its first of a second. */
const PER_SECOND = 200
/** Addresses that have one: more than that is more than a signer can hear. */
const ADDRESSES_PER_SECOND = 2_000

/** Listens at `listen` (`host:port`) for `POST /orders`; throws `bad-config` when that is taken. */
export async function serveOrders(
  listen: string,
  pauses: Pick<Pauses, "hear">,
  now: () => number,
): Promise<Listening> {
  const turns = new Turns()
  const server = createServer({ connectionsCheckingInterval: 1_000 }, (asked, reply) => {
    const answer = (status: number, body: object) =>
      reply.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body))
    if (!turns.take(networkOf(asked.socket), Math.floor(now() / 1_000)))
      return answer(429, { error: "too many" })
    if (asked.method !== "POST" || asked.url !== "/orders")
      return answer(404, { error: "not found" })
    bodyOf(asked)
      .then((body) => pauses.hear(body))
      .then((heard) => answer(200, heard))
      .catch((error: unknown) => {
        const isTheirs = error instanceof BridgeError && error.remedy === "refuse"
        answer(isTheirs ? 400 : 503, { error: isTheirs ? error.message : "not taken" })
      })
  })
  server.setTimeout(SILENT_MS)
  const strangers = new Strangers(CONNECTIONS)
  server.on("connection", (socket) => strangers.meet(socket))
  return listenAt(server, listen, "orders")
}

/** Who may ask how often, by the second. */
class Turns {
  #second = 0
  #all = 0
  readonly #each = new Map<string, number>()

  take(network: string, second: number): boolean {
    if (second !== this.#second) {
      this.#second = second
      this.#all = 0
      this.#each.clear()
    }
    const before = this.#each.get(network) ?? 0
    const isFirst = before === 0 && this.#each.size < ADDRESSES_PER_SECOND
    if (!isFirst && (before >= PER_SECOND_EACH || this.#all >= PER_SECOND)) return false
    this.#all += 1
    this.#each.set(network, before + 1)
    return true
  }
}

async function bodyOf(asked: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of asked as AsyncIterable<Buffer>) {
    bytes += part.length
    if (bytes > BODY_MAX) throw new BridgeError("bad-request", { bodyMax: BODY_MAX })
    parts.push(part)
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString())
  } catch {
    throw new BridgeError("bad-request", { problems: "not JSON" })
  }
}
