// Deposit addresses on Bitcoin, computed by whoever is going to pay there: no server needs to be believed.

import { depositOutput } from "../chains/bitcoin/deposit.ts"
import { destination, destinationIn, noteOf } from "../chains/bitcoin/destination.ts"

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
}

/**
 * The deposit address, and the note that names it. The bridge must be told of it before it is paid
 * (`BridgeApi.depositAddress`), which answers the same. Throws `bad-address` and `bad-request` for what
 * names nobody.
 */
export function depositAddress(
  { recipient, refundTo, index = 0 }: DepositWish,
  bridge: BitcoinBridge,
): { readonly address: string; readonly note: string } {
  const to = destination({ recipient, refundTo, refundKey: null, index }, bridge.network)
  return {
    address: depositOutput(vaultOf(bridge), to).address,
    note: noteOf(to, bridge.network),
  }
}

/** Whom a deposit to an address is for, when `note` is its note; null when the note does not prove it. */
export function ownerOf(
  address: string,
  note: string,
  bridge: BitcoinBridge,
): Required<DepositWish> | null {
  const to = destinationIn(note, bridge.network)
  if (to === null || depositOutput(vaultOf(bridge), to).address !== address) return null
  const { recipient, refundTo, index } = to
  return { recipient, refundTo, index }
}

function vaultOf({ network, key }: BitcoinBridge) {
  const bytes = Uint8Array.from(key.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16))
  return { network, key: bytes }
}
