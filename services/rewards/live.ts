// Points as they are now, account by account, with a line for each reason: for people to see, and nothing is paid by it.

import type { Account } from "../../core/rewards/account.ts"
import { type Campaign, epochAt } from "../../core/rewards/campaign.ts"
import type { RewardEvent } from "../../core/rewards/event.ts"
import { type Tally, tally, WEIGHT_WHOLE } from "../../core/rewards/tally.ts"
import { timesDone } from "../../core/rewards/tasks.ts"
import type { AccountPoints } from "../../sdk/schemas/rewards.ts"
import type { Points } from "../store/reward-epochs.ts"

/** The most first; of equal ones all have the better rank. Nobody before the campaign begins. */
export function pointsNow(
  campaign: Campaign,
  events: readonly RewardEvent[],
  nowS: number,
): readonly Omit<Points, "at">[] {
  const epoch = Math.min(campaign.epochs, epochAt(campaign, nowS))
  if (epoch < 1) return []
  const untilS = Math.min(nowS, campaign.startS + campaign.epochS * campaign.epochs)
  const counted = tally(campaign, events, epoch, untilS)
  const rows = counted.accounts
    .map((account) => ({ account, total: account.points + account.accrued }))
    .filter(({ account, total }) => total > 0n || account.holdings.size > 0)
    .sort((a, b) => (a.total > b.total ? -1 : a.total < b.total ? 1 : 0))
  let rank = 1
  return rows.map(({ account, total }, at) => {
    if (at > 0 && rows[at - 1]!.total !== total) rank = at + 1
    return { account: account.id, total, rank, body: bodyOf(campaign, counted, account) }
  })
}

type Body = Pick<
  AccountPoints,
  "standing" | "weight" | "earned" | "waiting" | "returned" | "frozen" | "lines" | "tasks"
>

function bodyOf(campaign: Campaign, { standings, verdicts }: Tally, account: Account): Body {
  const list = campaign.tasks?.list ?? []
  const given = list.map((task, at) => ({ task, times: BigInt(account.progress[at]!.given) }))
  const accrued = [{ reason: "accrual", times: null, amount: account.accrued }]
  const lines = [
    ...given.map(({ task, times }) => ({
      ...{ reason: task.id, times: `${times}`, amount: times * task.points },
    })),
    ...accrued,
  ]
  return {
    standing: standings.before(account.id, Number.POSITIVE_INFINITY),
    weight: verdicts.get(account.id)?.weight ?? WEIGHT_WHOLE,
    ...{ earned: `${account.earned}`, waiting: `${account.waiting}` },
    ...{ returned: `${account.returned}`, frozen: `${account.frozen}` },
    lines: lines
      .filter(({ amount }) => amount > 0n)
      .map(({ amount, ...line }) => ({ ...line, amount: `${amount}` })),
    tasks: list.map((task, at) => ({
      id: task.id,
      done: `${timesDone(task, account.progress[at]!)}`,
      given: `${account.progress[at]!.given}`,
    })),
  }
}
