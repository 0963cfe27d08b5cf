// The limits of a bridge that names none.

import { fromUnits } from "./amount.ts"
import { ASSETS, type AssetName } from "./assets.ts"
import type { Governor } from "./governor.ts"

const DAY_MS = 86_400_000

export function usualGovernor(assets: readonly AssetName[]): Governor {
  return {
    delayMs: DAY_MS,
    windows: assets.flatMap((asset) => {
      const { home, wrapped } = ASSETS[asset]
      return [home, wrapped.ledger].map((target) => ({ asset, target, ...usualOf(asset) }))
    }),
    worth: null,
    cancels: [],
  }
}

/** Base units. */
export function usualOf(asset: AssetName): { readonly day: bigint; readonly large: bigint } {
  const { usual, decimals } = ASSETS[asset]
  return { day: fromUnits(usual.day, decimals), large: fromUnits(usual.large, decimals) }
}
