// One endpoint of the local node over HTTP: JSON-RPC on `/`, and commands of ours on `/devnet/{name}`.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
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
  const server = createServer((request, response) => {
    handle(options, request, response).catch((error) => {
      if (!response.headersSent) send(response, { status: 500, body: `${error}` })
      else response.destroy()
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject)
    server.listen(options.port, "127.0.0.1", resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    port,
    url: `http://${options.cookie}@127.0.0.1:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
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
  const body = await bodyOf(request)
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

/** Null when it is too large; what is left of it is not read. */
async function bodyOf(request: IncomingMessage): Promise<string | null> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of request.iterator({ destroyOnReturn: false })) {
    bytes += part.byteLength
    if (bytes > BODY_BYTES_MAX) return null
    parts.push(part)
  }
  return Buffer.concat(parts).toString()
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
