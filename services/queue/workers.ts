// Runs orders: what is still to be done and not paused, with each error's own remedy.

import { BridgeError, remedyOf } from "../../core/errors.ts"
import type { Log } from "../log.ts"
import type { Sql } from "../store/database.ts"
import { failRows, type OutboxRow, openRows, returnRows } from "../store/outbox.ts"
import type { JobQueue, Lane } from "./queue.ts"

/** Does the work of all rows, or throws; it marks what is done in the commit that does it. */
export type Handler = (rows: readonly OutboxRow[]) => Promise<void>

export interface Station extends Lane {
  readonly handle: Handler
  /** Jobs at once in this process. */
  readonly concurrency: number
}

/** Starts the stations. `onHalt` hears of an error after which nothing more may run. */
export function startWorkers(
  sql: Sql,
  queue: JobQueue,
  stations: readonly Station[],
  { log, onHalt }: { readonly log: Log; readonly onHalt: (error: unknown) => void },
): void {
  for (const { kind, chain, handle, concurrency } of stations)
    queue.work(
      { kind, chain },
      async ({ rows }) => {
        const ids = rows.map(BigInt)
        try {
          const { open, paused } = await openRows(sql, ids)
          if (paused.length > 0) await returnRows(sql, paused)
          if (open.length > 0) await handle(open)
          return null
        } catch (error) {
          const code = error instanceof BridgeError ? error.code : "unknown"
          log.warn({ kind, chain, code, error: String(error) }, "an order was not done")
          await failRows(sql, ids, code).catch(() => {})
          const remedy = remedyOf(error)
          if (remedy === "halt") onHalt(error)
          return remedy === "retry" ? "again" : "leave"
        }
      },
      concurrency,
    )
}
