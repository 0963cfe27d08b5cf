// Campaigns as their operators see them: what holds, what is closed, and which orders wait for a second key.

import { neededFor, parseRewardOrder, type RewardOrder } from "../../core/rewards/orders.ts"
import type { CampaignControl } from "../../sdk/schemas/console.ts"
import type { Sql } from "../store/database.ts"
import { campaignOrders } from "../store/orders.ts"
import { epochsOf, givenIn, leaders, type StoredEpoch } from "../store/reward-epochs.ts"
import { type Control, campaigns, controlOf } from "../store/rewards.ts"
import type { Ordering } from "./orders.ts"

const EPOCHS_SHOWN = 5

export async function campaignControls(ordering: Ordering): Promise<readonly CampaignControl[]> {
  const all = await campaigns(ordering.sql)
  return Promise.all(all.map(({ campaign }) => controlledOf(ordering, campaign)))
}

async function controlledOf(
  { sql, operators }: Ordering,
  { id, allocation }: { readonly id: string; readonly allocation: bigint },
): Promise<CampaignControl> {
  const [control, epochs, orders, first] = await Promise.all([
    controlOf(sql, id),
    epochsOf(sql, id),
    campaignOrders(sql, id),
    leaders(sql, id, 0),
  ])
  const known = new Set(operators.map(({ name }) => name))
  return {
    ...{ id, state: control?.state ?? "running", by: control?.by ?? null },
    ...{ since: control?.since.toISOString() ?? null, allocation: `${allocation}` },
    ...{ given: await lastGiven(sql, epochs), accounts: first.accounts },
    epochs: epochs
      .slice(-EPOCHS_SHOWN)
      .reverse()
      .map(({ epoch, state, hash, activeAt }) => ({
        ...{ epoch, state: state === "active" ? "active" : "pending", hash },
        activeAt: activeAt.toISOString(),
      })),
    orders: orders.flatMap(({ body, operators: all }) => {
      const text = body.slice("reward ".length)
      const order = parseRewardOrder(text)
      const given = all.filter((name) => known.has(name))
      const needed = neededFor(order)
      const isOpen = given.length < needed && isPossible(order, control, epochs)
      return isOpen ? [{ order: text, given, needed }] : []
    }),
  }
}

/** What is about something that has moved on is no longer to be given. */
function isPossible(
  order: RewardOrder,
  control: Control | null,
  epochs: readonly StoredEpoch[],
): boolean {
  if (control?.state === "killed") return false
  if (order.kind === "thaw")
    return control?.state === "frozen" && control.since.toISOString() === order.since
  if (order.kind === "void")
    return epochs.some(({ hash, state }) => hash === order.hash && state === "pending")
  return true
}

async function lastGiven(sql: Sql, epochs: readonly StoredEpoch[]): Promise<string> {
  const last = epochs.at(-1)
  return last ? givenIn(sql, last) : "0"
}
