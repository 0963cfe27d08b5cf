// Where anybody may hand orders of people to a signer: each carries its own signature, and nothing else is heard here.

import { createServer, type IncomingMessage } from "node:http"
import { BridgeError } from "../core/errors.ts"
import { type Listening, listenAt } from "./listening.ts"
import type { Pauses } from "./pauses.ts"

const BODY_MAX = 64 * 1024
const CONNECTIONS_MAX = 64
/** Of everybody together: a signature takes a tenth of a millisecond to check. */
const PER_SECOND = 20

/** Listens at `listen` (`host:port`) for `POST /orders`; throws `bad-config` when that is taken. */
export async function serveOrders(
  listen: string,
  pauses: Pick<Pauses, "hear">,
  now: () => number,
): Promise<Listening> {
  let second = { at: 0, count: 0 }
  const server = createServer((asked, reply) => {
    const answer = (status: number, body: object) =>
      reply.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body))
    const at = Math.floor(now() / 1_000)
    second = second.at === at ? { at, count: second.count + 1 } : { at, count: 1 }
    if (second.count > PER_SECOND) return answer(429, { error: "too many" })
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
  server.maxConnections = CONNECTIONS_MAX
  return listenAt(server, listen, "orders")
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
