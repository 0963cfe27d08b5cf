// What has to be signed for a deposit or a burn, from a bridge's public facts alone: no server, no wallet, no network. Pure.

import type { AssetName } from "../core/assets.ts"
import { ASSETS } from "../core/assets.ts"
import { BridgeError } from "../core/errors.ts"
import type { TransferId } from "../core/ids.ts"
import { transferId } from "../core/ids.ts"
import { accountAddress, homeAddress } from "./addresses.ts"
import { depositAddress } from "./bitcoin.ts"
import { type BridgeFacts, evmFactsOf, tokenOf } from "./facts.ts"
import type { Saying, Tag } from "./saying.ts"
import {
  approveCall,
  DEPOSITED,
  depositCall,
  depositIndex,
  depositNativeCall,
} from "./vault-call.ts"

/** All amounts are base units. */
export interface DepositWish {
  readonly asset: AssetName
  readonly amount: bigint
  /** The account on AO: a wallet's address, a process, or an Ethereum address. */
  readonly recipient: string
  /** On the home chain; whoever pays when left out. Bitcoin has no such sender, and needs it. */
  readonly refundTo?: string
  /** `X-…` tags that arrive with the tokens; from Arweave alone. */
  readonly forward?: Readonly<Record<string, string>>
  /** Of a quote. */
  readonly quoteId?: string
}

/** A payment to the vault on Arweave, with the tags that say whom it is for. */
export function arweaveDeposit(facts: BridgeFacts, wish: DepositWish) {
  const { recipient, refundTo, forward = {}, amount } = wish
  const named = {
    Recipient: demandAccount(facts, recipient),
    ...(refundTo !== undefined && { "Refund-To": demandHome(facts, "AR", refundTo) }),
    ...forward,
  }
  return {
    target: facts.deployment.vault,
    quantity: String(amount),
    tags: Object.entries(named).map(([name, value]): Tag => ({ name, value })),
  }
}

/** A transaction for a wallet to send; `value` in wei. */
export interface EvmCall {
  readonly to: string
  readonly data: string
  readonly value: bigint
}

/**
 * A deposit on Ethereum or BSC, which goes back to `refundTo` when it cannot be carried: one call for the chain's own
 * coin; for a token an approval first. USDT takes no new allowance while there is another: approve 0 before.
 */
export function evmDeposit(
  facts: BridgeFacts,
  { asset, amount, recipient, refundTo, quoteId }: DepositWish & { readonly refundTo: string },
): { readonly chainId: number; readonly approve: EvmCall | null; readonly deposit: EvmCall } {
  const { chainId, vault, token } = evmFactsOf(facts, asset)
  const to = {
    recipient: demandAccount(facts, recipient),
    refundTo: demandHome(facts, asset, refundTo),
    quoteId,
  }
  if (/^0x0+$/.test(token))
    return {
      ...{ chainId, approve: null },
      deposit: { to: vault, data: depositNativeCall(to), value: amount },
    }
  return {
    chainId,
    approve: { to: token, data: approveCall(vault, amount), value: 0n },
    deposit: { to: vault, data: depositCall(token, amount, to), value: 0n },
  }
}

/** As every node tells it. */
export interface EvmReceipt {
  readonly status: string
  readonly transactionHash: string
  readonly logs: readonly { readonly address: string; readonly topics: readonly string[] }[]
}

/** The transfers that a transaction began, by its receipt: one for each deposit in it. */
export function depositsIn(
  facts: BridgeFacts,
  asset: AssetName,
  { status, transactionHash, logs }: EvmReceipt,
): readonly TransferId[] {
  const { vault, chain, former } = evmFactsOf(facts, asset)
  if (BigInt(status) !== 1n) return []
  return logs
    .filter(({ address, topics }) => address.toLowerCase() === vault && topics[0] === DEPOSITED)
    .map(({ topics }) => {
      const index = depositIndex(topics[1]!, former)
      return transferId({ chain, transaction: transactionHash.toLowerCase(), index })
    })
}

/**
 * A deposit address on Bitcoin, and a link for wallets (BIP21). The bridge must be told of the address before it is paid:
 * `BridgeApi.depositAddress`, which answers the same.
 */
export function bitcoinDeposit(
  { deployment }: BridgeFacts,
  {
    amount,
    recipient,
    refundTo,
    index,
    refundKey,
  }: {
    readonly amount: bigint
    readonly recipient: string
    readonly refundTo: string
    readonly index?: number
    readonly refundKey?: string
  },
): { readonly address: string; readonly note: string; readonly uri: string } {
  const key = deployment.vaults?.bitcoin?.key
  if (key === undefined) throw new BridgeError("not-supported", { asset: "BTC" })
  const wish = {
    ...{ recipient, refundTo },
    ...(index !== undefined && { index }),
    ...(refundKey !== undefined && { refundKey }),
  }
  const made = depositAddress(wish, { network: deployment.network, key })
  const whole = amount / 100_000_000n
  const rest = String(amount % 100_000_000n).padStart(8, "0")
  return { ...made, uri: `bitcoin:${made.address}?amount=${whole}.${rest}` }
}

/** A burn: what the token's process must be told, by whoever holds the tokens. */
export function burnMessage(
  facts: BridgeFacts,
  {
    asset,
    amount,
    recipient,
    feeMax,
  }: {
    readonly asset: AssetName
    readonly amount: bigint
    /** On the home chain. */
    readonly recipient: string
    /** The token destroys nothing if it would charge more. */
    readonly feeMax?: bigint
  },
): Saying {
  const words = {
    ...{ Action: "Burn", Quantity: String(amount) },
    Recipient: demandHome(facts, asset, recipient),
    ...(feeMax !== undefined && { "Max-Fee": String(feeMax) }),
  }
  return {
    process: tokenOf(facts, asset),
    tags: Object.entries(words).map(([name, value]) => ({ name, value })),
  }
}

/** Throws `bad-address`. */
function demandAccount({ deployment }: BridgeFacts, text: string): string {
  const account = accountAddress(text, Object.values(deployment.tokens))
  if (account === null) throw new BridgeError("bad-address", { recipient: text })
  return account
}

/** Throws `bad-address`. */
function demandHome({ deployment }: BridgeFacts, asset: AssetName, text: string): string {
  const address = homeAddress(ASSETS[asset].home, text, deployment.network)
  if (address === null) throw new BridgeError("bad-address", { address: text, asset })
  return address
}
