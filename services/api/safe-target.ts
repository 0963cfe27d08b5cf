// Where we may send what strangers ask us to send: to the public internet, never into the network that we stand in.

import { lookup as systemLookup } from "node:dns"
import { isIP, type LookupFunction } from "node:net"
import { Agent } from "undici"
import { BridgeError } from "../../core/errors.ts"
import { ipIn } from "../compliance/ip.ts"

export interface TargetRules {
  /** Addresses that are not of the public internet, and plain HTTP, for a network of one's own. */
  readonly allowPrivate: boolean
}

type Resolve = (
  name: string,
  options: { readonly all: true },
  done: (
    error: NodeJS.ErrnoException | null,
    addresses: { readonly address: string; readonly family: number }[],
  ) => void,
) => void

/** Throws `bad-request` for a URL that nothing is ever sent to. Names are looked up when it is sent to. */
export function demandTarget(url: string, { allowPrivate }: TargetRules): void {
  const refuse = (why: string): never => {
    throw new BridgeError("bad-request", { url: url.slice(0, 200), why })
  }
  const { protocol, username, password, hostname } = new URL(url)
  if (protocol !== "https:" && !(allowPrivate && protocol === "http:")) refuse("https only")
  if (username !== "" || password !== "") refuse("no credentials in a URL")
  const host = hostname.replace(/^\[|\]$/g, "")
  if (!allowPrivate && isIP(host) !== 0 && !isPublic(host)) refuse("not a public address")
}

/**
 * Connects to what a name stands for at that moment, and only where all of it is public: what was looked up is what is
 * connected to, so a name cannot change its mind in between. Redirections are not followed.
 */
export function safeAgent(
  { allowPrivate }: TargetRules,
  timeoutMs: number,
  resolve: Resolve = systemLookup,
): Agent {
  const connect = { timeout: timeoutMs, ...(!allowPrivate && { lookup: publicLookup(resolve) }) }
  return new Agent({
    ...{ connect, headersTimeout: timeoutMs, bodyTimeout: timeoutMs, connections: 4 },
    ...{ maxResponseSize: 64 * 1024, keepAliveTimeout: 10_000 },
  })
}

export function publicLookup(resolve: Resolve): LookupFunction {
  return (name, options, done) =>
    resolve(name, { ...options, all: true }, (error, addresses) => {
      if (error) return done(error, "", 0)
      if (addresses.length === 0 || !addresses.every(({ address }) => isPublic(address)))
        return done(new Error(`${name} is not a public address`), "", 0)
      const [first] = addresses
      return options.all ? done(null, addresses) : done(null, first!.address, first!.family)
    })
}

function isPublic(address: string): boolean {
  return ipIn(address) !== null
}
