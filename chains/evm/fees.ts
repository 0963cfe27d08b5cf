// What the gas wallet offers for a unit of gas: enough to get in soon, never more than its cap. Pure.

/** Wei for a unit of gas (EIP-1559). */
export interface Fees {
  /** The most that is paid, the base fee included. */
  readonly max: bigint
  /** Of it, for whoever builds the block. */
  readonly tip: bigint
}

export interface FeeCaps {
  /** Above this nothing is sent, and a stuck transaction waits. */
  readonly max: bigint
  /** Some chains ask for a least price: BSC's builders take no less. */
  readonly tipMin: bigint
  readonly tipMax: bigint
}

/** What recent blocks asked, as `eth_feeHistory` tells it. */
export interface FeeHistory {
  /** Of the next block. */
  readonly baseFee: bigint
  /** Median tips of recent blocks, empty ones left out. */
  readonly tips: readonly bigint[]
}

/**
 * An offer for a new transaction; null when even the next block's base fee is beyond the cap. Twice the base
 * fee lasts for six full blocks, each of which raises it by an eighth. Without any recent tip the least one.
 */
export function offerFor({ baseFee, tips }: FeeHistory, caps: FeeCaps): Fees | null {
  const tip = clamp(median(tips) ?? caps.tipMin, caps.tipMin, caps.tipMax)
  if (baseFee + tip > caps.max) return null
  return { max: smaller(2n * baseFee + tip, caps.max), tip }
}

/**
 * A better offer in the place of an old one, or null when the cap allows none. Nodes take a replacement that
 * offers at least a tenth more in both parts; an eighth more is on the safe side.
 */
export function betterThan(old: Fees, fresh: Fees | null, caps: FeeCaps): Fees | null {
  const least = { max: raised(old.max), tip: raised(old.tip) }
  const max = fresh ? larger(least.max, fresh.max) : least.max
  const tip = fresh ? larger(least.tip, fresh.tip) : least.tip
  // A tip above its own cap is still allowed here: a replacement needs it.
  return max > caps.max ? null : { max: larger(max, tip), tip }
}

function raised(value: bigint): bigint {
  return (value * 9n) / 8n + 1n
}

function median(values: readonly bigint[]): bigint | null {
  return [...values].sort((a, b) => (a < b ? -1 : 1))[values.length >> 1] ?? null
}

function clamp(value: bigint, min: bigint, max: bigint): bigint {
  return smaller(larger(value, min), max)
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}
