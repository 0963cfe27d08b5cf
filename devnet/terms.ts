// The terms of the local bridge: fees, limits and depths like those of a live one, in base units.

import { fromUnits } from "../core/amount.ts"
import { ASSET_NAMES, ASSETS, type AssetName } from "../core/assets.ts"
import type { Limits, Policy } from "../core/policy.ts"
import type { TokenLimits } from "../lua/bundle.ts"
import type { Cap } from "../mpc/config.ts"

/** Whole units, as people write them. */
interface Terms {
  /** Of a burn, flat: it pays for its own release, to somebody new on the chain included. */
  readonly burnFee: string
  readonly minimum: { readonly deposit: string; readonly burn: string }
  /** The most that travels at once. */
  readonly cap: string
  readonly refundFee: string
  readonly dust: string
}

/** A token that is listed later is as good as a dollar here. */
const LATER = terms("1", "2", "2", "25000", "1", "0.1")

const TERMS: Readonly<Partial<Record<AssetName, Terms>>> = {
  AR: terms("0.3", "0.1", "0.5", "2000", "0.01", "0.001"),
  ETH: terms("0.0005", "0.001", "0.002", "10", "0.0005", "0.0001"),
  USDC: terms("1", "2", "2", "25000", "1", "0.1"),
  USDT: terms("1", "2", "2", "25000", "1", "0.1"),
  BNB: terms("0.0005", "0.005", "0.005", "40", "0.0005", "0.0001"),
  "USDT-BSC": terms("0.5", "2", "2", "25000", "0.5", "0.1"),
  BTC: terms("0.0001", "0.0002", "0.0003", "0.5", "0.0001", "0.00001"),
}

function terms(
  ...[burnFee, deposit, burn, cap, refundFee, dust]: [
    string,
    string,
    string,
    string,
    string,
    string,
  ]
): Terms {
  return { burnFee, minimum: { deposit, burn }, cap, refundFee, dust }
}

function termsOf(asset: AssetName): Terms {
  return TERMS[asset] ?? LATER
}

const unitsOf = (asset: AssetName, text: string) => fromUnits(text, ASSETS[asset].decimals)

export const DEVNET_POLICY = {
  fees: ASSET_NAMES.flatMap((asset) => {
    const { home, wrapped } = ASSETS[asset]
    const rule = { asset, heightMin: 0, basisPoints: 0n }
    return [
      { ...rule, source: home, flat: 0n },
      { ...rule, source: wrapped.ledger, flat: burnFeeOf(asset) },
    ]
  }),
  limits: ASSET_NAMES.flatMap((asset): Limits[] => {
    const { home, wrapped } = ASSETS[asset]
    const { minimum, cap, refundFee, dust } = termsOf(asset)
    const both = {
      ...{ asset, cap: unitsOf(asset, cap) },
      ...{ refundFee: unitsOf(asset, refundFee), dust: unitsOf(asset, dust) },
    }
    return [
      { ...both, source: home, minimum: unitsOf(asset, minimum.deposit) },
      { ...both, source: wrapped.ledger, minimum: unitsOf(asset, minimum.burn) },
    ]
  }),
  // On AO: the slot itself and the two slots of patience after it. EVM chains say themselves what is final.
  depths: { arweave: 10, ethereum: 1, bsc: 1, bitcoin: 2, ao: 3 },
  payoutDepths: { arweave: 19, ethereum: 1, bsc: 1, bitcoin: 6, ao: 3 },
} satisfies Policy

export function burnFeeOf(asset: AssetName): bigint {
  return unitsOf(asset, termsOf(asset).burnFee)
}

export function burnMinOf(asset: AssetName): bigint {
  return unitsOf(asset, termsOf(asset).minimum.burn)
}

/**
 * What the token lets be minted, whoever has signed it: a batch of the greatest deposits, five times a day. One
 * deposit may be ten times what travels without operators' orders.
 */
export function tokenLimitsOf(asset: AssetName): TokenLimits {
  const cap = unitsOf(asset, termsOf(asset).cap)
  return { row: 10n * cap, message: 100n * cap, window: 500n * cap, windowMs: 86_400_000 }
}

/** What a signer of the local network helps to pay. */
export function capOf(asset: AssetName): Cap {
  const row = unitsOf(asset, termsOf(asset).cap)
  return { asset, signature: 100n * row, day: 5_000n * row }
}
