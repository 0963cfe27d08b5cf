// The home chains that are modelled, and what differs between them: how deep they fork, and what makes a payout happen once.

import type { AssetName } from "../../core/assets.ts"

export const HOMES = ["arweave", "ethereum", "bsc", "bitcoin"] as const
export type HomeName = (typeof HOMES)[number]

export const LEDGERS = ["ao", "ao-eth", "ao-bnb", "ao-btc"] as const
export type LedgerName = (typeof LEDGERS)[number]

export type ModelChain = HomeName | LedgerName

export interface Kind {
  readonly asset: AssetName
  readonly ledger: LedgerName
  /** Blocks that the network gives up at most when a longer fork appears. */
  readonly reorgMax: number
  /** Confirmations that make a deposit final: fewer, so that forks reach past it. */
  readonly depth: number
  /** Most transfers in one payout. */
  readonly batchMax: number
  /**
   * `anchor`: a payout names a recent block and dies with it. `number`: the vault pays each transfer once, for ever.
   * `coins`: it spends outputs, each once, and can be replaced by one that offers more.
   */
  readonly slots: "anchor" | "number" | "coins"
}

export const KINDS: Readonly<Record<HomeName, Kind>> = {
  arweave: { asset: "AR", ledger: "ao", reorgMax: 18, depth: 10, batchMax: 1, slots: "anchor" },
  ethereum: { asset: "ETH", ledger: "ao-eth", reorgMax: 8, depth: 4, batchMax: 3, slots: "number" },
  bsc: { asset: "BNB", ledger: "ao-bnb", reorgMax: 8, depth: 4, batchMax: 3, slots: "number" },
  bitcoin: { asset: "BTC", ledger: "ao-btc", reorgMax: 6, depth: 4, batchMax: 3, slots: "coins" },
}

/**
 * Amounts of the model are of this order: on Bitcoin, in satoshi, what it costs to spend a coin is then a small part of it,
 * and some change is dust.
 */
export const UNIT = 100n

/** Most transfers in one mint. */
export const MINTS_MAX = 4
/** A burn is final with this many slots, its own included. */
export const LEDGER_DEPTH = 3

export function isHome(chain: string): chain is HomeName {
  return (HOMES as readonly string[]).includes(chain)
}

export function homeOfLedger(ledger: ModelChain): HomeName {
  return HOMES.find((home) => KINDS[home].ledger === ledger || home === ledger)!
}

/** How deep a payout is when it cannot be undone any more. */
export function settledDepthOf(chain: ModelChain): number {
  return isHome(chain) ? KINDS[chain].reorgMax + 1 : LEDGER_DEPTH
}
