// The bridge's public facts (`bridge.json`): the same file that signers and auditors read, and nothing that a server makes up.

import { signal } from "@preact/signals"
import { ASSET_NAMES, ASSETS, type AssetName, type ChainName } from "../../core/assets.ts"
import { type FeeRule, feeFor } from "../../core/fees.ts"
import { depthOf, type Limits, limitsOf, type Policy, payoutDepthOf } from "../../core/policy.ts"
import { ask } from "./ask.ts"

export interface Facts {
  readonly network: "devnet" | "testnet" | "mainnet"
  /** On Arweave. */
  readonly vault: string
  /** The vaults there that it had before, which orders name it by. */
  readonly former?: readonly { readonly vault: string }[] | undefined
  readonly tokens: Readonly<Partial<Record<AssetName, string>>>
  readonly evm: Readonly<Partial<Record<string, EvmFacts>>>
  /** x-only, hexadecimal. */
  readonly bitcoinKey: string | null
  readonly policy: Policy
  readonly assets: readonly AssetName[]
  /** The campaign whose points are paid on AO, and their process there. */
  readonly campaign: { readonly id: string; readonly process: string } | null
}

export interface EvmFacts {
  readonly chainId: number
  readonly vault: string
  /** That it had before. */
  readonly former?: readonly { readonly vault: string }[]
  readonly contracts: Readonly<Partial<Record<AssetName, string>>>
}

export const facts = signal<Facts | null>(null)

export async function loadFacts(): Promise<void> {
  facts.value = factsIn(await ask<BridgeJson>("/bridge.json"))
}

/** A file of `chains/bridge.ts`, where amounts are text. */
export interface BridgeJson {
  readonly deployment: {
    readonly network: Facts["network"]
    readonly vault: string
    readonly former?: Facts["former"]
    readonly tokens: Facts["tokens"]
    readonly vaults?: {
      readonly ethereum?: EvmFacts
      readonly bsc?: EvmFacts
      readonly bitcoin?: { readonly key: string }
    }
  }
  readonly campaign?: { readonly id: string; readonly process: string }
  readonly policy: {
    readonly fees: readonly Text<FeeRule, "flat" | "basisPoints">[]
    readonly limits: readonly Text<Limits, "minimum" | "cap" | "refundFee" | "dust">[]
    readonly depths: Policy["depths"]
    readonly payoutDepths: Policy["payoutDepths"]
  }
}

type Text<Row, Names extends keyof Row> = Omit<Row, Names> & Readonly<Record<Names, string>>

export function factsIn({ deployment, policy, campaign }: BridgeJson): Facts {
  const { network, vault, former, tokens, vaults = {} } = deployment
  const { ethereum, bsc, bitcoin } = vaults
  return {
    ...{ network, vault, former, tokens, bitcoinKey: bitcoin?.key ?? null },
    campaign: campaign ?? null,
    evm: { ...(ethereum && { ethereum }), ...(bsc && { bsc }) },
    assets: ASSET_NAMES.filter((asset) => tokens[asset] !== undefined),
    policy: {
      ...{ depths: policy.depths, payoutDepths: policy.payoutDepths },
      fees: policy.fees.map((rule) => ({
        ...rule,
        ...{ flat: BigInt(rule.flat), basisPoints: BigInt(rule.basisPoints) },
      })),
      limits: policy.limits.map((row) => ({
        ...row,
        ...{ minimum: BigInt(row.minimum), cap: BigInt(row.cap) },
        ...{ refundFee: BigInt(row.refundFee), dust: BigInt(row.dust) },
      })),
    },
  }
}

export type Direction = "in" | "out"

/** What holds for an amount on its way, by the published rules alone. */
export interface Terms {
  readonly source: ChainName
  readonly target: ChainName
  readonly fee: bigint
  /** 0 when the fee takes all of it. */
  readonly arrives: bigint
  readonly limits: Limits
  readonly confirmations: number
  readonly payoutConfirmations: number
}

/** `height` of the source chain as far as it was read: fees change at heights. */
export function termsOf(
  { policy }: Facts,
  asset: AssetName,
  direction: Direction,
  amount: bigint,
  height: number,
): Terms {
  const { home, wrapped } = ASSETS[asset]
  const [source, target] = direction === "in" ? [home, wrapped.ledger] : [wrapped.ledger, home]
  const fee = feeFor(policy.fees, { asset, source, amount }, height)
  const limits = limitsOf(policy, { asset, source })
  // A bridge file without limits for a way is none (`chains/bridge.ts`).
  if (!limits) throw new Error(`no limits for ${asset} from ${source}`)
  return {
    ...{ source, target, fee, limits },
    arrives: amount > fee ? amount - fee : 0n,
    confirmations: depthOf(policy, source),
    payoutConfirmations: payoutDepthOf(policy, target),
  }
}
