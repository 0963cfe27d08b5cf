// One endpoint of the local node over HTTP: a view, served on 127.0.0.1.

import type { IncomingMessage, ServerResponse } from "node:http"
import { bodyOf, listenLocally } from "../server.ts"
import type { Door } from "./door.ts"
import { answerQuery } from "./graphql.ts"
import { read } from "./node-api.ts"
import { json, type Reply, refusal, text } from "./reply.ts"
import type { View } from "./view.ts"
import type { ChunkFact, Weave } from "./weave.ts"

export interface EndpointOptions {
  readonly view: View
  readonly weave: Weave
  readonly door: Door
  readonly record: (fact: ChunkFact) => void
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

/** Listens before it returns. Rejects when the port is taken. */
export async function serve(options: EndpointOptions): Promise<Endpoint> {
  const { port, stop } = await listenLocally(
    options.port,
    (request, response) => handle(options, request, response),
    (response, error) => send(response, refusal(500, `${error}`)),
  )
  return { port, url: `http://127.0.0.1:${port}`, stop }
}

/** As on the network; a command of ours is never larger. */
const BODY_BYTES_MAX = 15 * 1024 * 1024

async function handle(
  options: EndpointOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = "GET", url = "/", headers } = request
  const path = url.split("?", 1)[0]!.replace(/(?<=.)\/$/, "")
  // A faulty endpoint must still take the command that mends it.
  if (method === "POST" && path.startsWith("/devnet/")) {
    send(response, await command(options, request, path.slice("/devnet/".length)))
    return
  }
  const { faults } = options.view
  if (faults.hang === true) return
  if (faults.delayMs !== undefined) await new Promise((go) => setTimeout(go, faults.delayMs))
  const failure = options.view.failure(path)
  if (failure !== null) send(response, text(failure, "The endpoint fails as it was told to."))
  else if (method === "GET" || method === "HEAD") {
    const wantsJson = headers.accept?.startsWith("application/json") === true
    send(response, read(options.view, options.weave, path, wantsJson))
  } else if (method === "OPTIONS" && !path.startsWith("/devnet/")) {
    response.setHeader("access-control-allow-methods", "GET, POST")
    response.setHeader("access-control-allow-headers", "Content-Type")
    send(response, text(200, "OK"))
  } else send(response, await write(options, request, path))
}

async function write(
  options: EndpointOptions,
  request: IncomingMessage,
  path: string,
): Promise<Reply> {
  const body = await textOf(request)
  if (body === null) return text(413, "Payload too large")
  switch (path) {
    case "/tx":
      return options.door.post(body)
    case "/chunk":
      return writeChunk(options, body)
    case "/graphql":
      return answerQuery(options.view, body)
    default:
      return text(400, "Request type not found.")
  }
}

function writeChunk({ weave, record }: EndpointOptions, body: string): Reply {
  const fact = weave.judge(parsed(body))
  if ("error" in fact) return refusal(400, fact.error)
  record(fact)
  return text(200, "")
}

/** Only JSON, which a foreign web page in the user's browser cannot send here without being asked. */
async function command(
  { command }: EndpointOptions,
  request: IncomingMessage,
  name: string,
): Promise<Reply> {
  if (request.headers["content-type"]?.startsWith("application/json") !== true) {
    return refusal(415, "content-type must be application/json")
  }
  const body = await textOf(request)
  if (body === null) return text(413, "Payload too large")
  try {
    return json(200, await command(name, body === "" ? {} : parsed(body)))
  } catch (error) {
    return refusal(400, error instanceof Error ? error.message : String(error))
  }
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return null
  }
}

function send(response: ServerResponse, { status, type, body }: Reply): void {
  response.writeHead(status, {
    "content-type": type,
    "content-length": Buffer.byteLength(body),
    "access-control-allow-origin": "*",
  })
  response.end(body)
}

async function textOf(request: IncomingMessage): Promise<string | null> {
  const body = await bodyOf(request, BODY_BYTES_MAX)
  return body?.toString() ?? null
}
