// What rewards are made from: final facts, each in its place, and one order for all of them.

import type { AssetName } from "../assets.ts"
import type { Action } from "../compliance/decision.ts"

/** Where a fact stands. No two facts have one place. */
export interface Place {
  /** Seconds since 1970 as its chain (or for the bridge's own facts the bridge) states it; on one chain it never goes back. */
  readonly atS: number
  /** A ledger of AO; `office` for what is no chain's: sign-ins, standings, verdicts and evidence. */
  readonly chain: string
  /** Height on that chain (slot on AO); at the office a running number. */
  readonly block: number
  readonly index: number
}

export type RewardFact =
  /** A deposit arrived as wrapped tokens. `source`: the home chain. */
  | {
      readonly kind: "mint"
      readonly account: string
      readonly asset: AssetName
      readonly amount: bigint
      readonly transfer: string
      readonly source: string
      readonly sender: string
      /** Who is named in the deposit's `X-Referrer`. */
      readonly referrer: string | null
    }
  | {
      readonly kind: "burn"
      readonly account: string
      readonly asset: AssetName
      readonly amount: bigint
      readonly transfer: string
    }
  /** The tokens of a burn that could not be paid came back. */
  | {
      readonly kind: "refund"
      readonly account: string
      readonly asset: AssetName
      readonly amount: bigint
      readonly transfer: string
    }
  /** Wrapped tokens went from one account to another. */
  | {
      readonly kind: "move"
      readonly account: string
      readonly asset: AssetName
      readonly amount: bigint
      readonly to: string
      readonly message: string
    }
  /** The account's wallet signed in on these terms. */
  | { readonly kind: "terms"; readonly account: string; readonly version: string }
  /**
   * What compliance says of the account for rewards, from now on; with `epoch`, of that epoch alone (an appeal that was
   * granted, or a decision that was wrong). `evidence`: digest of the record.
   */
  | {
      readonly kind: "standing"
      readonly account: string
      readonly action: Action
      readonly epoch: number | null
      readonly evidence: string
    }
  /** Accounts that belong to one person share that person's caps; `weight`: basis points of what counts. */
  | {
      readonly kind: "verdict"
      readonly account: string
      readonly person: string
      readonly weight: number
      readonly evidence: string
    }
  /** Somebody whom the campaign names says that the account has done an external task. */
  | {
      readonly kind: "external"
      readonly account: string
      readonly task: string
      readonly issuer: string
      readonly note: string
      readonly signature: string
    }

export type RewardEvent = Place & RewardFact

/** Wrapped tokens that changed hands, as the ledger's chain states it. */
export interface Move {
  readonly transaction: string
  readonly sender: string
  readonly recipient: string
  /** Base units. */
  readonly amount: bigint
}

/** Of facts that are no chain's. */
export const OFFICE = "office"

/** By time, chain, block and index. */
export function inOrder(a: Place, b: Place): number {
  if (a.atS !== b.atS) return a.atS - b.atS
  if (a.chain !== b.chain) return a.chain < b.chain ? -1 : 1
  return a.block - b.block || a.index - b.index
}
