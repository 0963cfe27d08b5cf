// The two doors of the API: one for everybody, with the page, and one for the people who look after the bridge.

import type { Connection } from "../../chains/chain.ts"
import type { ChainName } from "../../core/assets.ts"
import { standingAtOnce } from "../compliance/account-reward.ts"
import type { ServicesConfig } from "../config.ts"
import type { Log } from "../log.ts"
import type { Sql } from "../store/database.ts"
import { standingNow } from "../store/reward-epochs.ts"
import { type Console, consoleRoutes } from "./console.ts"
import type { Api } from "./context.ts"
import type { Ordering } from "./orders.ts"
import { relay } from "./relay.ts"
import { serveApi } from "./server.ts"
import { site } from "./site.ts"

export interface Doors {
  readonly url: string
  /** Null when there is none. */
  readonly consoleUrl: string | null
  close(): Promise<void>
}

/** All that is not in the configuration. */
export interface DoorParts extends Omit<Api, keyof Ordering | "connections" | "webhooks" | "door"> {
  readonly sql: Sql
  readonly connections: Readonly<Partial<Record<ChainName, Connection>>>
  readonly gas: Console["gas"]
}

/** Opens what `listen` and `admin` of the settings say. */
export async function openDoors(
  parts: DoorParts,
  { bridge, settings }: ServicesConfig,
  log: Log,
): Promise<Doors> {
  const { operators, pausers, webhooks, endpoints, listen, admin } = settings
  const door = { proxies: settings.screening.proxies, perMinute: settings.requestsPerMinute }
  const api = { ...parts, ...bridge, operators, pausers, webhooks, door }
  const front = await serveApi(api, listen, log, async (server) => {
    await site(server, { bridge })
    const standingOf = (campaign: string, account: string) =>
      parts.screening
        ? standingAtOnce(parts.screening, campaign, account)
        : standingNow(parts.sql, campaign, account)
    await relay(server, { ...bridge, endpoints, standingOf })
  })
  if (admin === null) return { url: front.url, consoleUrl: null, close: front.close }
  // What the first one hands out need not be handed out twice.
  const quiet = { ...api, webhooks: { ...webhooks, delivers: false as const } }
  const back = await serveApi(quiet, admin, log, async (server) => {
    await site(server, { bridge, entry: "console.html" })
    consoleRoutes(server, { ...api, endpoints })
  })
  log.info({ console: back.url }, "the operators' console is open")
  return {
    url: front.url,
    consoleUrl: back.url,
    async close() {
      await Promise.all([front.close(), back.close()])
    },
  }
}
