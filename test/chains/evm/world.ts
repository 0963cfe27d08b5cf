// A vault on a local chain, and what the group has it pay.

import { schnorr } from "@noble/curves/secp256k1.js"
import type { Deployment, Sealed } from "../../../chains/chain.ts"
import { type EvmSide, evmCodec } from "../../../chains/evm/codec.ts"
import { ASSETS, type AssetName } from "../../../core/assets.ts"
import type { Payout } from "../../../core/payout.ts"
import type { EvmDevnet } from "../../../devnet/evm/index.ts"
import { deployVault, type TokenKind, type VaultDevnet } from "../../../devnet/evm/vault.ts"
import * as bridge from "../builders.ts"
import { aChain, account, CHAIN_ID, groupKey, groupSecret } from "./builders.ts"

export const NATIVE = `0x${"00".repeat(20)}`
export const terms = { attempt: "0" }
export const codec = evmCodec("ethereum")

export interface World {
  readonly chain: EvmDevnet
  readonly vault: VaultDevnet
  readonly side: EvmSide
  readonly deployment: Deployment
}

/** A vault that holds ether, and these tokens, each as whatever kind is wanted. */
export async function aWorld(
  tokens: Readonly<Partial<Record<AssetName, TokenKind>>> = {},
  key = groupKey,
): Promise<World> {
  const chain = await aChain()
  const vault = await deployVault(chain, { key, tokens })
  const side: EvmSide = {
    ...{ chainId: BigInt(CHAIN_ID), vault: vault.address, key },
    ...{ heightMin: vault.height, contracts: { ETH: NATIVE, ...vault.tokens } },
  }
  return { chain, vault, side, deployment: deployedAs(side) }
}

export function deployedAs(side: EvmSide): Deployment {
  const ethereum = { ...side, chainId: Number(side.chainId) }
  return { ...bridge.deployment, vaults: { ethereum } }
}

export function aBurn(number: number, changes: Partial<Payout> = {}): Payout {
  const { ledger } = ASSETS[changes.asset ?? "ETH"].wrapped
  return {
    ...{ transfer: `${ledger}:${bridge.idNumber(number)}:${number}`, asset: "ETH" },
    ...{ chain: "ethereum", recipient: checksummed(account(number)) },
    ...{ amount: 1_000n + BigInt(number), fee: 0n, refund: false, forward: {} },
    ...changes,
  }
}

export function checksummed(text: string): string {
  return codec.address(text, "devnet")!
}

export function sign(message: Uint8Array): Uint8Array {
  return schnorr.sign(message, groupSecret)
}

export function seal({ deployment }: World, payouts: readonly Payout[]): Sealed {
  const { messages } = codec.build(payouts, terms, deployment)
  return codec.seal(payouts, terms, deployment, messages.map(sign))
}

export const word = (text: string) => `0x${text.slice(2).padStart(64, "0")}`
