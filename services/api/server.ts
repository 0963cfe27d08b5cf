// The HTTP API: JSON in and out, one error shape, and nothing in it that a caller could use to move money.

import rateLimit from "@fastify/rate-limit"
import { type FastifyInstance, fastify } from "fastify"
import { BridgeError, type ErrorCode } from "../../core/errors.ts"
import type { Log } from "../log.ts"
import type { Api } from "./context.ts"
import { keepingReserves } from "./reserves.ts"
import { routes } from "./routes.ts"

/** Listens on `host:port` (0: a free one) and returns the address it got; `also` adds what is no part of the API. */
export async function serveApi(
  api: Api,
  listen: string,
  log: Log,
  also: (server: FastifyInstance) => Promise<void> = async () => {},
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = fastify({ bodyLimit: 64 * 1024, forceCloseConnections: true })
  server.addHook("onSend", async (_, reply) => {
    // Anyone may read; nothing here depends on who asks.
    reply.header("access-control-allow-origin", "*")
    reply.header("cache-control", "no-store")
  })
  answerErrors(server, log)
  // Only where what is asked for stays with us (`routes.ts` says how often).
  await server.register(rateLimit, {
    global: false,
    errorResponseBuilder: (_, { after }) => new BridgeError("too-many-requests", { after }),
  })
  routes(server, api)
  await also(server)
  const stop = keepingReserves(api, (error) =>
    log.warn({ error: String(error) }, "the books of now are not kept for the chart"),
  )
  server.addHook("onClose", async () => stop())
  const [, host, port] = /^(.+):([0-9]+)$/.exec(listen)!
  const url = await server.listen({ host: host!, port: Number(port) })
  return { url, close: () => server.close() }
}

/** Every failure is `{ error: { code, message, detail } }`; what is ours to mend says nothing of its insides. */
function answerErrors(server: FastifyInstance, log: Log): void {
  server.setNotFoundHandler((request, reply) =>
    reply.code(404).send(body("not-found", `no such path: ${request.url.slice(0, 200)}`, {})),
  )
  server.setErrorHandler((error: Error & { statusCode?: number }, _, reply) => {
    if (error instanceof BridgeError && error.remedy !== "halt")
      return reply
        .code(STATUS[error.code] ?? (error.remedy === "retry" ? 503 : 400))
        .send(body(error.code, error.message, error.detail))
    if (error.statusCode && error.statusCode < 500)
      return reply.code(error.statusCode).send(body("bad-request", error.message, {}))
    log.error({ error: String(error.stack ?? error) }, "a request failed")
    return reply.code(500).send(body("assertion", "the bridge failed; it is on record", {}))
  })
}

const STATUS: Partial<Record<ErrorCode, number>> = {
  ...{ "screening-hold": 451, "screening-reject": 451, "screening-block": 451 },
  ...{ "not-found": 404, "stale-version": 409, "too-many-requests": 429 },
}

function body(code: ErrorCode, message: string, detail: Readonly<Record<string, unknown>>) {
  const plain = Object.fromEntries(
    Object.entries(detail).map(([key, value]) => [
      key,
      typeof value === "bigint" ? `${value}` : value,
    ]),
  )
  return { error: { code, message, detail: plain } }
}
