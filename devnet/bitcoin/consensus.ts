// The rules that every block and every transaction in one must keep, in Bitcoin Core's words when they are broken.

import type { Coin, Coins } from "./coins.ts"
import { scriptFault } from "./scripts.ts"
import type { Transaction } from "./transaction.ts"

export const MONEY_MAX = 21_000_000n * 100_000_000n
const COINBASE_MATURITY = 100
const SEQUENCE_FINAL = 0xffffffff
const LOCKTIME_IS_TIME = 500_000_000

/** What a transaction meets when it is in the block at `height`. Times in seconds since 1970. */
export interface Ground {
  readonly coins: Pick<Coins, "find">
  readonly height: number
  /** The median time of the eleven blocks before it. */
  readonly medianTime: number
  /** The median time of the block at a height of this branch and the ten before it. */
  medianTimeAt(height: number): number
}

/** What is wrong with a transaction wherever it stands. */
export function formFault(tx: Transaction): string | null {
  if (tx.outputs.length === 0) return "bad-txns-vout-empty"
  if (tx.weight > 4_000_000) return "bad-txns-oversize"
  let total = 0n
  for (const { value } of tx.outputs) {
    if (value < 0n) return "bad-txns-vout-negative"
    if (value > MONEY_MAX) return "bad-txns-vout-toolarge"
    total += value
    if (total > MONEY_MAX) return "bad-txns-txouttotal-toolarge"
  }
  if (new Set(tx.inputs.map(({ point }) => point)).size < tx.inputs.length)
    return "bad-txns-inputs-duplicate"
  if (tx.isCoinbase) {
    const { byteLength } = tx.inputs[0]!.script
    return byteLength < 2 || byteLength > 100 ? "bad-cb-length" : null
  }
  const isNull = tx.inputs.some(({ txid, vout }) => vout === SEQUENCE_FINAL && /^0+$/.test(txid))
  return isNull ? "bad-txns-prevout-null" : null
}

/** Whether the time that a transaction itself names has come: a height, or a time in seconds. */
export function isFinal(tx: Transaction, height: number, medianTime: number): boolean {
  if (tx.locktime === 0) return true
  if (tx.locktime < (tx.locktime < LOCKTIME_IS_TIME ? height : medianTime)) return true
  return tx.inputs.every(({ sequence }) => sequence === SEQUENCE_FINAL)
}

/** Whether each coin that is spent is as old as its input's sequence number asks (BIP68). */
export function isOldEnough(tx: Transaction, spent: readonly Coin[], ground: Ground): boolean {
  if (tx.version < 2) return true
  return tx.inputs.every(({ sequence }, index) => {
    if (sequence >>> 31 === 1) return true
    const { height } = spent[index]!
    const age = sequence & 0xffff
    if ((sequence & TIMED) === 0) return height + age <= ground.height
    const since = ground.medianTimeAt(Math.max(height - 1, 0))
    return since + age * SECONDS_A_STEP <= ground.medianTime
  })
}

/** The bit of a sequence number that makes it count steps of 512 seconds, not blocks. */
const TIMED = 1 << 22
const SECONDS_A_STEP = 512

/** The coins that a transaction spends, in order; null when one is missing. */
export function coinsOf(tx: Transaction, coins: Pick<Coins, "find">): Coin[] | null {
  const found: Coin[] = []
  for (const { point } of tx.inputs) {
    const coin = coins.find(point)
    if (coin === null) return null
    found.push(coin)
  }
  return found
}

/** In satoshis; below zero when it spends more than it has. */
export function feeOf(tx: Transaction, spent: readonly Coin[]): bigint {
  const had = spent.reduce((sum, { value }) => sum + value, 0n)
  return tx.outputs.reduce((left, { value }) => left - value, had)
}

/** What keeps a transaction from spending these coins now; signatures apart. */
export function spendFault(
  tx: Transaction,
  spent: readonly Coin[],
  height: number,
): { readonly reason: string; readonly detail: string } | null {
  for (const coin of spent) {
    const depth = height - coin.height
    if (coin.isCoinbase && depth < COINBASE_MATURITY) {
      const detail = `tried to spend coinbase at depth ${depth}`
      return { reason: "bad-txns-premature-spend-of-coinbase", detail }
    }
  }
  if (feeOf(tx, spent) >= 0n) return null
  return { reason: "bad-txns-in-belowout", detail: "" }
}

/**
 * Why these transactions, the coinbase first, may not be one block; null when they may. Spends on
 * `ground.coins`, which must be a layer to throw away when there is a fault. `isChecked` knows the
 * transactions whose scripts have passed before in the same bytes, and they pass again.
 */
export function spendsFault(
  txs: readonly Transaction[],
  ground: Ground & { readonly coins: Coins },
  maxCoinbase: (fees: bigint) => bigint,
  isChecked: (tx: Transaction) => boolean,
): string | null {
  let fees = 0n
  for (const tx of txs) {
    if (!isFinal(tx, ground.height, ground.medianTime)) return "bad-txns-nonfinal"
    if (!tx.isCoinbase) {
      const spent = coinsOf(tx, ground.coins)
      if (spent === null) return "bad-txns-inputs-missingorspent"
      const fault = spendFault(tx, spent, ground.height)
      if (fault !== null) return fault.reason
      if (!isOldEnough(tx, spent, ground)) return "bad-txns-nonfinal"
      const script = isChecked(tx) ? null : scriptFault(tx, spent)
      if (script !== null) return `block-script-verify-flag-failed (${script})`
      fees += feeOf(tx, spent)
    }
    ground.coins.apply(tx, ground.height)
  }
  const made = txs[0]!.outputs.reduce((sum, { value }) => sum + value, 0n)
  return made > maxCoinbase(fees) ? "bad-cb-amount" : null
}
