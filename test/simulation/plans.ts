// What pays one or several transfers: the plan, its slots, and the bytes that a quorum's signature makes of it.

import { createHash } from "node:crypto"
import { taprootScript } from "../../chains/bitcoin/address.ts"
import { coinWeight, type Coin as RealCoin } from "../../chains/bitcoin/coins.ts"
import { changesOf } from "../../chains/bitcoin/payout.ts"
import { type Output, weightOf } from "../../chains/bitcoin/transaction.ts"
import type { Terms } from "../../chains/chain.ts"
import type { TransferId } from "../../core/ids.ts"
import type { Payout } from "../../core/payout.ts"
import type { BlockRef } from "../../core/transfer.ts"
import type { Mint } from "./ao.ts"
import { isChange } from "./fork.ts"
import { type Coin, offerOf, type Release } from "./home.ts"
import { isHome, KINDS, MINTS_MAX, type ModelChain } from "./kinds.ts"

export type { ModelChain } from "./kinds.ts"

/** A chain that the core names; the model has one for each asset but the tokens that are like ETH. */
export function modelled(chain: string): ModelChain {
  return chain as ModelChain
}

/** Chain facts that the payout's bytes depend on. */
export type ModelTerms =
  /** As the chain's own planning writes them. */
  | { readonly kind: "attempt"; readonly chain: ModelChain; readonly terms: Terms }
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
      /** Outputs that the change is spread over. */
      readonly changes: number
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

/** As the codec of the chain tells it. */
export function slotsOf(plan: Plan): ReadonlyMap<TransferId, string> {
  return new Map(plan.payouts.map(({ transfer }) => [transfer, slotOf(plan, transfer)]))
}

/** What of a payout is told of: where to, and how much. */
export function contentOf({ chain, recipient, amount }: Payout): string {
  return `${chain} ${recipient} ${amount}`
}

/** Id of the sealed bytes: equal plans seal to equal bytes, or to bytes that are as good. */
export function transactionOf({ payouts, terms }: Pick<Plan, "payouts" | "terms">): string {
  const rows = payouts.map((payout) => `${payout.transfer}=${contentOf(payout)}`).join(",")
  if (terms.kind === "anchor") return `tx[${rows}]@${terms.anchor.id}+${terms.reward}`
  if (terms.kind === "coins") return spendOf(rows, terms)
  // What a vault is shown depends on nothing else; the token takes each item once.
  return isHome(terms.chain) ? `approval[${rows}]` : `item[${rows}]#${JSON.stringify(terms.terms)}`
}

function spendOf(rows: string, terms: CoinTerms): string {
  const known = SPENDS.get(terms)
  if (known?.rows === rows) return known.id
  const spent = terms.coins.map(({ point }) => point).join("+")
  const text = `${rows}<${spent}>${terms.fee}/${terms.changes}`
  // Short, or the name of a coin would hold those of all that it ever came from.
  const id = `tx-${createHash("sha256").update(text).digest("hex").slice(0, 20)}`
  SPENDS.set(terms, { rows, id })
  return id
}

type CoinTerms = Extract<ModelTerms, { kind: "coins" }>
/** The last id that was asked for: the same one is, many times. */
const SPENDS = new WeakMap<CoinTerms, { readonly rows: string; readonly id: string }>()

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
    changes: changeOf(plan) ?? [],
    weight: weightIn(plan),
  }
}

type Parts = Pick<Plan, "payouts" | "terms">

/** What comes back when coins pay for a plan; null when they do not add up. */
export function changeOf({ payouts, terms }: Parts): readonly bigint[] | null {
  if (terms.kind !== "coins") return []
  return changesOf(outputsOf(payouts), terms)
}

/** Everybody is paid to a key of their own, and so is the vault: the scripts are as long as real ones. */
export const SCRIPT = taprootScript(new Uint8Array(32))

export function outputsOf(payouts: readonly Payout[]): readonly Output[] {
  return payouts.map(({ amount }) => ({ script: SCRIPT, value: amount }))
}

/** A coin as those see it who choose; none of the model can be taken back, so that its age says nothing. */
export function realCoin({ point, value }: Coin): RealCoin {
  const at = point.lastIndexOf(":")
  const destination = isChange(point) ? null : ADDRESS
  const [txid, vout] = [point.slice(0, at), Number(point.slice(at + 1))]
  return { txid, vout, value, destination, height: 0 }
}

const ADDRESS = { recipient: "", refundTo: "", refundKey: null, index: 0 }

/** What a plan offers the miners, satoshi for 1,000 virtual bytes. */
export function offerIn(plan: Parts): bigint {
  const { terms } = plan
  return terms.kind === "coins" ? offerOf({ cost: terms.fee, weight: weightIn(plan) }) : 0n
}

function weightIn({ payouts, terms }: Parts): number {
  if (terms.kind !== "coins") return 0
  const outputs = Array(payouts.length + terms.changes).fill({ script: SCRIPT })
  return terms.coins.reduce(
    (weight, coin) => weight + coinWeight(realCoin(coin)),
    weightOf({ inputs: [], outputs }),
  )
}
