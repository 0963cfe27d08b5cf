// What the bridge bears: reads of its API at a steady rate, and a real deposit behind ten thousand of junk.

import { flood } from "./load/flood.ts"
import { reads } from "./load/reads.ts"
import type { Measured } from "./main.ts"

/**
 * - `readP50Ms`, `readP95Ms`, `readP99Ms`: of every kind of read together, at `readsPerSecond`, from when each was due
 *   until its answer was there, so that an answer that comes late does not hide those behind it; `apiCpuMs` and
 *   `databaseCpuMs` are what one of them costs.
 * - `quietMs`, `floodedMs`: a deposit, from the block that makes it final until it is credited: alone, and with ten
 *   thousand of dust before it in the same blocks; `delayMs` is the difference.
 */
export async function load(): Promise<Measured> {
  const reading = await reads()
  const flooding = await flood()
  return {
    figures: { ...reading.figures, ...flooding.figures },
    units: { ...reading.units, ...flooding.units },
  }
}
