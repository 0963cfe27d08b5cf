// The thread in which a dealer shares out a key: it takes a second, and its memory goes with it.

import { moving, serve } from "../worker.ts"
import { deal, type NewKey, type PrimePair } from "./deal.ts"

export type DealingCalls = {
  deal(argument: {
    readonly primes: PrimePair
    readonly threshold: number
    readonly parties: number
  }): NewKey
}

serve<DealingCalls>({
  deal: ({ primes, threshold, parties }) => {
    const made = deal(primes, threshold, parties)
    return moving(made, ...made.shares)
  },
})
