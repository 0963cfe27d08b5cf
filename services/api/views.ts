// What the API says about a transfer: our own words, and the words that AOX clients know. Pure.

import type { Deployment } from "../../chains/chain.ts"
import { ASSETS, type ChainName, isLedger, type NetworkName, networkOf } from "../../core/assets.ts"
import type { Balances } from "../../core/ledger.ts"
import { depthOf, type Policy, payoutDepthOf } from "../../core/policy.ts"
import type { Transfer } from "../../core/transfer.ts"
import type { Holdback } from "../store/holdbacks.ts"
import type { ScreeningView } from "./screening-view.ts"

/** Tips of the chains that are served, as our watchers have them; null before the first block. */
export type Heights = Readonly<Partial<Record<ChainName, number | null>>>

export interface Context {
  readonly deployment: Deployment
  readonly policy: Policy
  readonly heights: Heights
  readonly pauses: readonly {
    chain: ChainName
    direction: "in" | "out"
    reason: string
    since: Date
    until: Date | null
  }[]
}

/** `GET /transfers/:id`: where it stands, the rule it waits on and since when. Amounts are base units as text. */
export interface TransferView {
  readonly id: string
  /** Counts its changes; an operator's order names it. */
  readonly version: number
  readonly state: Transfer["state"]
  readonly asset: string
  readonly decimals: number
  readonly source: ChainName
  readonly target: ChainName
  readonly amount: string
  readonly fee: string
  readonly arrives: string
  readonly sender: string
  readonly recipient: string | null
  readonly refundTo: string
  readonly refund: boolean
  /** Why it is held or goes back, or why an earlier payout came to nothing: a word of `core/errors.ts`. */
  readonly reason: string | null
  readonly block: { readonly height: number; readonly id: string }
  readonly confirmations: { readonly have: number; readonly need: number }
  readonly transaction: string | null
  /** What it waits for, by which rule, and an estimate; null when nothing more will happen. */
  readonly waiting: Waiting | null
  /** Whether it is rewarded, and the case that it waits on; null while nobody has judged it. */
  readonly screening: ScreeningView | null
  readonly history: readonly {
    readonly at: string
    readonly event: string
    readonly detail: unknown
  }[]
}

export interface Waiting {
  readonly for: string
  readonly rule: string
  readonly since: string
  /** The time for which limits hold it back; it goes on by itself then. */
  readonly releaseAt?: string
  /** What the last attempt to bring it on failed with, an error code; null when none did. */
  readonly failure: string | null
  /** Milliseconds, at the pace the chain aims at; null when people or another event decide. */
  readonly etaMs: number | null
}

/** Target time between blocks, milliseconds; AO slots come with messages, our own tick makes the last two. */
const BLOCK_MS: Readonly<Record<NetworkName, number>> = {
  ...{ arweave: 120_000, ethereum: 12_000, bsc: 750, bitcoin: 600_000, ao: 500 },
}

export function confirmationsOf(transfer: Transfer, { policy, heights }: Context) {
  const tip = heights[transfer.source] ?? transfer.block.height
  const need = depthOf(policy, transfer.source, transfer.depth)
  const have = transfer.state === "dropped" ? 0 : Math.max(0, tip - transfer.block.height + 1)
  return { have: Math.min(have, need), need }
}

/** What the words of `core/governor.ts` mean. */
const LIMITS: Readonly<Record<string, string>> = {
  day: "so much of an asset is paid on a chain in any 24 hours",
  "day-worth": "so much, by its worth, is paid on a chain in any 24 hours",
  large: "what is large, alone or with others of its sender or recipient, waits",
}

function endOf({ until }: Context["pauses"][number]): string {
  return until ? `the end of a pause, planned for ${until.toISOString()}` : "the end of a pause"
}

/** A pause as JSON. */
export function pauseView({ since, until, ...pause }: Context["pauses"][number]) {
  return { ...pause, since: since.toISOString(), until: until?.toISOString() ?? null }
}

export function waitingOf(
  transfer: Transfer,
  since: Date,
  context: Context,
  failure: string | null = null,
  holdback: Holdback | null = null,
): Waiting | null {
  const at = { since: since.toISOString(), failure }
  const payoutChain = transfer.refund ? transfer.source : transfer.target
  const pause = context.pauses.find(
    ({ chain, direction }) =>
      (chain === transfer.source && direction === "in") ||
      (chain === payoutChain && direction === "out"),
  )
  const { have, need } = confirmationsOf(transfer, context)
  switch (transfer.state) {
    case "seen":
      return {
        for: `${need - have} more blocks on ${transfer.source}`,
        rule: `final at ${need} confirmations`,
        ...at,
        etaMs: (need - have) * BLOCK_MS[networkOf(transfer.source)],
      }
    case "paid":
      return null
    case "dropped":
      return {
        ...(transfer.reason === "taken-back"
          ? { for: "nothing", rule: "its owner took it back" }
          : {
              for: "its transaction to be mined again",
              rule: `${transfer.source} no longer holds it; send it again if it does not come back`,
            }),
        ...at,
        etaMs: null,
      }
    case "held":
      return {
        for: transfer.reason?.startsWith("screening-")
          ? "its case: officers decide, and its owner may appeal"
          : "a decision by two operators",
        rule: transfer.reason ?? "held",
        ...at,
        etaMs: null,
      }
    case "confirmed":
    case "ready":
    case "signing":
    case "sent":
      if (pause) return { for: endOf(pause), rule: pause.reason, ...at, etaMs: null }
      // Limits do not stop a payout that is planned.
      if (transfer.state === "ready" && holdback) {
        const releaseAt = holdback.releaseAt.toISOString()
        return {
          for: `its time by the limits of a day: ${releaseAt}`,
          ...{ rule: LIMITS[holdback.rule] ?? holdback.rule, ...at, releaseAt },
          etaMs: Math.ceil(holdback.leftMs),
        }
      }
      if (transfer.state === "sent") {
        const depth = payoutDepthOf(context.policy, payoutChain)
        return {
          for:
            depth === 1
              ? `a final block on ${payoutChain}`
              : `${depth} confirmations on ${payoutChain}`,
          rule: "a payout counts when it is final",
          ...at,
          etaMs: depth * BLOCK_MS[networkOf(payoutChain)],
        }
      }
      return {
        for: transfer.state === "signing" ? "the signers" : "the next batch",
        rule: transfer.reason ?? "each signer checks the transfer for itself",
        ...at,
        etaMs: 5_000,
      }
  }
}

/** AOX's record of a transfer (`GET /tx/:id`, `/txs`), in its spelling and its status words. */
export function aoxView(transfer: Transfer, number: bigint, context: Context) {
  const { deployment } = context
  const asset = ASSETS[transfer.asset]
  const burn = isLedger(transfer.source)
  const token = deployment.tokens[transfer.asset]
  const native = NATIVE_TOKEN
  const { have, need } = confirmationsOf(transfer, context)
  const [, txId] = transfer.id.split(":")
  return {
    rawId: Number(number),
    txType: burn ? "burn" : "mint",
    chainType: asset.home,
    txId,
    sender: transfer.sender,
    recipient: transfer.recipient ?? "",
    quantity: transfer.amount.toString(),
    symbol: burn ? asset.wrapped.ticker : transfer.asset,
    decimals: asset.decimals,
    blockHeight: transfer.block.height,
    fromTokenId: burn ? token : native,
    toTokenId: burn ? native : token,
    fee: transfer.fee.toString(),
    feeRecipient: deployment.vault,
    confirmNum: have,
    confirmRange: need,
    status: aoxStatus(transfer),
    targetChainTxHash: transfer.transaction ?? "",
    errMsg: transfer.refund ? "refunded" : (transfer.reason ?? ""),
  }
}

/** Native tokens have the id of 43 "A" there. */
export const NATIVE_TOKEN = "A".repeat(43)

export function aoxStatus({ state, source, refund }: Transfer): string {
  switch (state) {
    case "seen":
      return isLedger(source) ? "burning" : "waiting"
    case "confirmed":
    case "ready":
      return "confirmed"
    case "signing":
    case "sent":
      return isLedger(source) ? "executing" : "wrapping"
    case "held":
      return "failed"
    case "paid":
      return refund ? "failed" : "success"
    case "dropped":
      return "notOnChain"
  }
}

/** The four accounts as text; `balanced` is invariant 1. */
export function ledgerView(balances: Balances) {
  const { custody, supply, pending, fees } = balances
  return {
    custody: custody.toString(),
    supply: supply.toString(),
    pending: pending.toString(),
    fees: fees.toString(),
    balanced: custody === supply + pending + fees,
  }
}
