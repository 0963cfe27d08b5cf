// Who answers a reader: endpoints of one owner are one opinion, and a live network is read by two at least.

import type { NetworkName } from "../core/assets.ts"
import type { Deployment, Endpoints } from "./chain.ts"

/** Kinds of endpoints whose word no money rests on: what is sent through them is read back by others. */
const UNHEARD: ReadonlySet<string> = new Set(["mu", "graphql", "history"])

/**
 * The kinds of endpoints that fewer than two providers answer for, a sentence each: on a live network nobody reads
 * a chain by one alone, elsewhere nothing is at stake (requirement R-15).
 */
export function lonely(
  { network }: Pick<Deployment, "network">,
  endpoints: Readonly<Partial<Record<NetworkName, Endpoints>>>,
): readonly string[] {
  if (network !== "mainnet") return []
  return Object.entries(endpoints).flatMap(([chain, { urls }]) =>
    Object.entries(urls)
      .filter(([kind, list]) => !UNHEARD.has(kind) && providersIn(list).size < 2)
      .map(
        ([kind]) => `endpoints of ${chain}: ${kind}: one provider, and a live network takes two`,
      ),
  )
}

/** The owners of these endpoints, as far as their names tell. */
export function providersIn(urls: readonly string[]): ReadonlySet<string> {
  return new Set(urls.map((url) => providerOf(new URL(url))))
}

/** The owners of all endpoints that money rests on, but for nodes of the reader's own, which it shares with nobody. */
export function providersOf(
  urls: Readonly<Record<string, readonly string[]>>,
): ReadonlySet<string> {
  const heard = Object.entries(urls).filter(([kind]) => !UNHEARD.has(kind))
  const foreign = heard.flatMap(([, list]) =>
    list.filter((url) => !isOwnHost(new URL(url).hostname)),
  )
  return providersIn(foreign)
}

/** Names of one owner end alike: `a.example.org` and `b.example.org` are one provider. */
function providerOf({ hostname }: URL): string {
  const isNumber = hostname.startsWith("[") || /^[0-9.]+$/.test(hostname)
  return isNumber ? hostname : hostname.split(".").slice(-2).join(".")
}

/** A node on the reader's own machine or network: nobody else's word. */
export function isOwnHost(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, "")
  return (
    host === "localhost" ||
    /\.(internal|local|lan|home\.arpa)$/.test(host) ||
    !host.includes(".") ||
    /^(127\.|10\.|192\.168\.|172\.(1[6-9]|2[0-9]|3[01])\.)/.test(host) ||
    /^(::1$|f[cd][0-9a-f]{2}:)/i.test(host)
  )
}
