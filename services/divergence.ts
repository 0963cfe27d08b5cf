// Hears what this process's providers say differently: it is written down, and what stays so pauses the chain.

import { Divergences } from "../chains/divergence.ts"
import { networkOf } from "../core/assets.ts"
import type { Log } from "./log.ts"
import type { Meter } from "./metrics.ts"
import type { Sql } from "./store/database.ts"
import { recordIncident } from "./store/incidents.ts"

export interface Listening {
  readonly sql: Sql
  readonly log: Log
  readonly meter: Meter | null
  /** Of this process among ours. */
  readonly writer: string
}

export function divergencesOf({ sql, log, meter, writer }: Listening): Divergences {
  return new Divergences({
    // One that is set back would make the second time the first again.
    now: () => performance.now(),
    tell: (divergence) => {
      const { chain, request, words, halts } = divergence
      meter?.incident(networkOf(chain), halts ? "halted" : "disagrees")
      log.error({ chain, request, words, halts }, "the providers of a chain disagree")
      recordIncident(sql, { ...divergence, writer }).catch((error: unknown) =>
        log.error({ chain, error: String(error) }, "an incident could not be written down"),
      )
    },
  })
}
