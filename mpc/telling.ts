// What a coordinator tells each signer before it asks for a signature: deposits to addresses that were made known to us alone.

import type { ChainName } from "../core/assets.ts"
import { NOTES_MAX, type ToldNotes } from "./asides.ts"
import type { Index } from "./schemes/scheme.ts"

/** Deposits to depositors' own addresses, in an order that never changes. */
export interface Telling {
  /** The chain that they came on. */
  readonly chain: ChainName
  /** Those after a number, lowest first, at most `limit`. */
  after(
    number: bigint,
    limit: number,
  ): Promise<
    readonly { readonly number: bigint; readonly note: string; readonly transaction: string }[]
  >
}

/** Remembers how far each signer has been told. A signer remembers for itself, so that to tell it again is safe. */
export class Told {
  readonly #last = new Map<string, bigint>()

  /**
   * Tells a signer all that is new to it. `tell` says how many of the first it knows then; from one that its
   * nodes do not show yet we go on the next time.
   */
  async bring(
    signer: Index,
    { chain, after }: Telling,
    tell: (told: ToldNotes) => Promise<number>,
  ): Promise<void> {
    const name = `${signer} ${chain}`
    for (;;) {
      const page = await after(this.#last.get(name) ?? 0n, NOTES_MAX)
      if (page.length === 0) return
      const notes = page.map(({ note, transaction }) => ({ note, transaction }))
      const known = Math.min(await tell({ chain, notes }), page.length)
      if (known > 0) this.#last.set(name, page[known - 1]!.number)
      if (known < page.length) return
    }
  }
}
