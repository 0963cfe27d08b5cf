// The terms of the local bridge: fees, limits and depths like those of a live one, in base units.

import { fromUnits } from "../core/amount.ts"
import { ASSETS } from "../core/assets.ts"
import type { Policy } from "../core/policy.ts"
import type { TokenLimits } from "../lua/bundle.ts"

const ar = (text: string) => fromUnits(text, ASSETS.AR.decimals)

/** A burn pays for its own release: the flat fee is above what Arweave asks, a new wallet included. */
export const BURN_FEE = ar("0.3")
export const BURN_MIN = ar("0.5")

export const DEVNET_POLICY: Policy = {
  fees: [
    { asset: "AR", source: "arweave", heightMin: 0, flat: 0n, basisPoints: 0n },
    { asset: "AR", source: "ao", heightMin: 0, flat: BURN_FEE, basisPoints: 0n },
  ],
  limits: [
    {
      asset: "AR",
      source: "arweave",
      minimum: ar("0.1"),
      cap: ar("2000"),
      refundFee: ar("0.01"),
      dust: ar("0.001"),
    },
    {
      asset: "AR",
      source: "ao",
      minimum: BURN_MIN,
      cap: ar("2000"),
      refundFee: ar("0.01"),
      dust: ar("0.001"),
    },
  ],
  // On AO: the slot itself and the two slots of patience after it.
  depths: { arweave: 10, ao: 3 },
  payoutDepths: { arweave: 19, ao: 3 },
}

export const TOKEN_LIMITS: TokenLimits = {
  row: ar("2000"),
  message: ar("200000"),
  window: ar("1000000"),
  windowMs: 86_400_000,
}
