// When a message that was not taken is sent again: soon at first, then ever later, for a day.

const SECOND = 1_000
const MINUTE = 60_000
const HOUR = 3_600_000

/** Before the second attempt, the third, and so on: 23 hours and 43 minutes in all. */
export const RETRY_MS: readonly number[] = [
  5 * SECOND,
  30 * SECOND,
  2 * MINUTE,
  10 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  4 * HOUR,
  6 * HOUR,
  10 * HOUR,
]

/**
 * Milliseconds to wait after so many attempts; null when it was the last. `chance` in [0, 1) spreads it by a tenth, so
 * that what failed together does not come back together.
 */
export function retryAfterMs(attempts: number, chance: number): number | null {
  const wait = RETRY_MS[attempts - 1]
  return wait === undefined ? null : Math.round(wait * (0.9 + 0.2 * chance))
}
