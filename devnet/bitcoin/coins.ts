// Unspent outputs, in layers: a branch is tried out on top of what is, and kept or thrown away.

import { isUnspendable, type Outpoint, pointOf, type Transaction } from "./transaction.ts"

/** An unspent output, and the height of the block that made it. */
export interface Coin {
  readonly value: bigint
  readonly script: Uint8Array
  readonly height: number
  readonly isCoinbase: boolean
}

export class Coins {
  /** Null for a coin of the layer below that this one has spent. */
  readonly #own = new Map<Outpoint, Coin | null>()
  readonly #below: Coins | null

  constructor(below: Coins | null = null) {
    this.#below = below
  }

  find(point: Outpoint): Coin | null {
    const own = this.#own.get(point)
    return own === undefined ? (this.#below?.find(point) ?? null) : own
  }

  add(point: Outpoint, coin: Coin): void {
    this.#own.set(point, coin)
  }

  spend(point: Outpoint): void {
    if (this.#below === null) this.#own.delete(point)
    else this.#own.set(point, null)
  }

  /** Spends what a transaction spends and adds what it makes. */
  apply(tx: Transaction, height: number): void {
    if (!tx.isCoinbase) for (const { point } of tx.inputs) this.spend(point)
    for (const [vout, { value, script }] of tx.outputs.entries()) {
      if (isUnspendable(script)) continue
      this.add(pointOf(tx.id, vout), { value, script, height, isCoinbase: tx.isCoinbase })
    }
  }

  /** Takes a transaction back; `coinOf` gives the coins that it had spent. */
  revert(tx: Transaction, coinOf: (point: Outpoint) => Coin): void {
    for (const vout of tx.outputs.keys()) this.spend(pointOf(tx.id, vout))
    if (!tx.isCoinbase) for (const { point } of tx.inputs) this.add(point, coinOf(point))
  }

  /** Every outpoint that some layer knows of, perhaps spent in a higher one. */
  *points(): Iterable<Outpoint> {
    yield* this.#own.keys()
    if (this.#below === null) return
    for (const point of this.#below.points()) if (!this.#own.has(point)) yield point
  }
}
