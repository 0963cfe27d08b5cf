// Amounts by the time at which they moved, kept so that the sum of any stretch is found without adding it up.

export class Tally {
  /** In order. */
  readonly #times: number[] = []
  /** Of all up to and with the one at the same place of `#times`. */
  readonly #sums: bigint[] = []

  /** Cheap for what is as late as all others, or nearly. */
  add(atMs: number, amount: bigint): void {
    const place = this.#after(atMs)
    const before = this.#sumOf(place)
    this.#times.splice(place, 0, atMs)
    this.#sums.splice(place, 0, before)
    for (let n = place; n < this.#sums.length; n++) this.#sums[n] = this.#sums[n]! + amount
  }

  /** Of what is later than `afterMs`, up to and with `untilMs`. */
  sum(afterMs: number, untilMs = Number.POSITIVE_INFINITY): bigint {
    return this.#sumOf(this.#after(untilMs)) - this.#sumOf(this.#after(afterMs))
  }

  /** The first time later than `afterMs`. */
  next(afterMs: number): number | undefined {
    return this.#times[this.#after(afterMs)]
  }

  /** The times between two others. */
  between(afterMs: number, beforeMs: number): readonly number[] {
    const times = this.#times.slice(this.#after(afterMs), this.#after(beforeMs))
    return times.filter((atMs) => atMs < beforeMs)
  }

  /** How many are as early as `atMs`, or earlier. */
  #after(atMs: number): number {
    let [low, high] = [0, this.#times.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#times[middle]! <= atMs) low = middle + 1
      else high = middle
    }
    return low
  }

  #sumOf(count: number): bigint {
    return count === 0 ? 0n : this.#sums[count - 1]!
  }
}
