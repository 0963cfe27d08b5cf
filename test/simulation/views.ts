// What an endpoint says of a chain at one moment: possibly old, never from two moments at once.

import type { TransferId } from "../../core/ids.ts"
import type { BlockRef, Sighting } from "../../core/transfer.ts"

export interface Located {
  readonly sighting: Sighting
  readonly block: BlockRef
  /** When its block says that it was made, milliseconds. */
  readonly atMs: number
}

/** A payout of ours that a chain has accepted. */
export interface Landed {
  readonly transaction: string
  readonly height: number
}

export interface View {
  readonly tip: BlockRef
  /** Where payouts offer the miners what the network asks for: base units. */
  readonly price?: bigint
  /** The canonical block at a height, or null above the tip. */
  at(height: number): BlockRef | null
  locate(id: TransferId): Located | null
  payoutsOf(transfer: TransferId): readonly Landed[]
}

/** A node that somebody reads through: it may fall behind, and stand still. */
export class Endpoint<V extends View> {
  readonly #look: (lag: number) => V
  #seen: V
  /** Blocks that it is behind. */
  lag = 0
  /** Virtual time until which it repeats its last answer. */
  stillUntil = 0

  constructor(look: (lag: number) => V) {
    this.#look = look
    this.#seen = look(0)
  }

  look(now: number): V {
    if (now >= this.stillUntil) this.#seen = this.#look(this.lag)
    return this.#seen
  }
}
