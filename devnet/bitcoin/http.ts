// One endpoint of the local node over HTTP: JSON-RPC on `/`, and commands of ours on `/devnet/{name}`.

import type { IncomingMessage, ServerResponse } from "node:http"
import { bodyOf, listenLocally } from "../server.ts"
import { toJson } from "./amount.ts"
import { isAuthorized } from "./cookie.ts"
import { answer, methodsIn, type RpcContext } from "./rpc.ts"

export interface EndpointOptions extends RpcContext {
  /** `user:password` */
  readonly cookie: string
  /** Runs `POST /devnet/...`; its body is JSON already. */
  readonly command: (name: string, body: unknown) => Promise<unknown>
  /** 0 lets the kernel choose. */
  readonly port: number
}

export interface Endpoint {
  readonly port: number
  /** With user and password. */
  readonly url: string
  stop(): Promise<void>
}

/** Listens before it returns. Rejects when the port is taken. */
export async function serve(options: EndpointOptions): Promise<Endpoint> {
  const { port, stop } = await listenLocally(
    options.port,
    (request, response) => handle(options, request, response),
    (response, error) => send(response, { status: 500, body: `${error}` }),
  )
  return { port, url: `http://${options.cookie}@127.0.0.1:${port}`, stop }
}

interface Reply {
  readonly status: number
  readonly body: string
}

const BODY_BYTES_MAX = 32 * 1024 * 1024

async function handle(
  options: EndpointOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method, url = "/", headers } = request
  if (method !== "POST") {
    send(response, { status: 405, body: "JSONRPC server handles only POST requests" })
    return
  }
  if (!isAuthorized(headers.authorization, options.cookie)) {
    response.setHeader("www-authenticate", 'Basic realm="jsonrpc"')
    send(response, { status: 401, body: "" })
    return
  }
  const body = (await bodyOf(request, BODY_BYTES_MAX))?.toString() ?? null
  if (body === null) send(response, { status: 413, body: "" })
  else if (url.startsWith("/devnet/"))
    // A faulty endpoint must still take the command that mends it.
    send(response, await command(options, url.slice("/devnet/".length), body))
  else if (url !== "/") send(response, { status: 404, body: "" })
  else {
    const reply = await call(options, body)
    if (reply !== null) send(response, reply)
  }
}

/** Null for a request that is never answered. */
async function call(options: EndpointOptions, body: string): Promise<Reply | null> {
  const { view } = options
  const { hang, delayMs } = view.faults
  if (hang === true) return null
  if (delayMs !== undefined) await new Promise((go) => setTimeout(go, delayMs))
  const request = parsed(body)
  const failure = view.failure(methodsIn(request))
  return failure === null ? answer(options, request) : { status: failure, body: "" }
}

async function command(options: EndpointOptions, name: string, body: string): Promise<Reply> {
  try {
    const result = await options.command(name, body === "" ? {} : parsed(body))
    return { status: 200, body: toJson(result) }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return { status: 400, body: toJson({ error: message }) }
  }
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

function send(response: ServerResponse, { status, body }: Reply): void {
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
  })
  response.end(body)
}
