// The limits of a bridge that names none: what AOX published in March 2026, and for its other assets about as much money.

import { fromUnits } from "./amount.ts"
import { ASSETS, type AssetName } from "./assets.ts"
import type { Governor } from "./governor.ts"

/** Whole units: what is paid of an asset on a chain in any 24 hours, and from how much on a payout waits. */
const USUAL: Readonly<Record<AssetName, { readonly day: string; readonly large: string }>> = {
  // Published: 20,000 AR a day and 5,000 at once, 200 ETH a day and 10 at once, 150,000 USDC a day and 50,000 at once.
  AR: { day: "20000", large: "5000" },
  ETH: { day: "200", large: "10" },
  USDC: { day: "150000", large: "50000" },
  // Not published: as USDC, and about as much as that of ETH.
  USDT: { day: "150000", large: "50000" },
  "USDT-BSC": { day: "150000", large: "50000" },
  BNB: { day: "800", large: "40" },
  BTC: { day: "6", large: "0.5" },
}

const DAY_MS = 86_400_000

export function usualGovernor(assets: readonly AssetName[]): Governor {
  return {
    delayMs: DAY_MS,
    windows: assets.flatMap((asset) => {
      const { home, wrapped, decimals } = ASSETS[asset]
      const day = fromUnits(USUAL[asset].day, decimals)
      const large = fromUnits(USUAL[asset].large, decimals)
      return [home, wrapped.ledger].map((target) => ({ asset, target, day, large }))
    }),
    worth: null,
    cancels: [],
  }
}
