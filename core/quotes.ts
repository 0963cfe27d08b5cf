// Terms that are promised before a transfer is sent: what they are, until which block they hold, and what would break them.

import { type AssetName, type ChainName, isLedger, type NetworkName, networkOf } from "./assets.ts"
import { BridgeError } from "./errors.ts"
import { feeFor, feeRulesOf } from "./fees.ts"
import { depthOf, limitsOf, type Policy, payoutDepthOf } from "./policy.ts"

/** How long a quote holds, milliseconds: what is sent at once is in a block by then, on Bitcoin too. */
export const QUOTE_MS = 7_200_000

/** Blocks that a chain can have made by then, and half as many again. */
const SPAN: Readonly<Record<Exclude<NetworkName, "ao">, number>> = {
  ...{ arweave: 90, ethereum: 900, bsc: 24_000, bitcoin: 18 },
}

/** What somebody wants to send, base units. */
export interface Wish {
  readonly asset: AssetName
  readonly source: ChainName
  readonly target: ChainName
  readonly amount: bigint
}

export interface Terms {
  readonly fee: bigint
  /**
   * They hold for what is in blocks of the source from the one that they were made at up to this one. Null for a
   * burn: its token charges the fee, and destroys nothing when that is more than the burn's own `Max-Fee`.
   */
  readonly heightMax: number | null
  readonly confirmations: number
  readonly payoutConfirmations: number
  readonly minimum: bigint
  readonly cap: bigint
  readonly refundFee: bigint
}

/** What is known of a wish beside the policy. */
export interface Own {
  /** Of a burn, what its token charged last, which is what it charges whatever the policy says; null: none was seen. */
  readonly charged?: bigint | null
  /** Confirmations that so much needs by itself, where greater amounts need more. */
  readonly depth?: number | undefined
}

/** Throws `not-supported`, `below-minimum`, `over-cap` and `not-enough-to-pay-fees` for what would not simply be carried. */
export function termsFor(
  policy: Policy,
  wish: Wish,
  height: number,
  { charged = null, depth }: Own = {},
): Terms {
  const { amount, source, target } = wish
  const limits = limitsOf(policy, wish)
  if (!limits) throw new BridgeError("not-supported", { asset: wish.asset, source })
  const { minimum, cap, refundFee } = limits
  if (amount < minimum) throw new BridgeError("below-minimum", { amount, minimum })
  if (amount > cap) throw new BridgeError("over-cap", { amount, cap })
  const own = isLedger(source) ? charged : null
  const fee = own ?? feeFor(policy.fees, wish, height)
  if (amount <= fee) throw new BridgeError("not-enough-to-pay-fees", { amount, fee })
  return {
    fee,
    heightMax: heightMaxOf(policy, wish, height),
    confirmations: depthOf(policy, source, depth),
    payoutConfirmations: payoutDepthOf(policy, target),
    ...{ minimum, cap, refundFee },
  }
}

function heightMaxOf({ fees }: Policy, wish: Wish, height: number): number | null {
  if (isLedger(wish.source)) return null
  const span = SPAN[networkOf(wish.source) as keyof typeof SPAN]
  const [next] = feeRulesOf(fees, wish, height).later
  return Math.min(height + span, next ? next.heightMin - 1 : height + span)
}

/** Terms as they were promised. */
export interface Promised extends Wish, Terms {
  readonly id: string
  /** The height at which they were made. */
  readonly height: number
}

/**
 * In what `policy` would break terms that still hold: one word each, and none when it keeps them. This is the rule by
 * which a quote is honoured: a bridge file that breaks one is not taken up before that quote is over.
 */
export function brokenBy(policy: Policy, promised: Promised): readonly string[] {
  const limits = limitsOf(policy, promised)
  if (!limits) return ["asset"]
  const { fees } = policy
  const { height, heightMax, amount, fee } = promised
  // What a burn costs its token says, and no policy.
  const last = heightMax ?? -1
  const rules = feeRulesOf(fees, promised, height)
  const heights = [height, ...rules.later.map(({ heightMin }) => heightMin)]
  const costs = heights.filter((at) => at <= last).map((at) => feeFor(fees, promised, at))
  return [
    ...(costs.some((cost) => cost > fee) ? ["fee"] : []),
    ...(limits.minimum > amount ? ["minimum"] : []),
    ...(limits.cap < amount ? ["cap"] : []),
    ...(limits.refundFee > promised.refundFee ? ["refundFee"] : []),
    ...(depthOf(policy, promised.source) > promised.confirmations ? ["confirmations"] : []),
  ]
}
