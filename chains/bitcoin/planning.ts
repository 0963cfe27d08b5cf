// What a plan spends and offers by what is known of coins and rates; what is left of an older one, and when it is outbid. Pure.

import type { Fate, Remainder } from "../chain.ts"
import {
  BUDGET,
  type Choice,
  type Coin,
  chooseCoins,
  isDue,
  isWorthMoving,
  pointOf,
} from "./coins.ts"
import { CHEAP, RATE_MAX } from "./fees.ts"
import type { Output } from "./transaction.ts"

/** A replacement offers at least a quarter more than what it replaces. */
const BUMP = { times: 5n, parts: 4n } as const
/** A signer takes a rate that is this many times its own estimate, or 50 sat/vB. */
const RATE_TIMES_MAX = 5n
const MODEST = 50_000n
/** Nothing of ours dies before what killed it is this deep: no chain has ever been reorganised so far. */
export const DEATH_DEPTH = 100
/** Due deposits that one plan takes along. */
const DUE_MAX = 20

/** A plan that another one replaces: what is left of its coins, the slot first, its fee and the rate of that. */
export interface Replaced {
  readonly left: readonly Coin[]
  /** Satoshi. */
  readonly fee: bigint
  /** Satoshi for 1,000 virtual bytes. */
  readonly rate: bigint
}

export interface Known {
  /** Every coin of the group that is deep enough; whatever order they come in. */
  readonly coins: readonly Coin[]
  readonly tip: number
  /** What nodes say that miners ask for, satoshi for 1,000 virtual bytes. */
  readonly estimate: bigint
  /** Keys (`pointOf`) of coins that open plans hold, or that nobody may touch. */
  readonly frozen: ReadonlySet<string>
}

/** Coins, change and fee of a plan with these outputs; no choice when the coins do not suffice, or the rate is beyond all reason. */
export function planned(
  { coins, tip, estimate, frozen }: Known,
  outputs: readonly Output[],
  change: Uint8Array,
  replaced: Replaced | null,
): { readonly choice: Choice | null; readonly rate: bigint } {
  const raised = replaced === null ? 0n : raisedFrom(replaced.rate)
  const rate = raised > estimate ? raised : estimate
  const due = coins.filter(
    (coin) => !frozen.has(pointOf(coin)) && isDue(coin, tip) && isWorthMoving(coin, rate),
  )
  const choice = chooseCoins({
    ...{ coins, frozen, outputs, change, rate },
    required: replaced?.left ?? due.slice(0, DUE_MAX),
    replaced: replaced?.fee ?? null,
    budget: rate <= CHEAP ? BUDGET : 0n,
  })
  return { choice: rate > RATE_MAX ? null : choice, rate }
}

/** What a replacement offers at least. */
export function raisedFrom(rate: bigint): bigint {
  return (rate * BUMP.times) / BUMP.parts
}

/** Whether the next plan would offer more by so much that a replacement is worth it. */
export function isOutbidBy(estimate: bigint, rate: bigint): boolean {
  return estimate * BUMP.parts > rate * BUMP.times
}

/** The greatest rate that a signer takes whose own nodes estimate this. */
export function rateMost(estimate: bigint): bigint {
  return estimate * RATE_TIMES_MAX > MODEST ? estimate * RATE_TIMES_MAX : MODEST
}

/**
 * The coins that a replacement spends too: the slot, so that one of the two lands, and whatever of the others is there. A
 * coin that its block has lost, or that another transaction spent, nobody can sign for. Null: the slot is not there.
 */
export function leftOf<Spent>(
  [slot, ...others]: readonly Spent[],
  isThere: (coin: Spent) => boolean,
): readonly Spent[] | null {
  return isThere(slot!) ? [slot!, ...others.filter(isThere)] : null
}

/** In one word. */
export function remainderIn<Spent>(
  coins: readonly Spent[],
  isThere: (coin: Spent) => boolean,
): Remainder {
  const left = leftOf(coins, isThere)
  if (left === null) return "nothing"
  return left.length === coins.length ? "all" : "slot"
}

/** What a reader knows of the coin that is a plan's slot. Heights are of blocks; null: none. */
export interface SlotSeen {
  /** Where it was spent, and whether for all that the plan pays. */
  readonly spent: { readonly height: number; readonly isPaid: boolean } | null
  /** Since when it can never be: another transaction has spent what would make it. */
  readonly ruledOut: number | null
}

/**
 * By the slot alone: `landed` when a block has spent it for these outputs, by whichever replacement; `dead` when something
 * else has, so deep that it stays; else `open`.
 */
export function fateIn({ spent, ruledOut }: SlotSeen, tip: number, depth = DEATH_DEPTH): Fate {
  if (spent?.isPaid) return "landed"
  const since = spent?.height ?? ruledOut
  return since !== null && tip - since + 1 >= depth ? "dead" : "open"
}
