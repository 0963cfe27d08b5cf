// What a former vault has sent on, and when: a token that came there without a word lies in the present one only after that.

import type { EvmSide } from "./codec.ts"
import { eventIn } from "./events.ts"
import type { Heads } from "./heads.ts"
import type { Reader } from "./reader.ts"

export interface Place {
  readonly height: number
  /** Of a log in its block. */
  readonly index: number
}

interface Passed extends Place {
  readonly token: string
  readonly successor: string
}

/** `sides` are the present vault and those before it, the newest first, each with a reader of its own. */
export class PassedOn {
  readonly #heads: Heads
  readonly #sides: readonly EvmSide[]
  readonly #readers: readonly Reader[]
  #known: { next: number; passed: Passed[] }[] = []

  constructor(heads: Heads, sides: readonly EvmSide[], readers: readonly Reader[]) {
    this.#heads = heads
    this.#sides = sides
    this.#readers = readers
    this.forget()
  }

  forget(): void {
    this.#known = this.#sides.map(({ heightMin }) => ({ next: heightMin, passed: [] }))
  }

  /** Whether all of a token that was in the vault `at` then is in the present one at the final head. Throws as the reader. */
  async isHere(token: string, at: number, since: Place): Promise<boolean> {
    if (at === 0) return true
    for (const one of await this.#of(at)) {
      const to = this.#sides.findIndex(({ vault }) => vault === one.successor)
      const isLater =
        one.height > since.height || (one.height === since.height && one.index > since.index)
      if (one.token === token && isLater && to >= 0 && to < at) return this.isHere(token, to, one)
    }
    return false
  }

  /** Oldest first; what was read before is not read again. */
  async #of(at: number): Promise<readonly Passed[]> {
    const { height: head } = await this.#heads.fresh()
    const known = this.#known[at]!
    const { next } = known
    if (next <= head) {
      const blocks = await this.#readers[at]!.scan(next, head)
      const found = blocks.flatMap(({ height, logs }) =>
        logs.flatMap((log) => {
          const event = eventIn(log)
          if (event?.name !== "migrated") return []
          const { token, successor } = event.value
          return [{ height, index: log.index, token, successor }]
        }),
      )
      // Two who ask at once have read the same.
      if (known.next === next) {
        known.passed.push(...found)
        known.next = head + 1
      }
    }
    return known.passed
  }
}
