// What a campaign would cost: at most by its own words, and by what people did in another one.

import type { Campaign } from "./campaign.ts"
import { epochAt } from "./campaign.ts"
import { timesOf } from "./campaign-form.ts"
import type { RewardEvent } from "./event.ts"
import { poolsOf } from "./pools.ts"
import { tally } from "./tally.ts"

export interface TaskCost {
  readonly id: string
  /** What one person can have by it. */
  readonly personMax: bigint
  /** What a person has who moves all that the campaign calls whole. */
  readonly wholeMax: bigint
  /** In the trial. */
  readonly accounts: number
  readonly points: bigint
}

export interface Cost {
  readonly allocation: bigint
  /** Budget of tasks and pools together: never more. */
  readonly most: bigint
  readonly pools: bigint
  readonly budget: bigint
  /** In the trial: points of tasks, shares of pools, and whether the budget ran out. */
  readonly points: bigint
  readonly accrued: bigint
  readonly accounts: number
  readonly isBudgetSpent: boolean
  readonly tasks: readonly TaskCost[]
}

/** `events` are of a campaign that began at `startS`; they happen again as if it were this one. None: words alone. */
export function costOf(
  campaign: Campaign,
  events: readonly RewardEvent[] = [],
  startS = campaign.startS,
): Cost {
  const { tasks, allocation, epochs, epochS } = campaign
  const shift = campaign.startS - startS
  const again = events.map((event) => ({ ...event, atS: event.atS + shift }))
  const lastS = again.reduce((last, { atS }) => Math.max(last, atS), campaign.startS)
  const last = Math.min(epochs, Math.max(1, epochAt(campaign, lastS)))
  const { accounts } = tally(campaign, again, last)
  const sum = (of: (one: (typeof accounts)[number]) => bigint) =>
    accounts.reduce((all, one) => all + of(one), 0n)
  const pools = poolsOf(campaign).reduce((all, one) => all + one, 0n)
  const points = sum((one) => one.points)
  const budget = tasks?.budget ?? 0n
  const smallest = (tasks?.list ?? []).reduce<bigint | null>(
    (least, one) => (least === null || one.points < least ? one.points : least),
    null,
  )
  return {
    ...{ allocation, most: pools + budget, pools, budget, points },
    accrued: sum((one) => one.accrued),
    accounts: accounts.filter((one) => one.points + one.accrued > 0n).length,
    isBudgetSpent: smallest !== null && budget - points < smallest,
    tasks: (tasks?.list ?? []).map((task, at) => {
      const given = accounts.map((one) => one.progress[at]!.given).filter((times) => times > 0)
      const volume = tasks!.whole[task.predicate.asset] ?? 0n
      return {
        id: task.id,
        personMax: BigInt(task.repeat) * task.points,
        wholeMax: timesOf(task.predicate, volume, epochs * epochS) * task.points,
        accounts: given.length,
        points: given.reduce((all, times) => all + BigInt(times), 0n) * task.points,
      }
    }),
  }
}
