// Where a local network is: what people and their wallets are told of it.

import type { BitcoinVault, Deployment, EvmVault } from "../chains/chain.ts"
import type { EvmName } from "./homes.ts"

/** Where everything is: what `sdk/` calls places. */
export interface NetworkPlaces {
  readonly arweaveUrl: string
  readonly ao: AoPlace
  readonly vault: string
  /** Process of wAR. */
  readonly token: string
  /** Process of each wrapped token. */
  readonly tokens: Deployment["tokens"]
  readonly evm: Readonly<Partial<Record<EvmName, EvmVault & { readonly rpcUrl: string }>>>
  /** Of the node, with user and password. */
  readonly bitcoin?: (BitcoinVault & { readonly rpcUrl: string }) | undefined
  /** Where points are given: the campaign's name, and its token's process. */
  readonly campaign?: { readonly id: string; readonly process: string } | undefined
}

interface AoPlace {
  readonly muUrl: string
  readonly cuUrl: string
  readonly graphqlUrl: string
  /** Of a HyperBEAM node, where the tokens are on one. */
  readonly nodeUrl?: string
}
