// What a transfer is worth to a policy: US cents by the source that limits go by, or nothing where there is none.

import { ASSETS, type AssetName } from "../assets.ts"
import { type Prices, type Worth, worthOf } from "../governor.ts"
import type { Facts } from "./facts.ts"

/** A price that is older is none, where the bridge's limits do not say how old it may be. */
const FRESH_MS = 86_400_000

export type Value = Pick<Facts, "usdCents" | "recentUsdCents">

export const UNPRICED: Value = { usdCents: null, recentUsdCents: null }

/**
 * US cents, rounded up. Where the bridge's limits bound what an asset is worth, as they value it: then it always has a
 * price. Null: nothing is known. What is more than a number holds counts as the most that one does.
 */
export function usdCentsOf(
  flow: { readonly asset: AssetName; readonly amount: bigint },
  prices: Prices,
  worth: Worth | null,
  nowMs: number,
): number | null {
  const bounded = worth && worthOf(worth, flow, prices, nowMs)
  const cents = bounded ?? priced(flow, prices, worth?.freshMs ?? FRESH_MS, nowMs)
  if (cents === null) return null
  return cents > MOST ? Number.MAX_SAFE_INTEGER : Number(cents)
}

/** The worth of several sums together; what has no price adds nothing, which a rule `unpriced` is for. */
export function usdCentsOfAll(
  sums: ReadonlyMap<AssetName, bigint>,
  prices: Prices,
  worth: Worth | null,
  nowMs: number,
): number {
  let cents = 0
  for (const [asset, amount] of sums)
    cents += usdCentsOf({ asset, amount }, prices, worth, nowMs) ?? 0
  return Math.min(cents, Number.MAX_SAFE_INTEGER)
}

const MOST = BigInt(Number.MAX_SAFE_INTEGER)

function priced(
  { asset, amount }: { readonly asset: AssetName; readonly amount: bigint },
  prices: Prices,
  freshMs: number,
  nowMs: number,
): bigint | null {
  const said = prices.get(asset)
  // A price from the future is as wrong as an old one.
  if (!said || Math.abs(nowMs - said.atMs) > freshMs) return null
  const unit = 10n ** BigInt(ASSETS[asset].decimals)
  return (amount * said.cents + unit - 1n) / unit
}
