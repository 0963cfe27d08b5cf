// The HTTP API: JSON in and out, one error shape, and nothing in it that a caller could use to move money.

import type { Socket } from "node:net"
import helmet from "@fastify/helmet"
import rateLimit from "@fastify/rate-limit"
import { type FastifyInstance, fastify } from "fastify"
import { type Places, Strangers } from "../../chains/strangers.ts"
import { BridgeError, type ErrorCode } from "../../core/errors.ts"
import type { Log } from "../log.ts"
import type { Api } from "./context.ts"
import { keepingReserves } from "./reserves.ts"
import { routes } from "./routes.ts"

/** Requests a minute of one client, where a route has no limit of its own and the settings name none. */
export const PER_MINUTE = 1_200

/** An office behind one address has a few for each browser; each costs some twenty kilobytes. */
const PLACES: Places = { all: 8_192, each: 512 }

/** Listens on `host:port` (0: a free one) and returns the address it got; `also` adds what is no part of the API. */
export async function serveApi(
  api: Api,
  listen: string,
  log: Log,
  also: (server: FastifyInstance) => Promise<void> = async () => {},
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const { proxies = [], perMinute = PER_MINUTE, places = PLACES } = api.door ?? {}
  const server = fastify({
    bodyLimit: 64 * 1024,
    forceCloseConnections: true,
    // A proxy of ours says who asks; anybody else's word about that is a wish.
    trustProxy: proxies.length > 0 ? [...proxies] : false,
    // For all of a request to come in: who sends a byte a second holds nothing open. Answers may take their time.
    requestTimeout: 30_000,
    keepAliveTimeout: 10_000,
    routerOptions: { maxParamLength: 400 },
  })
  server.addHook("onSend", async (_, reply) => {
    // Anyone may read; nothing here depends on who asks, but for what a key of their own opens.
    reply.header("access-control-allow-origin", "*")
    reply.header("access-control-expose-headers", "retry-after")
    if (!reply.hasHeader("cache-control")) reply.header("cache-control", "no-store")
  })
  answerErrors(server, log)
  const strangers = new Strangers(proxies.length > 0 ? { ...places, each: places.all } : places)
  server.server.on("connection", (socket: Socket) => strangers.meet(socket))
  server.addHook("onRequest", async ({ socket }, reply) => {
    // Who is gone already has no address any more, and needs no answer.
    if (socket.remoteAddress === undefined) reply.hijack()
  })
  await server.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      // The reference page has a style of its own, and nothing else here is for a browser to show.
      directives: {
        ...{ defaultSrc: ["'none'"], styleSrc: ["'self'"], baseUri: ["'none'"] },
        ...{ formAction: ["'none'"], frameAncestors: ["'none'"] },
      },
    },
    // Other sites may ask, that is what it is for.
    crossOriginResourcePolicy: { policy: "cross-origin" },
    crossOriginOpenerPolicy: false,
    referrerPolicy: { policy: "no-referrer" },
  })
  // What stays with us, or costs much, has a limit of its own in `sdk/schemas/routes.ts`.
  await server.register(rateLimit, {
    ...{ global: true, max: perMinute, timeWindow: "1 minute" },
    errorResponseBuilder: (_, { after }) => new BridgeError("too-many-requests", { after }),
  })
  // Browsers ask before they send JSON or a key from another site.
  server.options("/*", { config: { contract: "preflight" } }, async (_, reply) => {
    reply.header("access-control-allow-methods", "GET, POST, DELETE")
    reply.header("access-control-allow-headers", "content-type, authorization, last-event-id")
    reply.header("access-control-max-age", "86400")
    return reply.code(204).send()
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
  ...{ "not-found": 404, "bad-key": 401, "stale-version": 409, "too-many-requests": 429 },
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
