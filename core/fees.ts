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
  const rule = rules
    .filter(({ asset, source }) => asset === transfer.asset && source === transfer.source)
    .filter(({ heightMin }) => heightMin <= height)
    .sort((a, b) => b.heightMin - a.heightMin)[0]
  if (!rule) throw new BridgeError("bad-config", { missing: "fee rule", ...transfer, height })
  return rule.flat + (transfer.amount * rule.basisPoints + 9_999n) / 10_000n
}
