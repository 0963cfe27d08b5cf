// One endpoint of the local AO units over HTTP: which unit a path belongs to, and what a faulty endpoint does.

import type { IncomingMessage, ServerResponse } from "node:http"
import { json, type Reply, refusal, text } from "../arweave/reply.ts"
import { bodyOf, listenLocally } from "../server.ts"
import { type Asked, parsed } from "./asked.ts"
import { compute } from "./compute-api.ts"
import { type Gateway, gateway } from "./gateway.ts"
import { hyperbeam, isNodePath, MALFORMED, type Malformed } from "./hyperbeam.ts"
import type { Messenger } from "./messenger.ts"
import type { Schedule } from "./schedule.ts"
import { scheduler } from "./scheduler-api.ts"
import type { View } from "./view.ts"

export interface EndpointOptions {
  readonly view: View
  readonly schedule: Schedule
  readonly messenger: Messenger
  readonly gateway: Gateway
  /** Answers `POST /devnet/...`; its body is JSON already. */
  readonly command: (name: string, body: unknown) => Promise<unknown>
  /** 0 lets the kernel choose. */
  readonly port: number
}

export interface Endpoint {
  readonly port: number
  readonly url: string
  stop(): Promise<void>
}

/** Listens on 127.0.0.1 before it returns. Rejects when the port is taken. */
export async function serve(options: EndpointOptions): Promise<Endpoint> {
  const { port, stop } = await listenLocally(
    options.port,
    (request, response) => handle(options, request, response),
    (response, error) => send(response, refusal(500, `${error}`)),
  )
  return { port, url: `http://127.0.0.1:${port}`, stop }
}

async function handle(
  options: EndpointOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = "GET", headers } = request
  const url = new URL(request.url ?? "/", "http://units")
  const path = url.pathname.replace(/(?<=.)\/$/, "")
  // A faulty endpoint must still take the command that mends it.
  if (method === "POST" && path.startsWith("/devnet/")) {
    send(response, await command(options, request, path.slice("/devnet/".length)))
    return
  }
  const { view } = options
  if (view.faults.hang) return
  if (view.faults.delayMs) await new Promise((go) => setTimeout(go, view.faults.delayMs))
  const failure = view.failure(path)
  if (failure !== null)
    return send(response, refusal(failure, "the endpoint fails as it was told to"))
  if (method === "OPTIONS") return send(response, preflight(response))
  const body = method === "POST" ? await bodyOf(request, BODY_BYTES_MAX) : Buffer.alloc(0)
  if (body === null) return send(response, refusal(413, "Payload too large"))
  const accept = headers.accept ?? ""
  const asked: Asked = { method, path: path.slice(1).split("/"), query: url.searchParams, body }
  const reply = await answer(options, asked, accept)
  if (reply === MALFORMED) malformed(response)
  else send(response, reply)
}

async function answer(
  options: EndpointOptions,
  asked: Asked,
  accept: string,
): Promise<Reply | Malformed> {
  const [unit = "", ...path] = asked.path
  return (await askUnit(options, unit, { ...asked, path }, accept)) ?? refusal(404, "Not found")
}

function askUnit(
  { view, schedule, messenger, gateway: at }: EndpointOptions,
  unit: string,
  asked: Asked,
  accept: string,
): Reply | null | Promise<Reply | Malformed | null> {
  switch (unit) {
    case "mu":
      return take(messenger, asked)
    case "su":
      return scheduler(view, asked)
    case "cu":
      return compute(view, schedule, asked)
    default:
      return isNodePath(unit, asked)
        ? hyperbeam({ view, schedule, messenger, address: at.scheduler }, unit, asked, accept)
        : gateway(at, view, unit, asked)
  }
}

/** `POST MU` alone: these units assign no item twice and watch no process for its cron messages. */
function take(messenger: Messenger, { method, path, query, body }: Asked): Reply {
  if (path.length > 0) return refusal(501, "Not supported by these units")
  if (method !== "POST") return text(200, "ao messenger unit")
  if (query.has("assign")) return refusal(501, "Assignments are not supported by these units")
  const taken = messenger.accept(body)
  return "error" in taken ? refusal(taken.status, taken.error) : json(202, taken)
}

/** Only JSON, which a foreign web page in the user's browser cannot send here without being asked. */
async function command(
  { command }: EndpointOptions,
  request: IncomingMessage,
  name: string,
): Promise<Reply> {
  if (request.headers["content-type"]?.startsWith("application/json") !== true)
    return refusal(415, "content-type must be application/json")
  const body = await bodyOf(request, BODY_BYTES_MAX)
  if (body === null) return refusal(413, "Payload too large")
  try {
    return json(200, await command(name, body.length === 0 ? {} : parsed(body)))
  } catch (error) {
    return refusal(400, error instanceof Error ? error.message : String(error))
  }
}

/** Megabytes, as the real units take: an Eval of 150 KB is ordinary. */
const BODY_BYTES_MAX = 10 * 1024 * 1024

/** A wallet in a browser asks first. */
function preflight(response: ServerResponse): Reply {
  response.setHeader("access-control-allow-methods", "GET, POST")
  response.setHeader("access-control-allow-headers", "Content-Type, Accept")
  return text(200, "")
}

/** A stack trace where headers should be: no client takes it for HTTP. */
function malformed(response: ServerResponse): void {
  const trace = "{error,{badmatch,\n  [{hb_ao,resolve,3},\n   {dev_process,compute,4}]}}"
  response.socket?.end(`HTTP/1.1 500 Internal Server Error\r\n${trace}\r\n\r\n`)
}

function send(response: ServerResponse, { status, type, body, headers }: Reply): void {
  response.writeHead(status, {
    ...headers,
    "content-type": type,
    "content-length": Buffer.byteLength(body),
    "access-control-allow-origin": "*",
  })
  response.end(body)
}
