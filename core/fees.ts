// What a transfer costs: a published formula by asset and direction, in force from a block height on. And what of that
// may go to the network for its payout.

import type { AssetName, ChainName } from "./assets.ts"
import { BridgeError } from "./errors.ts"

export interface FeeRule {
  readonly asset: AssetName
  readonly source: ChainName
  /** The rule holds for transfers in blocks of the source chain from this height on. */
  readonly heightMin: number
  /** Base units. */
  readonly flat: bigint
  /** Hundredths of a per cent of the amount, rounded up. */
  readonly basisPoints: bigint
}

/** The fee of `amount` seen at `height`: the rule with the greatest heightMin that is reached. */
export function feeFor(
  rules: readonly FeeRule[],
  transfer: { asset: AssetName; source: ChainName; amount: bigint },
  height: number,
): bigint {
  const { now } = feeRulesOf(rules, transfer, height)
  return now.flat + (transfer.amount * now.basisPoints + 9_999n) / 10_000n
}

/** The rule of one way that is in force at `height`, and those that come later, in their order. */
export function feeRulesOf(
  rules: readonly FeeRule[],
  way: { asset: AssetName; source: ChainName },
  height: number,
): { readonly now: FeeRule; readonly later: readonly FeeRule[] } {
  const own = rules
    .filter(({ asset, source }) => asset === way.asset && source === way.source)
    .sort((a, b) => a.heightMin - b.heightMin)
  const now = own.filter(({ heightMin }) => heightMin <= height).at(-1)
  if (!now) throw new BridgeError("bad-config", { missing: "fee rule", ...way, height })
  return { now, later: own.filter(({ heightMin }) => heightMin > height) }
}

/** What a payout costs its vault as network fee, and what those whom it pays are charged. Base units. */
export interface Costing {
  readonly cost: bigint
  readonly fees: bigint
}

/**
 * What is left of earned fees for network fees: the account of fees, without what each payout under way may cost beyond its
 * own. What one of them will leave is not there before it lands, which it may never do. Less than nothing when more was
 * spent than earned.
 */
export function reserveOf(account: bigint, underWay: readonly Costing[]): bigint {
  return underWay.reduce(
    (left, { cost, fees }) => (cost > fees ? left + fees - cost : left),
    account,
  )
}

/** Whether a payout's network fee is paid by fees alone: those of its own transfers, and whatever is left of others'. */
export function isCovered({ cost, fees }: Costing, reserve: bigint): boolean {
  return cost <= fees + (reserve > 0n ? reserve : 0n)
}
