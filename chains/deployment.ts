// What every side must know of one bridge to find its money: keys, vaults and tokens, as `bridge.json` names them.

import type { AssetName } from "../core/assets.ts"

/** The public facts of one bridge; the key ceremony and the token's deployment fix them, all sides share them. */
export interface Deployment {
  readonly network: "devnet" | "testnet" | "mainnet"
  /** RSA-4096 modulus of the group key, base64url of 512 bytes: owner of the vault and of every mint. */
  readonly owner: string
  /** Its address, base64url(sha256(modulus)): the vault on Arweave and `From` on AO. */
  readonly vault: string
  /**
   * Keys that were the group's before, the newest first: what lies in their vaults, and whatever still comes there, is
   * the bridge's for ever.
   */
  readonly former?: readonly Owner[] | undefined
  /** Moduli of other keys of the group, which a token obeys while it has passed on to one and the rest has not. */
  readonly otherOwners?: readonly string[] | undefined
  /** Token process on AO of each asset that is carried. */
  readonly tokens: Readonly<Partial<Record<AssetName, string>>>
  /** Where the money lies on the other home chains of those assets. */
  readonly vaults?: Vaults | undefined
}

/** An RSA key of the group: `owner` and `vault` of a deployment. */
export interface Owner {
  readonly owner: string
  readonly vault: string
}

export interface Vaults {
  readonly ethereum?: EvmVault | undefined
  readonly bsc?: EvmVault | undefined
  readonly bitcoin?: BitcoinVault | undefined
}

/** The group's key on Bitcoin, and everything that it alone can spend. */
export interface BitcoinVault {
  /** x-only, 64 hexadecimal digits: the output key that key generation gave. */
  readonly key: string
  /**
   * Keys that were the group's before, the newest first: what lies under them, and whatever still comes to their
   * addresses, is the bridge's for ever.
   */
  readonly former?: readonly string[] | undefined
  /** The first block that can concern the bridge. */
  readonly heightMin: number
}

/** A vault contract. Addresses and keys are hexadecimal in lower case, with 0x. */
export interface EvmVault {
  readonly chainId: number
  readonly vault: string
  /** x of the group's BIP340 key for this chain, 32 bytes. */
  readonly key: string
  /** The block that the vault came with: nothing before it concerns us. */
  readonly heightMin: number
  /** Token contract of each asset; the zero address is the chain's own coin. */
  readonly contracts: Readonly<Partial<Record<AssetName, string>>>
  /** Vaults that were the bridge's before and sent their money to the next, the newest first. */
  readonly former?: readonly FormerVault[] | undefined
}

export interface FormerVault {
  readonly vault: string
  readonly heightMin: number
}

/** The bridge as sign-ins and signed requests name it. */
export function bridgeName({ network, vault }: Pick<Deployment, "network" | "vault">): string {
  return `${network} ${vault}`
}
