// What a transfer costs: a published formula by asset and direction, in force from a block height on.

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
