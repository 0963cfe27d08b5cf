// What we carry, and where it lives.

/** Where the real things are locked; each has one folder in `chains/`, EVM chains share one. */
export type HomeChain = "arweave" | "ethereum" | "bsc" | "bitcoin"

interface Asset {
  /** Where the real thing is locked; its wrapped token lives on AO with the same base units. */
  readonly home: HomeChain
  /** Digits after the point, the same for the asset and its wrapped token. */
  readonly decimals: number
  /** A token process orders its messages by itself, so each is a ledger of its own: a chain to us. */
  readonly wrapped: {
    readonly ledger: "ao" | `ao-${string}`
    readonly name: string
    readonly ticker: string
  }
  /**
   * Whole units, for a bridge that names no limits of its own: what is paid of it on a chain in any 24 hours, and from how
   * much on a payout waits. What AOX published in March 2026 for AR, ETH and USDC; for the others about as much money.
   */
  readonly usual: { readonly day: string; readonly large: string }
}

/**
 * An asset is a token on one chain: USDT on Ethereum and USDT on BSC are two, with other decimals. A further ERC-20 is a
 * further row, and `causeway asset list` does the rest (docs/ethereum.md).
 */
export const ASSETS = {
  AR: {
    home: "arweave",
    decimals: 12,
    wrapped: { ledger: "ao", name: "Wrapped AR", ticker: "wAR" },
    usual: { day: "20000", large: "5000" },
  },
  ETH: {
    home: "ethereum",
    decimals: 18,
    wrapped: { ledger: "ao-eth", name: "Wrapped ETH", ticker: "wETH" },
    usual: { day: "200", large: "10" },
  },
  USDC: {
    home: "ethereum",
    decimals: 6,
    wrapped: { ledger: "ao-usdc", name: "Wrapped USDC", ticker: "wUSDC" },
    usual: { day: "150000", large: "50000" },
  },
  USDT: {
    home: "ethereum",
    decimals: 6,
    wrapped: { ledger: "ao-usdt", name: "Wrapped USDT", ticker: "wUSDT" },
    usual: { day: "150000", large: "50000" },
  },
  BNB: {
    home: "bsc",
    decimals: 18,
    wrapped: { ledger: "ao-bnb", name: "Wrapped BNB", ticker: "wBNB" },
    usual: { day: "800", large: "40" },
  },
  "USDT-BSC": {
    home: "bsc",
    decimals: 18,
    wrapped: { ledger: "ao-usdt-bsc", name: "Wrapped USDT (BSC)", ticker: "wUSDTBSC" },
    usual: { day: "150000", large: "50000" },
  },
  BTC: {
    home: "bitcoin",
    decimals: 8,
    wrapped: { ledger: "ao-btc", name: "Wrapped BTC", ticker: "wBTC" },
    usual: { day: "6", large: "0.5" },
  },
} as const satisfies Record<string, Asset>

export type AssetName = keyof typeof ASSETS

/** The ledger of a wrapped token. */
export type Ledger = (typeof ASSETS)[AssetName]["wrapped"]["ledger"]

/** Whatever has an order of events of its own. */
export type ChainName = HomeChain | Ledger

/** What is reached by the same endpoints and ages by the same rules; all ledgers are on AO. */
export type NetworkName = HomeChain | "ao"

export const ASSET_NAMES = Object.keys(ASSETS) as readonly AssetName[]

export const NETWORKS: readonly NetworkName[] = ["arweave", "ethereum", "bsc", "bitcoin", "ao"]

/** Every chain of some assets once, homes first. */
export function chainsOf(assets: readonly AssetName[]): readonly ChainName[] {
  const homes = new Set(assets.map((asset) => ASSETS[asset].home))
  return [...homes, ...assets.map((asset) => ASSETS[asset].wrapped.ledger)]
}

export const CHAINS = chainsOf(ASSET_NAMES)

export function isLedger(chain: ChainName): chain is Ledger {
  return networkOf(chain) === "ao"
}

/** Where the assets of a chain are locked: itself, or the home of what a ledger wraps. */
export function homeOf(chain: ChainName): HomeChain {
  const wrapped = ASSET_NAMES.find((asset) => ASSETS[asset].wrapped.ledger === chain)
  return wrapped ? ASSETS[wrapped].home : (chain as HomeChain)
}

export function networkOf(chain: ChainName): NetworkName {
  return LEDGERS.has(chain) ? "ao" : (chain as HomeChain)
}

const LEDGERS: ReadonlySet<ChainName> = new Set(
  ASSET_NAMES.map((asset) => ASSETS[asset].wrapped.ledger),
)
