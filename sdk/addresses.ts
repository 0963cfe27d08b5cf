// Whom a person can name: the canonical spelling of an address on AO and on each home chain, by the bridge's own rules.

import { aoAddress, arweaveAddress, evmAddress } from "../chains/address.ts"
import { bitcoinAddress } from "../chains/bitcoin/address.ts"
import type { HomeChain } from "../core/assets.ts"

export { aoAddress } from "../chains/address.ts"

/** As the chain writes it; null for what cannot be paid there. A checksum that is stated must be right. */
export function homeAddress(
  chain: HomeChain,
  text: string,
  network: "devnet" | "testnet" | "mainnet",
): string | null {
  switch (chain) {
    case "arweave":
      return arweaveAddress(text)
    case "ethereum":
    case "bsc":
      return evmAddress(text)
    case "bitcoin":
      return bitcoinAddress(text, network)
  }
}

/** An account on AO; the process of a token is none: what it held nobody could move. */
export function accountAddress(text: string, tokens: readonly string[]): string | null {
  const account = aoAddress(text)
  return account !== null && tokens.includes(account) ? null : account
}
