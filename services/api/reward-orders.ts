// Takes the signed orders of operators about a campaign, and carries out what enough of them have given.

import { seals } from "../../chains/seals.ts"
import { BridgeError } from "../../core/errors.ts"
import {
  isRewardOrder,
  neededFor,
  parseRewardOrder,
  type RewardOrder,
} from "../../core/rewards/orders.ts"
import { type RewardOrderAnswer, rewardOrderWish } from "../../sdk/schemas/rewards.ts"
import { giveOrder, isGivenBefore } from "../store/orders.ts"
import { epochsOf, voidEpochs } from "../store/reward-epochs.ts"
import { addFacts, campaigns, controlOf, setControl } from "../store/rewards.ts"
import type { Ordering } from "./orders.ts"
import { parsed } from "./serving.ts"

/** A freeze is for about now: an old one may not be shown again after a thaw. */
const FRESH_MS = 3_600_000

/**
 * Takes one operator's signed order and carries it out when enough have given it. Throws `bad-signature`,
 * `bad-request`, `not-found`, and `stale-version` when what it is about has moved on.
 */
export async function takeRewardOrder(
  ordering: Ordering,
  json: unknown,
  nowMs = Date.now(),
): Promise<RewardOrderAnswer> {
  const { sql, deployment, operators } = ordering
  const wish = parsed(rewardOrderWish, json)
  const order = parseRewardOrder(wish.order)
  if (!isRewardOrder(deployment, operators, wish, seals.verify))
    throw new BridgeError("bad-signature", { operator: wish.operator })
  const needed = neededFor(order)
  const signed = { ...wish, body: `reward ${wish.order}` }
  if (order.kind === "freeze" && (await isGivenBefore(sql, signed)))
    return { given: [wish.operator], needed, done: true }
  await demandPossible(ordering, order, nowMs)
  const names = new Set(operators.map(({ name }) => name))
  const given = (await giveOrder(sql, signed)).filter((name) => names.has(name))
  const done = given.length >= needed
  if (done) await carryOut(ordering, order, given, nowMs)
  return { given, needed, done }
}

async function demandPossible({ sql }: Ordering, order: RewardOrder, nowMs: number): Promise<void> {
  const { campaign, kind } = order
  const known = (await campaigns(sql)).find((one) => one.campaign.id === campaign)
  if (!known) throw new BridgeError("not-found", { campaign })
  const control = await controlOf(sql, campaign)
  if (control?.state === "killed")
    throw new BridgeError("bad-request", { campaign, state: "killed" })
  if (kind === "freeze" && Math.abs(nowMs - Date.parse(order.at)) > FRESH_MS)
    throw new BridgeError("bad-request", { at: order.at, allowed: "within an hour of now" })
  if (kind === "thaw") {
    if (control?.state !== "frozen") throw new BridgeError("not-found", { frozen: campaign })
    if (control.since.toISOString() !== order.since)
      throw new BridgeError("stale-version", { since: control.since.toISOString() })
  }
  if (kind === "void") {
    const found = (await epochsOf(sql, campaign)).find(({ epoch }) => epoch === order.epoch)
    if (!found) throw new BridgeError("not-found", { epoch: order.epoch })
    if (found.hash !== order.hash) throw new BridgeError("stale-version", { hash: found.hash })
    if (found.state !== "pending" || found.activeAt.getTime() <= nowMs)
      throw new BridgeError("bad-request", { epoch: order.epoch, state: "active" })
  }
  if (kind === "stand" && order.epoch > known.campaign.epochs)
    throw new BridgeError("not-found", { epoch: order.epoch })
}

async function carryOut(
  { sql }: Ordering,
  order: RewardOrder,
  by: readonly string[],
  nowMs: number,
): Promise<void> {
  const { campaign } = order
  const who = by.join(", ")
  switch (order.kind) {
    case "freeze":
      return setControl(sql, campaign, "frozen", `${who}: ${order.reason}`)
    case "thaw":
      return setControl(sql, campaign, "running", who)
    case "kill":
      return setControl(sql, campaign, "killed", `${who}: ${order.reason}`)
    case "void": {
      const { epoch, hash } = order
      if (!(await voidEpochs(sql, campaign, epoch, hash, new Date(nowMs))))
        throw new BridgeError("stale-version", { epoch })
      return
    }
    case "stand": {
      const { account, action, epoch, evidence } = order
      const fact = { kind: "standing", account, action, epoch, evidence } as const
      const key = `stand ${account} ${epoch} ${evidence}`
      return addFacts(sql, campaign, Math.floor(nowMs / 1_000), [{ key, fact }])
    }
  }
}
