// A server that anybody may ask without TLS: what it takes to open and close it, whatever it answers.

import type { Server } from "node:http"
import type { AddressInfo } from "node:net"
import { BridgeError } from "../core/errors.ts"

export interface Listening {
  /** `host:port`. */
  readonly address: string
  close(): Promise<void>
}

/**
 * Listens at `listen` (`host:port`; port 0 takes a free one) and gives a request five seconds. Throws `bad-config` that
 * names `setting` when that is no address, or taken.
 */
export async function listenAt(
  server: Server,
  listen: string,
  setting: string,
): Promise<Listening> {
  server.requestTimeout = 5_000
  const match = /^(.+):([0-9]{1,5})$/.exec(listen)
  const refuse = (problems: string) =>
    new BridgeError("bad-config", { [setting]: listen, problems })
  if (!match) throw refuse("not host:port")
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => reject(refuse(cause.message)))
    server.listen(Number(match[2]), match[1], resolve)
  })
  return {
    address: `${match[1]}:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
