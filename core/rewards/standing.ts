// Who may be given what they have earned: what compliance said of an account over time, and what follows for an epoch.
//
// Nobody's share depends on it but their own: an account that is not allowed keeps its place in the division, and its
// share goes to nobody. So whoever is excluded neither takes from the others nor gives to them.

import { unreachable } from "../assert.ts"
import type { Action } from "../compliance/decision.ts"
import type { RewardEvent } from "./event.ts"

/** What compliance said of one account, in order. */
export interface Timeline {
  /** From then on. */
  readonly said: readonly { readonly atS: number; readonly action: Action }[]
  /** Of one epoch alone; the last word counts. */
  readonly ofEpoch: ReadonlyMap<number, Action>
}

/** earned: it is theirs. waiting: until they sign in. returned: back in the campaign's pool. frozen: nobody may touch it. */
export type Fate = "earned" | "waiting" | "returned" | "frozen"

/** Nobody has said anything: they have not signed in. */
const UNKNOWN: Timeline = { said: [], ofEpoch: new Map() }

export class Standings {
  readonly #timelines = new Map<
    string,
    { said: { atS: number; action: Action }[]; ofEpoch: Map<number, Action> }
  >()

  /** Events in their order. */
  constructor(events: Iterable<RewardEvent>) {
    for (const event of events) {
      if (event.kind !== "standing") continue
      const { account, action, epoch, atS } = event
      let timeline = this.#timelines.get(account)
      if (!timeline) {
        timeline = { said: [], ofEpoch: new Map() }
        this.#timelines.set(account, timeline)
      }
      if (epoch === null) timeline.said.push({ atS, action })
      else timeline.ofEpoch.set(epoch, action)
    }
  }

  of(account: string): Timeline {
    return this.#timelines.get(account) ?? UNKNOWN
  }

  /** What is said of the account before a moment; `hold` of whom nothing is said. */
  before(account: string, untilS: number): Action {
    return lastBefore(this.of(account), untilS)
  }
}

/**
 * What becomes of an epoch's share: by what was said when the epoch ended, or of the epoch alone. Whoever was on hold
 * then has until `deadlineS` to be allowed, and after that it is returned; what is frozen has no deadline. `nowS`: all
 * that was said before it is known.
 */
export function fateOf(
  timeline: Timeline,
  epoch: number,
  endS: number,
  deadlineS: number,
  nowS: number,
): Fate {
  const decided = timeline.ofEpoch.get(epoch) ?? lastBefore(timeline, endS)
  switch (decided) {
    case "allow":
      return "earned"
    case "reject":
      return "returned"
    case "hold": {
      const later = timeline.said.find(
        ({ atS, action }) => atS >= endS && atS < Math.min(deadlineS, nowS) && action !== "hold",
      )
      if (later?.action === "allow") return "earned"
      if (later?.action === "block") return frozenOr(timeline, later.atS, nowS)
      return later || nowS >= deadlineS ? "returned" : "waiting"
    }
    case "block":
      return frozenOr(timeline, endS, nowS)
    default:
      return unreachable(decided)
  }
}

function frozenOr(timeline: Timeline, sinceS: number, nowS: number): Fate {
  const isFree = timeline.said.some(
    ({ atS, action }) => atS >= sinceS && atS < nowS && action === "allow",
  )
  return isFree ? "earned" : "frozen"
}

function lastBefore({ said }: Timeline, untilS: number): Action {
  return said.findLast(({ atS }) => atS < untilS)?.action ?? "hold"
}
