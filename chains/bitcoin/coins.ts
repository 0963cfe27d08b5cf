// Which coins of the vault pay for what, and what is left over: the same choice for everybody who knows the same coins. Pure.

import { assert } from "../../core/assert.ts"
import { dustOf } from "./address.ts"
import { REFUND_DELAY } from "./deposit.ts"
import type { Destination } from "./destination.ts"
import { CHEAP, feeOf, replacementFee } from "./fees.ts"
import { search } from "./search.ts"
import { type Outpoint, type Output, outputWeight, weightOf } from "./transaction.ts"

/** An unspent output that the group can spend. */
export interface Coin extends Outpoint {
  /** Satoshi. */
  readonly value: bigint
  /** What its address was made of; null for the vault's own. */
  readonly destination: Destination | null
  /** The former key of the group that it lies under, 64 hexadecimal digits; left out: the present one. */
  readonly former?: string | undefined
  /** Of the block that made it. */
  readonly height: number
}

export interface Wish {
  /** Every coin that we have; whatever order they come in. */
  readonly coins: readonly Coin[]
  /** Keys (`pointOf`) of coins that other plans hold, or that nobody may touch. */
  readonly frozen: ReadonlySet<string>
  /** Coins that must be spent, the slot first: all of a plan that is replaced, or those that are due. */
  readonly required: readonly Coin[]
  readonly outputs: readonly Output[]
  /** Script that change goes to: the vault's. */
  readonly change: Uint8Array
  /** Satoshi for 1,000 virtual bytes. */
  readonly rate: bigint
  /** Fee of the transaction that this one replaces, or null. */
  readonly replaced: bigint | null
  /** Fee, satoshi, that may be spent on bringing small coins together. */
  readonly budget: bigint
}

export interface Choice {
  /** The slot, then the others by `byPoint`. */
  readonly coins: readonly Coin[]
  /** What goes back to the vault, never dust: nothing, one output or two. */
  readonly change: readonly bigint[]
  readonly fee: bigint
}

/** One transaction spends at most this many: each is a signature of the group. */
export const INPUTS_MAX = 50
/** So many free coins are enough to pay several plans at once; those above are brought together. */
export const COINS_ENOUGH = 20
/** Fewer than this are not worth a transaction of their own. */
export const TOGETHER_MIN = 10
/** In a cheap hour so much may be spent, satoshi, on bringing small coins together. */
export const BUDGET = 5_000n
/** With fewer left the change is split, so that the next plan need not wait for this one's block. */
const COINS_FEW = 2
/** Halves of less than this are not worth it, satoshi. */
const HALF_MIN = 1_000_000n
/** Weight of the script path: salt and key in the leaf, then one control block (BIP341). */
const LEAF_WEIGHT = 333
const LEAF_BESIDE_REFUND_WEIGHT = 365
const KEY_PATH_WEIGHT = 230

/** Null when the coins that are free do not suffice, or it would take more than `INPUTS_MAX` of them. */
export function chooseCoins(wish: Wish): Choice | null {
  const isRequired = new Set(wish.required.map(pointOf))
  const free = wish.coins
    .filter((coin) => !wish.frozen.has(pointOf(coin)) && !isRequired.has(pointOf(coin)))
    .sort(byPoint)
  assert(
    new Set(free.map(pointOf)).size === free.length && isRequired.size === wish.required.length,
    "a coin is there once",
  )
  const useful = free.filter((coin) => effective(coin, wish.rate) > 0n)
  const chosen = chooseAmong(wish, useful)
  if (chosen === null) return null
  const all = [...chosen, ...small(wish, useful, chosen)]
  return settle(wish, inOrder(wish, all), free.length - (all.length - wish.required.length))
}

/**
 * A deposit whose owner may take it back by `REFUND_DELAY` must have moved to the vault long before: from
 * half of the delay on it is due. What lies under a former key of the group is always: somebody may know that key.
 */
export function isDue({ destination, former, height }: Coin, tip: number): boolean {
  if (former !== undefined) return true
  return destination?.refundKey != null && tip - height + 1 >= REFUND_DELAY / 2
}

/**
 * A due coin that must move at any price: ten days before its owner could take it, and whenever whoever knows a
 * former key could.
 */
export function isUrgent(coin: Coin, tip: number): boolean {
  if (coin.former !== undefined) return true
  return isDue(coin, tip) && tip - coin.height + 1 >= (REFUND_DELAY * 2) / 3
}

/**
 * Whether a due coin is worth the price of moving it now. Strangers can send as many small ones to old addresses as
 * they like: under a former key it has to be ten times the price, if the hour is not cheap.
 */
export function isWorthMoving(coin: Coin, rate: bigint): boolean {
  const times = coin.former !== undefined && rate > CHEAP ? 10n : 1n
  return coin.value > costOf(coinWeight(coin), rate) * times
}

/** A coin that lies under the present key, and that nobody else could ever take: only its smallness is a reason to move it. */
export function isPlain({ destination, former }: Pick<Coin, "destination" | "former">): boolean {
  return former === undefined && (destination === null || destination.refundKey === null)
}

/**
 * The smallest of these free coins, for a transaction that pays nobody and makes one of them: in a cheap hour, as long as
 * enough others stay and its fee is within the budget. None when that are fewer than `TOGETHER_MIN`.
 */
export function together(free: readonly Coin[], change: Uint8Array, rate: bigint): readonly Coin[] {
  if (rate > CHEAP) return []
  const plain = free
    .filter((coin) => isPlain(coin) && effective(coin, rate) > 0n)
    .sort((a, b) => byWorth(b, a, rate))
  const most = Math.max(0, Math.min(plain.length - COINS_ENOUGH, INPUTS_MAX))
  let weight = weightOf({ inputs: [], outputs: [{ script: change }] })
  const taken: Coin[] = []
  for (const coin of plain.slice(0, most)) {
    weight += coinWeight(coin)
    if (feeOf(weight, rate) > BUDGET) break
    taken.push(coin)
  }
  return taken.length < TOGETHER_MIN ? [] : taken
}

export function pointOf({ txid, vout }: Outpoint): string {
  return `${txid}:${vout}`
}

/** The order of inputs: by transaction id as it is written, then by number. */
export function byPoint(a: Outpoint, b: Outpoint): number {
  if (a.txid !== b.txid) return a.txid < b.txid ? -1 : 1
  return a.vout - b.vout
}

/** Weight units of spending the coin. */
export function coinWeight({ destination }: Pick<Coin, "destination">): number {
  if (destination === null) return KEY_PATH_WEIGHT
  return destination.refundKey === null ? LEAF_WEIGHT : LEAF_BESIDE_REFUND_WEIGHT
}

/** Change of less is left to the miners: dust, or what costs more to spend than it is worth. */
export function changeMin(script: Uint8Array, rate: bigint): bigint {
  return greater(dustOf(script), feeOf(KEY_PATH_WEIGHT, rate))
}

/** What a coin is worth after the fee for spending it; rounded down. */
function effective(coin: Coin, rate: bigint): bigint {
  return coin.value - costOf(coinWeight(coin), rate)
}

function costOf(weight: number, rate: bigint): bigint {
  return (BigInt(weight) * rate + 3_999n) / 4_000n
}

/** Required ones, and of the others an exact match if there is one, else the smallest that does, else the largest. */
function chooseAmong(wish: Wish, useful: readonly Coin[]): readonly Coin[] | null {
  const { required, rate, replaced } = wish
  const room = INPUTS_MAX - required.length
  const isEnough = (more: readonly Coin[]) => settle(wish, [...required, ...more], 0) !== null
  if (room < 0) return null
  if (required.length > 0 && isEnough([])) return required
  const sorted = [...useful].sort((a, b) => byWorth(a, b, rate))
  // A replacement owes more than its rate, by its size: what is missing is not known before it is chosen.
  const few = replaced === null && room > 0 ? fewest(wish, sorted, room) : null
  if (few && isEnough(few)) return [...required, ...few]
  for (let count = 1; count <= Math.min(room, sorted.length); count += 1) {
    const largest = sorted.slice(0, count)
    if (isEnough(largest)) return [...required, ...largest]
  }
  return null
}

/** An exact match, so that no change is made, else the smallest coin that suffices alone. */
function fewest(
  { required, outputs, change, rate }: Wish,
  sorted: readonly Coin[],
  room: number,
): readonly Coin[] | null {
  const worth = sorted.map((coin) => effective(coin, rate))
  const given = sum(required.map((coin) => effective(coin, rate)))
  // A virtual byte that is begun is paid whole.
  const frame = costOf(weightOf({ inputs: [], outputs }) + 4, rate)
  const missing = sum(outputs.map(({ value }) => value)) + frame - given
  const slack = costOf(outputWeight(change), rate) + changeMin(change, rate)
  const match = search(worth, missing, missing + slack, room)
  if (match) return match.map((at) => sorted[at]!)
  const single = worth.findLastIndex((value) => value >= missing)
  return single < 0 ? null : [sorted[single]!]
}

/** The smallest of the others, as long as there are many and their fee stays within the budget. */
function small(wish: Wish, useful: readonly Coin[], chosen: readonly Coin[]): Coin[] {
  const { rate, budget } = wish
  // Without change there would have to be an output for them alone.
  if (settle(wish, chosen, 0)?.change.length === 0) return []
  const isChosen = new Set(chosen.map(pointOf))
  const rest = useful
    .filter((coin) => !isChosen.has(pointOf(coin)))
    .sort((a, b) => byWorth(b, a, rate))
  const most = Math.min(rest.length - COINS_ENOUGH, INPUTS_MAX - chosen.length)
  const taken: Coin[] = []
  let spent = 0n
  for (const coin of rest.slice(0, Math.max(0, most))) {
    spent += costOf(coinWeight(coin), rate)
    if (spent > budget) break
    taken.push(coin)
  }
  return taken
}

/** Change and fee of exactly these inputs; null when they do not suffice. */
function settle(wish: Wish, coins: readonly Coin[], left: number): Choice | null {
  const { outputs, change, rate } = wish
  const over = sum(coins.map(({ value }) => value)) - sum(outputs.map(({ value }) => value))
  const weigh = (parts: number) =>
    weightOf({ inputs: [], outputs: [...outputs, ...Array(parts).fill({ script: change })] }) +
    coins.reduce((weight, coin) => weight + coinWeight(coin), 0)
  const feeWith = (parts: number) => {
    const weight = weigh(parts)
    const least = wish.replaced === null ? 0n : replacementFee(weight, wish.replaced)
    return greater(least, feeOf(weight, rate))
  }
  if (coins.length === 0) return null
  const halves = over - feeWith(2)
  if (left < COINS_FEW && halves >= 2n * HALF_MIN)
    return { coins, change: [halves - halves / 2n, halves / 2n], fee: feeWith(2) }
  const rest = over - feeWith(1)
  if (rest >= changeMin(change, rate)) return { coins, change: [rest], fee: feeWith(1) }
  // A transaction without any output is none.
  return over >= feeWith(0) && outputs.length > 0 ? { coins, change: [], fee: over } : null
}

function inOrder({ required, replaced }: Wish, coins: readonly Coin[]): readonly Coin[] {
  const sorted = [...coins].sort(byPoint)
  const [slot] = required
  if (replaced === null || slot === undefined) return sorted
  return [slot, ...sorted.filter((coin) => coin !== slot)]
}

/** What is worth most first; coins of the same worth by their names, so that all choose the same. */
function byWorth(a: Coin, b: Coin, rate: bigint): number {
  const difference = effective(b, rate) - effective(a, rate)
  if (difference !== 0n) return difference > 0n ? 1 : -1
  return byPoint(a, b)
}

function greater(a: bigint, b: bigint): bigint {
  if (a > b) return a
  return b
}

function sum(values: readonly bigint[]): bigint {
  return values.reduce((total, value) => total + value, 0n)
}
