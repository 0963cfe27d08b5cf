// Vaults that are contracts, and tokens: they stay where they are, pass to another key, and take orders of the group.

import type { ChainName } from "../core/assets.ts"
import type { TransferId } from "../core/ids.ts"
import type { Deployment, Endpoints, PublicKeyHex, Sealed, Terms } from "./chain.ts"

/** The vault of a chain passes from one key of the group to another. */
export interface Handover {
  readonly present: PublicKeyHex
  readonly successor: PublicKeyHex
}

/** How a vault, or a token, stands by its own word. */
export interface Standing {
  /** Which key it obeys, as `HandoverCodec.told` names it. */
  readonly present: string
  /** Of its next operation. */
  readonly terms: Terms
}

/** A token that is no ledger of the bridge, and obeys its group all the same. */
export interface HandedToken {
  readonly codec: HandoverCodec
  readonly orders: OrderCodec
  /** By its own word. Throws `not-supported` for one too old to pass on. */
  standing(endpoints: Endpoints): Promise<Standing>
  /** To be closed. */
  desk(endpoints: Endpoints, deployment: Deployment): OrderDesk
}

/** Where a token takes orders: what one's own endpoints tell of it, as a `Connection` does of a ledger. */
export interface OrderDesk {
  readonly chain: ChainName
  nextOrder(): Promise<NextOrder>
  vetOrder(order: VaultOrder): Promise<void>
  submit(sealed: Sealed): Promise<void>
  close(): Promise<void>
}

/** What anybody may send to the vault: `propose` at once, `execute` after `delayS` and within `lifeS` of that. */
export interface VaultCalls {
  readonly to: string
  /** Calldata, or on AO a signed data item; hexadecimal with 0x. */
  readonly propose: string
  readonly execute: string
  readonly delayS: number
  readonly lifeS: number
}

/** How a vault, or a token, stands before its next order, by its own word. */
export interface NextOrder {
  /** The key that it obeys. */
  readonly key: PublicKeyHex
  readonly number: number
  /** Of a token on AO. */
  readonly stopped?: Stopped
}

export interface Stopped {
  /** How often it was paused. */
  readonly pauses: number
  /** What is paused now: `mint,burn`, or `none`. */
  readonly paused: string
  readonly guardian: string
}

/**
 * What a group can have its vault do besides paying and passing on: take another limit for a token (its first one lists
 * it, zero closes it), open again after a pause, obey another guardian, or send all of a token to another vault. A token on AO
 * takes the order to go on after a pause, and the one for another guardian.
 */
export type VaultOrder = {
  readonly chain: ChainName
  /** Its address, lower case; of a token on AO its process. */
  readonly vault: string
  /** Of the campaign's token on that chain, which is no ledger. */
  readonly of?: "campaign" | undefined
  /** Of the vault's operations, or the token's orders: the order is good for this one alone, and an approval of it for nothing later. */
  readonly number: number
} & (
  | {
      readonly kind: "limit"
      /** Its contract, lower case; the zero address is the chain's own coin. */
      readonly token: string
      /** Base units that may leave at once, and the seconds in which they refill. */
      readonly capacity: bigint
      readonly windowS: number
    }
  | { readonly kind: "unpause" }
  /** It goes on, when it was not paused again: so many pauses there were when the order was made. */
  | { readonly kind: "resume"; readonly pauses: number }
  /** All of a token goes to another vault, and the token is closed here. */
  | { readonly kind: "migrate"; readonly token: string; readonly successor: string }
  | { readonly kind: "guardian"; readonly guardian: string }
)

/** A token that a vault is to take. */
export interface NewToken {
  /** Lower case. */
  readonly contract: string
  /** Of the asset that it is to be. */
  readonly decimals: number
  /** Somebody who has some of it, for a move that is only played; looked for when left out. */
  readonly holder?: string | undefined
}

export interface TokenFacts {
  /** What it calls itself, by its own word. */
  readonly symbol: string
  /** Null: no move could be played. */
  readonly moves: "whole" | null
}

/** Where vaults take further tokens: what one's own endpoints tell of one, and of how far the vault is with it. */
export interface NewcomersDesk {
  /** Throws `unfit-token` with the reason why this one must not be listed, as far as that can be seen. */
  vet(token: NewToken): Promise<TokenFacts>
  /** What may leave of a token at once, base units, zero when it is not listed; and the seconds in which that refills. */
  limitOf(contract: string): Promise<{ readonly capacity: bigint; readonly windowS: number }>
  /** When the vault was given this very order to propose, seconds since 1970, null when it was not; and its time now. */
  proposedAt(order: VaultOrder): Promise<{ readonly atS: number | null; readonly nowS: number }>
}

/** Of a token that the bridge does not carry yet: nobody is credited for it before it does. */
export interface UnlistedDeposit {
  /** Of the transfer that it will be. */
  readonly id: TransferId
  /** The contract, lower case. */
  readonly token: string
  readonly sender: string
  readonly refundTo: string
  /** Base units. */
  readonly amount: bigint
}

/** How a vault is given orders. Pure. */
export interface OrderCodec {
  /** Reads what `orderJson` writes. Throws `bad-request` for anything that the vault would not take. */
  parse(json: unknown): VaultOrder
  /** Throws `bad-request` for an order to another vault, or token, than the bridge's. */
  demandOurs(order: VaultOrder, deployment: Deployment): void
  /** The bytes that the vault's key signs. Throws as `demandOurs`. */
  message(order: VaultOrder, deployment: Deployment, key: PublicKeyHex): Uint8Array
  /** Where the vault lets some time pass before it obeys. */
  calls?(order: VaultOrder, deployment: Deployment, signature: Uint8Array): VaultCalls
  /** Where it obeys at once: what is handed in. */
  sealed?(
    order: VaultOrder,
    deployment: Deployment,
    key: PublicKeyHex,
    signature: Uint8Array,
  ): Sealed
}

/** How a vault, or a token, is handed over where it stays where it is. Pure. */
export interface HandoverCodec {
  /** What the vault calls the key that it obeys. */
  told(key: PublicKeyHex): string
  /** `order` is signed under the present key, `possession` under its successor. */
  build(
    handover: Handover,
    terms: Terms,
    deployment: Deployment,
  ): { readonly order: Uint8Array; readonly possession: Uint8Array }
  calls(
    handover: Handover,
    terms: Terms,
    deployment: Deployment,
    signatures: { readonly order: Uint8Array; readonly possession: Uint8Array },
  ): VaultCalls
}
