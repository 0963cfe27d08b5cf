// How much is minted by when: what is left shrinks by the same part each tick, in whole units, tick by tick.
//
// The replay is the definition. A closed form is off by some hundred thousand units after four years.

import { assert } from "../assert.ts"

export interface Curve {
  /** All that there will ever be, base units. */
  readonly supply: bigint
  /** Each tick mints `floor(left * numerator / denominator)`. */
  readonly numerator: bigint
  readonly denominator: bigint
  readonly tickS: number
  /** Tick 1 ends one tick after this, seconds since 1970. */
  readonly startS: number
}

/** AO's: 21 million of twelve decimals, every five minutes 0.000001647321875 of what is left, from 2024-02-27 15:00 UTC. */
export const AO_CURVE: Curve = {
  supply: 21_000_000n * 10n ** 12n,
  numerator: 1_647_321_875n,
  denominator: 10n ** 15n,
  tickS: 300,
  startS: 1_709_046_000,
}

/** What the first so many ticks mint. */
export function mintedAfter({ supply, numerator, denominator }: Curve, ticks: number): bigint {
  let left = supply
  for (let tick = 0; tick < ticks; tick += 1) left -= (left * numerator) / denominator
  return supply - left
}

/** Ticks that have ended by then. */
export function ticksAt({ startS, tickS }: Curve, atS: number): number {
  return Math.max(0, Math.floor((atS - startS) / tickS))
}

/** What the ticks mint that end after one moment of a row and not after the next: one amount fewer than moments. */
export function mintedBetween(curve: Curve, momentsS: readonly number[]): readonly bigint[] {
  const { supply, numerator, denominator } = curve
  let left = supply
  let tick = 0
  const leftAt = momentsS.map((atS, at) => {
    assert(at === 0 || atS >= momentsS[at - 1]!, "moments are in order")
    for (const end = ticksAt(curve, atS); tick < end; tick += 1)
      left -= (left * numerator) / denominator
    return left
  })
  return leftAt.slice(1).map((after, at) => leftAt[at]! - after)
}
