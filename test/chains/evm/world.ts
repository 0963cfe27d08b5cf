// A vault on a local chain, and what the group has it pay.

import { schnorr } from "@noble/curves/secp256k1.js"
import type { Sealed } from "../../../chains/chain.ts"
import { type EvmSide, evmCodec } from "../../../chains/evm/codec.ts"
import type { AssetName, ChainName } from "../../../core/assets.ts"
import type { Payout } from "../../../core/payout.ts"
import type { EvmDevnet } from "../../../devnet/evm/index.ts"
import { deployVault, type TokenKind, type VaultDevnet } from "../../../devnet/evm/vault.ts"
import { deployment, idNumber } from "../builders.ts"
import { aChain, account, CHAIN_ID, groupKey, groupSecret } from "./builders.ts"

// The name of a chain that the core knows; nothing here depends on which one it is.
export const NAME: ChainName = "arweave"
export const NATIVE = `0x${"00".repeat(20)}`
export const terms = { attempt: "0" }

export const asset = (name: string) => name as AssetName

export interface World {
  readonly chain: EvmDevnet
  readonly vault: VaultDevnet
  readonly side: EvmSide
}

export async function aWorld(tokens: Readonly<Record<string, TokenKind>> = {}): Promise<World> {
  const chain = await aChain()
  const vault = await deployVault(chain, { key: groupKey, tokens })
  const side: EvmSide = {
    ...{ chainId: BigInt(CHAIN_ID), vault: vault.address, key: groupKey },
    ...{ heightMin: vault.height, contracts: { [asset("ETH")]: NATIVE, ...vault.tokens } },
  }
  return { chain, vault, side }
}

export const codecOf = (side: EvmSide) => evmCodec(NAME, () => side)

export function aBurn(number: number, changes: Partial<Payout> = {}): Payout {
  return {
    ...{ transfer: `ao:${idNumber(number)}:${number}`, chain: NAME, asset: asset("ETH") },
    ...{ recipient: checksummed(account(number)), amount: 1_000n + BigInt(number), fee: 0n },
    ...{ refund: false, forward: {} },
    ...changes,
  }
}

export function checksummed(text: string): string {
  return codecOf({} as EvmSide).address(text, "devnet")!
}

export function sign(message: Uint8Array): Uint8Array {
  return schnorr.sign(message, groupSecret)
}

export function seal({ side }: World, payouts: readonly Payout[]): Sealed {
  const codec = codecOf(side)
  const { messages } = codec.build(payouts, terms, deployment)
  return codec.seal(payouts, terms, deployment, messages.map(sign))
}

export const word = (text: string) => `0x${text.slice(2).padStart(64, "0")}`
