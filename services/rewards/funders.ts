// Asks the chains who first paid those who deposit, a few at a time: evidence that accounts are one person's.

import { setTimeout as delay } from "node:timers/promises"
import { CHAINS, type ChainName } from "../../core/assets.ts"
import type { Connections } from "../connecting.ts"
import type { Log } from "../log.ts"
import type { Sql } from "../store/database.ts"
import { keepFunder, unasked } from "../store/reward-funders.ts"

export interface Asking {
  readonly sql: Sql
  readonly connections: Connections
  readonly log: Log
}

/** Accounts of a chain in one look: to find one may take some forty requests. */
const AT_ONCE = 10

/** One look: safe to repeat. Whoever cannot be asked about now is asked about again. */
export async function askForFunders({ sql, connections, log }: Asking): Promise<void> {
  await Promise.all(CHAINS.map((chain) => askOn(chain)))

  async function askOn(chain: ChainName): Promise<void> {
    const connection = connections[chain]
    if (!connection?.funder) return
    for (const account of await unasked(sql, chain, AT_ONCE))
      try {
        await keepFunder(sql, chain, account, await connection.funder(account))
      } catch (error) {
        // One endpoint less: the bridge's money does not rest on this, and those who watch it say so.
        log.info({ chain, error: String(error) }, "who paid a depositor could not be asked")
        return
      }
  }
}

/** Looks until it is stopped; what fails waits for the next look. */
export function startAsking(asking: Asking, lookMs: number): () => Promise<void> {
  const stop = new AbortController()
  const running = (async () => {
    while (!stop.signal.aborted) {
      await askForFunders(asking).catch((error: unknown) =>
        asking.log.warn({ error: String(error) }, "who paid depositors waits"),
      )
      await delay(lookMs, undefined, { signal: stop.signal }).catch(() => {})
    }
  })()
  return async () => {
    stop.abort()
    await running
  }
}
