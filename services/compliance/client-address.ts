// Whose request it is: the address before the first proxy that is not ours.

import type { IncomingMessage } from "node:http"
import proxyaddr from "@fastify/proxy-addr"
import { BridgeError } from "../../core/errors.ts"
import { type IpAddress, ipIn } from "./ip.ts"

/** Proxies whose `X-Forwarded-For` is believed, as addresses or CIDR blocks. From all others it is a wish. */
export type Trust = (address: string, hop: number) => boolean

/** Throws `bad-config` for what is neither an address nor a block. */
export function trustOf(proxies: readonly string[]): Trust {
  try {
    return proxies.length === 0 ? () => false : proxyaddr.compile([...proxies])
  } catch (cause) {
    throw new BridgeError("bad-config", { proxies: proxies.join(", ") }, { cause })
  }
}

/**
 * The client's address, or null when it is not known: a proxy of ours that names nobody must not lend the client
 * its own place, and what is not a public address has none.
 */
export function clientOf(request: IncomingMessage, trust: Trust): IpAddress | null {
  const hops = proxyaddr.all(request, trust)
  const last = hops.at(-1)
  if (last === undefined || trust(last, hops.length - 1)) return null
  return ipIn(last)
}
