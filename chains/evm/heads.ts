// The newest block that counts as final, by a quorum of providers; and the stop when what was final is final no more.

import { BridgeError } from "../../core/errors.ts"
import type { BlockRef } from "../../core/transfer.ts"
import { type FinalityRule, finalHeight, isStalled, laggards } from "./finality.ts"
import type { Header } from "./header.ts"
import type { Panel } from "./panel.ts"

export interface HeadsOptions {
  readonly panel: Panel
  readonly rule: FinalityRule
  /** How old a look at the head may be for it to be used again, milliseconds. */
  readonly freshMs: number
}

export class Heads {
  readonly #options: HeadsOptions
  #head: { readonly header: Header; readonly atMs: number } | null = null
  #asking: Promise<Header> | null = null
  #broken: BridgeError | null = null

  constructor(options: HeadsOptions) {
    this.#options = options
  }

  /**
   * The final head, asked for now. It never goes back: a block that was final once must still be there, else
   * `finality-broken` is thrown, from then on by every call. Throws `rpc-unavailable`, `rpc-disagrees`,
   * `not-yet` on a chain without a final block, and `bad-config` for another chain's provider.
   */
  final(): Promise<Header> {
    this.#asking ??= this.#look().finally(() => {
      this.#asking = null
    })
    return this.#asking
  }

  /** As `final`, but a moment old if that is allowed. */
  async fresh(): Promise<Header> {
    if (this.#broken) throw this.#broken
    const known = this.#head
    if (known && performance.now() - known.atMs < this.#options.freshMs) return known.header
    return this.final()
  }

  /** Nothing was ever final: whoever says so has stopped all that rests on it. */
  forget(): void {
    this.#head = null
    this.#broken = null
  }

  /** Stops everything that reads: a block that we held final is not the chain's any more. */
  break(was: BlockRef, is: BlockRef): never {
    this.#broken ??= new BridgeError("finality-broken", {
      ...{ height: was.height, was: was.id, is: is.id },
    })
    throw this.#broken
  }

  async #look(): Promise<Header> {
    if (this.#broken) throw this.#broken
    const { panel, rule } = this.#options
    const said = await panel.collect((node) => node.heads())
    const heads = said.map(({ value }) => value)
    for (const at of laggards(heads, rule))
      panel.report({ kind: "lags", url: said[at]!.from, words: "its newest block is old" })
    if (isStalled(heads, panel.quorum, rule))
      panel.report({ kind: "stalled", url: null, words: "finality stands still" })
    const height = finalHeight(heads, panel.quorum, rule)
    if (height === null) throw new BridgeError("not-yet", { why: "no block is final" })
    const header = await this.#advance(height)
    this.#head = { header, atMs: performance.now() }
    return header
  }

  /** The header at `height`, or the one that we have when that is higher, after another look at it. */
  async #advance(height: number): Promise<Header> {
    const { panel } = this.#options
    const known = this.#head?.header
    if (!known) return (await panel.headers([height]))[0]!
    if (height < known.height) return known
    const [then, now] = await panel.headers([known.height, height])
    if (then!.id !== known.id) this.break(known, then!)
    return now!
  }
}
