// Tells a campaign's token each epoch's root and credits: signed once, handed in until it has answered. It touches no
// transfer, no plan and no book; whatever fails here waits, and stops nothing else.

import { setTimeout as delay } from "node:timers/promises"
import { type Order, orderItem, orderMessage, sealOrder } from "../../chains/ao/campaign.ts"
import type { CampaignLink } from "../../chains/ao/campaign-link.ts"
import type { Deployment } from "../../chains/chain.ts"
import { BridgeError } from "../../core/errors.ts"
import {
  type CampaignFacts,
  creditsOf,
  type Given,
  rootFactsOf,
} from "../../core/rewards/payable.ts"
import type { ClusterClient } from "../../mpc/client.ts"
import type { Log } from "../log.ts"
import type { Sql } from "../store/database.ts"
import {
  keepOutcome,
  keepSealed,
  type NewRewardOrder,
  planOrders,
  type RewardOrder,
  rewardOrders,
} from "../store/reward-orders.ts"

export interface Rewarding {
  readonly sql: Sql
  readonly campaign: CampaignFacts
  readonly deployment: Deployment
  readonly cluster: Pick<ClusterClient, "reward">
  readonly link: PayingLink
  readonly log: Log
}

export type PayingLink = Pick<CampaignLink, "submit" | "outcome" | "standing" | "close">

/** An epoch as its artifact tells it, with the artifact's hash. */
export interface EpochToPay {
  readonly epoch: Given
  readonly artifact: string
  readonly previous: Given | null
  /** Of the campaign's file, seconds. */
  readonly challengeS: number
}

/** A credit comes after the root has opened by any clock that is not quite ours. */
const CREDIT_MS = 2_000

/** Writes down what an epoch's token is told; how many orders that are. Safe to repeat. Throws as `planOrders`. */
export async function planEpoch(
  sql: Sql,
  campaign: CampaignFacts,
  { epoch, artifact, previous, challengeS }: EpochToPay,
): Promise<number> {
  const facts = rootFactsOf(epoch, artifact, campaign, challengeS)
  if (!facts) return 0
  const common = { campaign: campaign.id, epoch: facts.epoch, artifact }
  const credits = creditsOf(epoch, previous, campaign)
  const orders: NewRewardOrder[] = [
    { ...common, number: 0, order: { kind: "root", facts }, dueAtMs: facts.opensAtMs },
    ...credits.map((rows, at) => ({
      ...{ ...common, number: at + 1, dueAtMs: facts.opensAtMs + CREDIT_MS },
      order: { kind: "credit", epoch: facts.epoch, rows } as const,
    })),
  ]
  await planOrders(sql, orders)
  return orders.length
}

/**
 * One look at all that has no answer yet, in its order. A credit waits for its root, and nothing else for anything: a
 * credit that is refused is not sent again, because its accounts can claim. Throws what is worth a person's look.
 */
export async function payRewards(rewarding: Rewarding, nowMs: number): Promise<void> {
  const { sql, campaign } = rewarding
  const waiting = new Set<number>()
  const failures: unknown[] = []
  for (const one of await rewardOrders(sql, campaign.id, true)) {
    const isHeldUp = one.number > 0 && waiting.has(one.epoch)
    const isDone =
      !isHeldUp &&
      one.dueAtMs <= nowMs &&
      (await bringOn(rewarding, one).catch((error: unknown) => {
        failures.push(error)
        return false
      }))
    if (!isDone && one.number === 0) waiting.add(one.epoch)
  }
  if (failures.length > 0) throw failures[0]
}

/** Whether the token has answered. */
async function bringOn(rewarding: Rewarding, one: RewardOrder): Promise<boolean> {
  const { sql, link, log } = rewarding
  const known = one.sealed ? await link.outcome(one.order.kind, one.sealed.id) : null
  if (known === null) await demandOurs(rewarding)
  const sealed = one.sealed ?? (await signed(rewarding, one))
  if (known === null) await link.submit(sealed)
  const outcome = known ?? (await link.outcome(one.order.kind, sealed.id))
  if (outcome === null) return false
  await keepOutcome(sql, one, outcome)
  const told = { campaign: one.campaign, epoch: one.epoch, order: one.number, outcome }
  if (outcome === "done") log.info(told, "points are given")
  else log.error(told, "the campaign's token refuses an order")
  return true
}

/** What the token refuses is refused for ever: while it obeys the group's next key, and we do not yet, points wait. */
async function demandOurs({ deployment, link }: Rewarding): Promise<void> {
  if (!deployment.otherOwners) return
  const { present } = await link.standing()
  if (present !== deployment.vault) throw new BridgeError("not-yet", { token: "obeys", present })
}

async function signed({ sql, campaign, deployment, cluster }: Rewarding, one: RewardOrder) {
  const { epoch, number, order } = one
  const message = orderMessage(order, campaign.process, deployment)
  const { signatures } = await cluster.reward({ epoch, part: partOf(order, number), message })
  const sealed = sealOrder(orderItem(order, campaign.process, deployment), signatures[0]!)
  await keepSealed(sql, one, sealed)
  return sealed
}

function partOf({ kind }: Order, number: number): "root" | number {
  return kind === "root" ? "root" : number - 1
}

/** Between two looks, milliseconds. */
const LOOK_MS = 2_000

/** Runs until it is told to stop; any number of processes may: what each of them does is the same. */
export function startRewards(rewarding: Rewarding, lookMs = LOOK_MS): () => Promise<void> {
  const stop = new AbortController()
  const run = async () => {
    while (!stop.signal.aborted) {
      // Points are no reason to stop a bridge, whatever has happened to them.
      await payRewards(rewarding, Date.now()).catch((error: unknown) =>
        rewarding.log.warn({ error: String(error) }, "points wait"),
      )
      await delay(lookMs, undefined, { signal: stop.signal }).catch(() => {})
    }
  }
  const running = run()
  return async () => {
    stop.abort()
    await running
    rewarding.link.close()
  }
}
