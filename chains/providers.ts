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

/** Names of one owner end alike: `a.example.org` and `b.example.org` are one provider. */
function providerOf({ hostname }: URL): string {
  const isNumber = hostname.startsWith("[") || /^[0-9.]+$/.test(hostname)
  return isNumber ? hostname : hostname.split(".").slice(-2).join(".")
}
