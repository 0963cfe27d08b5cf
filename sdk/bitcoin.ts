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
  /** Keys that were the group's before: deposits to addresses that were made with them are honoured for ever. */
  readonly former?: readonly string[] | undefined
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

/**
 * Whom a deposit to an address is for, when `note` is its note, under the bridge's key or one that was its before; null
 * when the note does not prove it.
 */
export function ownerOf(address: string, note: string, bridge: BitcoinBridge): Destination | null {
  const to = destinationIn(note, bridge.network)
  return to !== null && vaultFor(address, to, bridge) !== null ? to : null
}

/**
 * The transaction by which its owner takes a deposit back: sign `message` with the refund key, and `seal` it.
 * No node takes it before the deposit has 4,320 confirmations. Throws `bad-request` for a note that is none, has no
 * refund key or is not the address's, `bad-address` for `to`, `not-enough-to-pay-fees` when dust would be left.
 */
export function takeBack(
  {
    note,
    address,
    ...spend
  }: {
    readonly note: string
    /** That was paid: needed when it was made with a former key of the bridge. */
    readonly address?: string | undefined
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
  const vault = address === undefined ? vaultOf(bridge) : vaultFor(address, to, bridge)
  if (vault === null) throw new BridgeError("bad-request", { address, why: "not of this note" })
  return selfRefund(vault, { ...spend, destination: to })
}

/** The vault under the key that an address was made with; null for none of the bridge's. */
function vaultFor(address: string, to: Destination, { network, key, former = [] }: BitcoinBridge) {
  const vaults = [key, ...former].map((one) => vaultOf({ network, key: one }))
  return vaults.find((vault) => depositOutput(vault, to).address === address) ?? null
}

function vaultOf({ network, key }: Pick<BitcoinBridge, "network" | "key">) {
  const bytes = Uint8Array.from(key.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16))
  return { network, key: bytes }
}
