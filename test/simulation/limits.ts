// What the signers of a run help to pay at most, and how soon: caps of their own, and the bridge's limits.

import type { Governor } from "../../core/governor.ts"
import type { Cap } from "../../mpc/config.ts"
import { HOMES, KINDS, UNIT } from "./kinds.ts"
import type { Random } from "./random.ts"

export const DAY_MS = 86_400_000
/** Of each cap, for whoever has just joined. */
export const NEWCOMER_PERCENT = 50

export interface SignerLimits {
  readonly caps: readonly Cap[]
  readonly governor: Governor
}

/** More than a run moves. */
const BOUNDLESS = 10n ** 15n

/**
 * Tight in some runs: no more than some transfers' worth a day, so that others wait for the next one. All hold the largest
 * transfer, a newcomer's part too.
 */
export function limitsIn(random: Random): SignerLimits {
  const units = (least: number, most: number) => BigInt(random.between(least, most)) * 1_000n * UNIT
  const isTight = random.chance(0.4)
  const caps = HOMES.map((home): Cap => {
    const { asset } = KINDS[home]
    if (!isTight) return { asset, signature: BOUNDLESS, day: BOUNDLESS }
    return { asset, signature: units(310, 1_200), day: units(310, 1_500) }
  })
  const isSlow = random.chance(0.4)
  const windows = HOMES.flatMap((home) => {
    const { asset, ledger } = KINDS[home]
    return [home, ledger].map((chain) => ({
      ...{ asset, target: chain as typeof home },
      day: isSlow ? units(460, 1_200) : BOUNDLESS,
      large: isSlow ? units(150, 500) : BOUNDLESS,
    }))
  })
  const delayMs = random.between(5, 60) * 60_000
  return { caps, governor: { delayMs, windows, worth: null } }
}
