// A local HTTP server of the devnet: it listens before it returns, and stops without waiting for its guests.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

export interface LocalServer {
  readonly port: number
  stop(): Promise<void>
}

/**
 * Listens on 127.0.0.1; port 0 lets the kernel choose, and a port that is taken rejects. What `handle`
 * throws goes to `failed` while nothing has been answered, and cuts the connection after that.
 */
export async function listenLocally(
  port: number,
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
  failed: (response: ServerResponse, error: unknown) => void,
): Promise<LocalServer> {
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy()
      else failed(response, error)
    })
  })
  // Thousands of blocks that are mined at once take longer than the usual five seconds, on a busy machine: a guest that
  // asks again after them would find its connection cut.
  server.keepAliveTimeout = 60_000
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject)
    server.listen(port, "127.0.0.1", resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Null when there are more than `bytesMax`; what is left of it is not read. */
export async function bodyOf(request: IncomingMessage, bytesMax: number): Promise<Buffer | null> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of request.iterator({ destroyOnReturn: false })) {
    bytes += part.byteLength
    if (bytes > bytesMax) return null
    parts.push(part)
  }
  return Buffer.concat(parts)
}
