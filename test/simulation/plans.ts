// What pays one or several transfers: the plan, its slots, and the bytes that a quorum's signature makes of it.

import { assert } from "../../core/assert.ts"
import type { ChainName } from "../../core/assets.ts"
import type { TransferId } from "../../core/ids.ts"
import type { Payout } from "../../core/payout.ts"
import type { BlockRef } from "../../core/transfer.ts"
import type { Mint } from "./ao.ts"
import type { Release } from "./arweave.ts"

/** The chains that are modelled: one where a slot can die, and one where it cannot. */
export type ModelChain = "arweave" | "ao"

export function modelled(chain: ChainName): ModelChain {
  assert(chain === "arweave" || chain === "ao", "the chain is modelled")
  return chain
}

/** Chain facts that the payout's bytes depend on. */
export type ModelTerms =
  | { readonly chain: "ao"; readonly attempt: number }
  | { readonly chain: "arweave"; readonly anchor: BlockRef; readonly reward: bigint }

export interface Plan {
  readonly id: string
  readonly payouts: readonly Payout[]
  readonly terms: ModelTerms
}

/** Most transfers in one mint. */
export const BATCH_MAX: Readonly<Record<ModelChain, number>> = { ao: 4, arweave: 1 }

/** What the token remembers for ever. */
export const mintSlotOf = (transfer: TransferId) => `ao:mint:${transfer}`

/** What lets the payout of `transfer` happen once. */
export function slotOf(plan: Plan, transfer: TransferId): string {
  return plan.terms.chain === "ao" ? mintSlotOf(transfer) : `arweave:${transactionOf(plan)}`
}

/** What a signer's journal holds of a payout: where to, and how much. */
export function contentOf({ chain, recipient, amount }: Payout): string {
  return `${chain} ${recipient} ${amount}`
}

/** Id of the sealed bytes: signatures are deterministic, so equal plans seal to equal bytes. */
export function transactionOf({ payouts, terms }: Pick<Plan, "payouts" | "terms">): string {
  const rows = payouts.map((payout) => `${payout.transfer}=${contentOf(payout)}`).join(",")
  return terms.chain === "ao"
    ? `item[${rows}]#${terms.attempt}`
    : `tx[${rows}]@${terms.anchor.id}+${terms.reward}`
}

export function sealAo(plan: Plan): Mint {
  const rows = plan.payouts.map(({ transfer, recipient, amount }) => ({
    transfer,
    recipient,
    amount,
  }))
  return { kind: "mint", id: transactionOf(plan), rows }
}

export function sealArweave(plan: Plan): Release {
  const { terms } = plan
  const payout = plan.payouts[0]!
  if (terms.chain !== "arweave") throw new Error("a release has Arweave terms")
  return {
    kind: "release",
    id: transactionOf(plan),
    transfer: payout.transfer,
    recipient: payout.recipient,
    amount: payout.amount,
    reward: terms.reward,
    anchor: terms.anchor,
  }
}
