// `deal` in a thread of its own, which ends with it.

import { startThread } from "../worker.ts"
import type { NewKey, PrimePair } from "./deal.ts"
import type { DealingCalls } from "./dealing.ts"

/** As `deal`, and keeps nobody from anything meanwhile. */
export async function dealApart(
  primes: PrimePair,
  threshold: number,
  parties: number,
): Promise<NewKey> {
  const thread = startThread<DealingCalls>(new URL("./dealing.ts", import.meta.url), {
    input: null,
  })
  try {
    return await thread.call("deal", { primes, threshold, parties })
  } finally {
    await thread.close()
  }
}
