// What operators may order of a campaign: one key alone stops it; two together go on, end it, take an epoch back, hear an appeal.

import { ACTIONS, type Action } from "../compliance/decision.ts"
import { BridgeError } from "../errors.ts"
import {
  firstVault,
  OPERATORS_NEEDED,
  type Operator,
  type OrderedBridge,
  type Verify,
} from "../orders.ts"

export type RewardOrder = {
  readonly campaign: string
} /** Nothing is closed and nothing begins to count until it is thawed. `at`: for which moment, so that it works once. */ & (
  | { readonly kind: "freeze"; readonly at: string; readonly reason: string }
  /** Since when it has been frozen. */
  | { readonly kind: "thaw"; readonly since: string }
  /** For good. */
  | { readonly kind: "kill"; readonly reason: string }
  /** Takes an epoch back that may still be disputed; it is closed anew. */
  | { readonly kind: "void"; readonly epoch: number; readonly hash: string }
  /** What an account's standing was in one epoch after all; `evidence`: digest of what was decided. */
  | {
      readonly kind: "stand"
      readonly epoch: number
      readonly account: string
      readonly action: Action
      readonly evidence: string
    }
)

const CAMPAIGN = /^[a-z0-9][a-z0-9-]{0,31}$/
const REASON = /^[a-z0-9][a-z0-9-]{0,63}$/
const TIME = /^20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]\.[0-9]{3}Z$/
const EPOCH = /^[1-9][0-9]{0,4}$/
const DIGEST = /^[0-9a-f]{64}$/
const ACCOUNT = /^([A-Za-z0-9_-]{43}|0x[0-9a-fA-F]{40})$/

/** How many different operators must give it. A stop takes one. */
export function neededFor({ kind }: RewardOrder): number {
  return kind === "freeze" ? 1 : OPERATORS_NEEDED
}

/** The text that an operator signs: of this bridge, and no order of another kind. */
export function rewardOrderText(bridge: OrderedBridge, order: string): string {
  return `causeway reward order\n${bridge.network} ${firstVault(bridge)}\n${order}`
}

/**
 * `freeze CAMPAIGN AT REASON`, `thaw CAMPAIGN SINCE`, `kill CAMPAIGN REASON`, `void CAMPAIGN EPOCH HASH` or
 * `stand CAMPAIGN EPOCH ACCOUNT ACTION EVIDENCE`; throws `bad-request`.
 */
export function parseRewardOrder(text: string): RewardOrder {
  const [kind, campaign = "", ...rest] = text.split(" ")
  const [one = "", two = "", three = "", four = ""] = rest
  const has = (count: number) => CAMPAIGN.test(campaign) && rest.length === count
  if (kind === "freeze" && has(2) && TIME.test(one) && REASON.test(two))
    return { kind, campaign, at: one, reason: two }
  if (kind === "thaw" && has(1) && TIME.test(one)) return { kind, campaign, since: one }
  if (kind === "kill" && has(1) && REASON.test(one)) return { kind, campaign, reason: one }
  if (kind === "void" && has(2) && EPOCH.test(one) && DIGEST.test(two))
    return { kind, campaign, epoch: Number(one), hash: two }
  const action = ACTIONS.find((name) => name === three)
  const isStand = kind === "stand" && has(4) && EPOCH.test(one) && ACCOUNT.test(two)
  if (isStand && action && DIGEST.test(four))
    return { kind, campaign, epoch: Number(one), account: two, action, evidence: four }
  throw new BridgeError("bad-request", { order: text.slice(0, 200) })
}

/** Whether the operator of that name gave this order to this bridge. */
export function isRewardOrder(
  bridge: OrderedBridge,
  operators: readonly Operator[],
  given: { readonly order: string; readonly operator: string; readonly signature: string },
  verify: Verify,
): boolean {
  const known = operators.find(({ name }) => name === given.operator)
  if (!known) return false
  return verify(known.key, rewardOrderText(bridge, given.order), given.signature)
}
