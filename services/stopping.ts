// Brings the orders that stop and go on to every signer, so that a pause is one of the signers and not only ours.

import { setTimeout as delay } from "node:timers/promises"
import type { ClusterClient } from "../mpc/client.ts"
import type { Log } from "./log.ts"
import type { Sql } from "./store/database.ts"
import { stoppingOrders } from "./store/orders.ts"

/** Between two looks whether there is an order that somebody has not heard, milliseconds. */
const LOOK_MS = 1_000

/** Runs until it is told to stop; any number of processes may: signers hear an order once. */
export function startStopping(
  { sql, cluster, log }: { sql: Sql; cluster: Pick<ClusterClient, "tell">; log: Log },
  lookMs = LOOK_MS,
): () => Promise<void> {
  const stop = new AbortController()
  const run = async () => {
    while (!stop.signal.aborted) {
      await stoppingOrders(sql)
        .then((orders) => cluster.tell(orders))
        .catch((error: unknown) => log.warn({ error: String(error) }, "orders were not told"))
      await delay(lookMs, undefined, { signal: stop.signal }).catch(() => {})
    }
  }
  const running = run()
  return () => {
    stop.abort()
    return running
  }
}
