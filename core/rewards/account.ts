// What is kept of one account while events are replayed: balances, unit-seconds, and how far each task is.

import type { AssetName } from "../assets.ts"

export interface Holding {
  /** As far as it was seen, base units. */
  balance: bigint
  /** Unit-seconds of the epoch under way. */
  seconds: bigint
  /** Up to which moment they are counted. */
  lastS: number
}

/** Of one task. What a kind does not need stays as it is. */
export interface Progress {
  /** Base units that count, or unit-seconds of `hold`. */
  volume: bigint
  /** The other half of a round trip; of `referral` the full minimums in `volume`. */
  back: bigint
  /** Full minimums that are certain. */
  times: bigint
  /** Full minimums that were given points for: never more than the task's `repeat`. */
  given: number
  /** The day under way (days since 1970) and what counts in it; how many days counted before. */
  day: number
  dayVolume: bigint
  days: number
  /** Since when the balance has been the minimum or more, -1 when it is not; the longest such time, seconds. */
  sinceS: number
  longestS: number
  /** The word is given: terms signed, evidence there. */
  isTold: boolean
}

/** Whose caps an account's points count against: its own, or those of all accounts of one person. */
export interface Person {
  points: bigint
  day: number
  dayPoints: bigint
  /** How often, by the task's place in the list: in all, and on the day. */
  readonly times: number[]
  readonly dayTimes: number[]
}

export interface Account {
  readonly id: string
  readonly holdings: Map<AssetName, Holding>
  /** By the task's place in the list. */
  readonly progress: Progress[]
  /** By whose word it came: its own when nobody is named. */
  referrer: string | null
  /** Once it was given anything. */
  person: Person | null
  /** Of all epochs that have ended, whatever became of them. */
  points: bigint
  accrued: bigint
  earned: bigint
  waiting: bigint
  returned: bigint
  frozen: bigint
}

export function newAccount(id: string, tasks: number): Account {
  return {
    id,
    holdings: new Map(),
    progress: Array.from({ length: tasks }, newProgress),
    ...{ referrer: null, person: null },
    ...{ points: 0n, accrued: 0n },
    ...{ earned: 0n, waiting: 0n, returned: 0n, frozen: 0n },
  }
}

export function newPerson(day: number, tasks: number): Person {
  const none = Array.from({ length: tasks }, () => 0)
  return { points: 0n, day, dayPoints: 0n, times: none, dayTimes: [...none] }
}

function newProgress(): Progress {
  return {
    ...{ volume: 0n, back: 0n, times: 0n, given: 0 },
    ...{ day: -1, dayVolume: 0n, days: 0, sinceS: -1, longestS: 0, isTold: false },
  }
}
