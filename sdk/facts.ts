// A bridge's public facts (`bridge.json`): the same file that signers and auditors read, so that no server need be believed.

import type { AssetName, ChainName } from "../core/assets.ts"
import { ASSETS } from "../core/assets.ts"
import { BridgeError } from "../core/errors.ts"

export interface EvmFacts {
  readonly chainId: number
  readonly vault: string
  readonly contracts: Readonly<Partial<Record<AssetName, string>>>
  /** Vaults that it had before: deposits are named by how many there were. */
  readonly former?: readonly { readonly vault: string }[]
}

export interface BridgeFacts {
  readonly deployment: {
    readonly network: "devnet" | "testnet" | "mainnet"
    /** On Arweave. */
    readonly vault: string
    /** Token process on AO of each asset that is carried. */
    readonly tokens: Readonly<Partial<Record<AssetName, string>>>
    readonly vaults?: {
      readonly ethereum?: EvmFacts
      readonly bsc?: EvmFacts
      readonly bitcoin?: { readonly key: string; readonly former?: readonly string[] }
    }
  }
}

/** Chain, vault and contract of an asset of Ethereum or BSC; throws `not-supported` for another. */
export function evmFactsOf({ deployment }: BridgeFacts, asset: AssetName) {
  const { home } = ASSETS[asset]
  const facts = home === "ethereum" || home === "bsc" ? deployment.vaults?.[home] : undefined
  const token = facts?.contracts[asset]
  if (!facts || token === undefined) throw new BridgeError("not-supported", { asset })
  return { ...facts, token, chain: home as Extract<ChainName, "ethereum" | "bsc"> }
}

/** Throws `not-supported`. */
export function tokenOf({ deployment }: BridgeFacts, asset: AssetName): string {
  const process = deployment.tokens[asset]
  if (process === undefined) throw new BridgeError("not-supported", { asset })
  return process
}
