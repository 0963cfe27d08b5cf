// What we carry, and where it lives.

/** The chains we speak; each has one folder in `chains/`. */
export type ChainName = "arweave" | "ao"

export type AssetName = "AR"

export interface Asset {
  /** Where the real thing is locked; its wrapped token lives on AO with the same base units. */
  readonly home: Exclude<ChainName, "ao">
  /** Digits after the point, the same for the asset and its wrapped token. */
  readonly decimals: number
  readonly wrapped: { readonly name: string; readonly ticker: string }
}

export const ASSETS: Readonly<Record<AssetName, Asset>> = {
  AR: { home: "arweave", decimals: 12, wrapped: { name: "Wrapped AR", ticker: "wAR" } },
}

export const CHAINS: readonly ChainName[] = ["arweave", "ao"]
