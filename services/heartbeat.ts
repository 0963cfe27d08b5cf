// Asks the signers for a sign of life now and then, so that a key that cannot sign is known before money waits for it.

import { setTimeout as delay } from "node:timers/promises"
import type { SchemeName } from "../chains/chain.ts"
import { type ClusterClient, heartbeatPeriod } from "../mpc/client.ts"
import type { Log } from "./log.ts"
import type { Sql } from "./store/database.ts"
import { heartbeats, recordHeartbeat } from "./store/heartbeats.ts"
import { keepBeat, keepHealth } from "./store/signers.ts"

export interface Beating {
  readonly sql: Sql
  readonly cluster: ClusterClient
  readonly log: Log
}

/** Between two looks whether one is due, milliseconds: what fails is tried again as often. */
const LOOK_MS = 30_000

/** Runs until it is told to stop; any number of processes may, and one of them asks. */
export function startHeartbeats(beating: Beating, lookMs = LOOK_MS): () => Promise<void> {
  const stop = new AbortController()
  const run = async () => {
    while (!stop.signal.aborted) {
      await beat(beating, Date.now()).catch((error: unknown) =>
        beating.log.warn({ error: String(error) }, "heartbeats could not be read or recorded"),
      )
      await beating.cluster
        .health()
        .then((members) => keepHealth(beating.sql, members))
        .catch((error: unknown) =>
          beating.log.warn({ error: String(error) }, "how the signers are is not on record"),
        )
      await delay(lookMs, undefined, { signal: stop.signal }).catch(() => {})
    }
  }
  const running = run()
  return () => {
    stop.abort()
    return running
  }
}

/** Asks for those that are due at `nowMs`, milliseconds since 1970. */
export async function beat({ sql, cluster, log }: Beating, nowMs: number): Promise<void> {
  const last = new Map((await heartbeats(sql)).map(({ scheme, period }) => [scheme, period]))
  const due = (Object.keys(cluster.keys) as SchemeName[]).filter(
    (scheme) => (last.get(scheme) ?? -1) < heartbeatPeriod(nowMs),
  )
  for (const scheme of due) {
    try {
      const { period, signature, signers } = await cluster.heartbeat(scheme, nowMs)
      await recordHeartbeat(sql, { scheme, period, signers }, signature)
      await keepBeat(sql, signers)
    } catch (error) {
      log.error({ scheme, error: String(error) }, "no quorum could sign a heartbeat")
    }
  }
}
