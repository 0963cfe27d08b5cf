// Deposit addresses on Bitcoin, and a deposit taken back, by whoever pays there: no server needs to be believed.

import { depositOutput } from "../chains/bitcoin/deposit.ts"
import {
  type Destination,
  destination,
  destinationIn,
  noteOf,
} from "../chains/bitcoin/destination.ts"
import { type SelfRefund, selfRefund } from "../chains/bitcoin/refund.ts"

import { BridgeError } from "../core/errors.ts"

export type { SelfRefund } from "../chains/bitcoin/refund.ts"

/** A bridge's public facts on Bitcoin (`bridge.json`). */
export interface BitcoinBridge {
  readonly network: "devnet" | "testnet" | "mainnet"
  /** x-only key of the group, 64 hexadecimal digits. */
  readonly key: string
}

export interface DepositWish {
  /** The account on AO. */
  readonly recipient: string
  /** The address on Bitcoin that gets back what cannot be carried. */
  readonly refundTo: string
  /** Tells addresses of the same person apart, 0 to 2^32 - 1; 0 when left out. */
  readonly index?: number
  /**
   * x-only key (BIP340), 64 hexadecimal digits, that can take the deposit back alone 4,320 blocks (30 days) after
   * it was mined, as long as it has not moved to the vault; none when left out.
   */
  readonly refundKey?: string | null
}

/**
 * The deposit address, and the note that names it. The bridge must be told of it before it is paid
 * (`BridgeApi.depositAddress`), which answers the same. Throws `bad-address` and `bad-request` for what
 * names nobody.
 */
export function depositAddress(
  { recipient, refundTo, index = 0, refundKey = null }: DepositWish,
  bridge: BitcoinBridge,
): { readonly address: string; readonly note: string } {
  const to = destination({ recipient, refundTo, refundKey, index }, bridge.network)
  return {
    address: depositOutput(vaultOf(bridge), to).address,
    note: noteOf(to, bridge.network),
  }
}

/** Whom a deposit to an address is for, when `note` is its note; null when the note does not prove it. */
export function ownerOf(address: string, note: string, bridge: BitcoinBridge): Destination | null {
  const to = destinationIn(note, bridge.network)
  return to !== null && depositOutput(vaultOf(bridge), to).address === address ? to : null
}

/**
 * The transaction by which its owner takes a deposit back: sign `message` with the refund key, and `seal` it.
 * No node takes it before the deposit has 4,320 confirmations. Throws `bad-request` for a note that is none or
 * has no refund key, `bad-address` for `to`, `not-enough-to-pay-fees` when dust would be left.
 */
export function takeBack(
  {
    note,
    ...spend
  }: {
    readonly note: string
    readonly deposit: { readonly txid: string; readonly vout: number }
    /** Satoshi; the signature is good for no other value. */
    readonly value: bigint
    readonly to: string
    /** Satoshi for 1,000 virtual bytes. */
    readonly rate: bigint
  },
  bridge: BitcoinBridge,
): SelfRefund {
  const to = destinationIn(note, bridge.network)
  if (to === null) throw new BridgeError("bad-request", { note: note.slice(0, 100) })
  return selfRefund(vaultOf(bridge), { ...spend, destination: to })
}

function vaultOf({ network, key }: BitcoinBridge) {
  const bytes = Uint8Array.from(key.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16))
  return { network, key: bytes }
}
