// What pays one or several transfers: the plan, its slots, and the bytes that a quorum's signature makes of it.

import type { TransferId } from "../../core/ids.ts"
import type { Payout } from "../../core/payout.ts"
import type { BlockRef } from "../../core/transfer.ts"
import type { Mint } from "./ao.ts"
import type { Coin, Release } from "./home.ts"
import { isHome, KINDS, MINTS_MAX, type ModelChain } from "./kinds.ts"

export type { ModelChain } from "./kinds.ts"

/** A chain that the core names; the model has one for each asset but the tokens that are like ETH. */
export function modelled(chain: string): ModelChain {
  return chain as ModelChain
}

/** Chain facts that the payout's bytes depend on. */
export type ModelTerms =
  | { readonly kind: "attempt"; readonly chain: ModelChain; readonly attempt: number }
  | {
      readonly kind: "anchor"
      readonly chain: ModelChain
      readonly anchor: BlockRef
      readonly reward: bigint
    }
  | {
      readonly kind: "coins"
      readonly chain: ModelChain
      /** The slot first; a replacement spends all of them, and perhaps more. */
      readonly coins: readonly Coin[]
      readonly fee: bigint
    }

export interface Plan {
  readonly id: string
  readonly payouts: readonly Payout[]
  readonly terms: ModelTerms
}

export function batchMax(chain: ModelChain): number {
  return isHome(chain) ? KINDS[chain].batchMax : MINTS_MAX
}

/** Chains whose slots outlive every plan: the token, and the vault, remember what they have paid. */
export function isLasting(chain: ModelChain): boolean {
  return !isHome(chain) || KINDS[chain].slots === "number"
}

/** What the token, or the vault, remembers for ever. */
export const lastingSlotOf = (chain: ModelChain, transfer: TransferId) =>
  `${chain}:${isHome(chain) ? "number" : "mint"}:${transfer}`

/** What lets the payout of `transfer` happen once. */
export function slotOf(plan: Plan, transfer: TransferId): string {
  const { terms } = plan
  if (terms.kind === "anchor") return `${terms.chain}:${transactionOf(plan)}`
  if (terms.kind === "coins") return `${terms.chain}:${terms.coins[0]!.point}:${transfer}`
  return lastingSlotOf(terms.chain, transfer)
}

/** What a signer's journal holds of a payout: where to, and how much. */
export function contentOf({ chain, recipient, amount }: Payout): string {
  return `${chain} ${recipient} ${amount}`
}

/** Id of the sealed bytes: equal plans seal to equal bytes, or to bytes that are as good. */
export function transactionOf({ payouts, terms }: Pick<Plan, "payouts" | "terms">): string {
  const rows = payouts.map((payout) => `${payout.transfer}=${contentOf(payout)}`).join(",")
  if (terms.kind === "anchor") return `tx[${rows}]@${terms.anchor.id}+${terms.reward}`
  if (terms.kind === "coins")
    return `tx[${rows}]<${terms.coins.map(({ point }) => point).join("+")}>${terms.fee}`
  // What a vault is shown depends on nothing else; the token takes each item once.
  return isHome(terms.chain) ? `approval[${rows}]` : `item[${rows}]#${terms.attempt}`
}

export function sealMint(plan: Plan): Mint {
  const rows = plan.payouts.map(({ transfer, recipient, amount }) => ({
    transfer,
    recipient,
    amount,
  }))
  return { kind: "mint", id: transactionOf(plan), rows }
}

export function sealRelease(plan: Plan): Release {
  const { terms, payouts } = plan
  const rows = payouts.map(({ transfer, recipient, amount }) => ({ transfer, recipient, amount }))
  const coins = terms.kind === "coins" ? terms.coins : []
  const cost = terms.kind === "coins" ? terms.fee : terms.kind === "anchor" ? terms.reward : 0n
  return {
    ...{ kind: "release", id: transactionOf(plan), rows, cost, coins },
    anchor: terms.kind === "anchor" ? terms.anchor : null,
    change: terms.kind === "coins" ? changeOf(plan) : 0n,
  }
}

/** What is over when coins pay for a plan; below zero when they do not. */
export function changeOf({ payouts, terms }: Pick<Plan, "payouts" | "terms">): bigint {
  if (terms.kind !== "coins") return 0n
  const have = terms.coins.reduce((sum, { value }) => sum + value, 0n)
  return have - terms.fee - payouts.reduce((sum, { amount }) => sum + amount, 0n)
}
