// Providers that say different things: each time is told, and what stays so stops everything that rests on the chain.

import type { ChainName } from "../core/assets.ts"
import { BridgeError } from "../core/errors.ts"
import type { Connection } from "./chain.ts"

/** One time that they did, as it is kept for people. */
export interface Divergence {
  readonly chain: ChainName
  /** What was asked. */
  readonly request: string
  /** Who said what, as far as it is known, each with the SHA-256 of what it compared. */
  readonly answers: readonly Answer[]
  readonly words: string
  /** It was so before, and nothing in between said otherwise: nobody relies on the chain until people have looked. */
  readonly halts: boolean
}

export interface Answer {
  readonly from: string
  /** The beginning of it. */
  readonly text: string
  readonly sha256: string
}

export interface Hearing {
  readonly now: () => number
  readonly tell: (divergence: Divergence) => void
}

/**
 * The same question must be answered differently so long after the first time: a look at one moment may meet nodes of
 * which one has the newest block already, which is ordinary and believed by nobody.
 */
const AGAIN_MS = 1_000
/** What is asked so seldom is another matter each time. */
const FORGET_MS = 3_600_000
const QUIET_MS = 60_000
const SUSPECTS_MAX = 1_000

/** Hears what the connections of a process say of their providers. */
export class Divergences {
  readonly #hearing: Hearing
  /** When a question was first answered differently, by chain and question. */
  readonly #suspects = new Map<string, number>()

  constructor(hearing: Hearing) {
    this.#hearing = hearing
  }

  /** The connection, and nothing of it changed: whoever reads goes on, and whoever pays asks whether it may. */
  watch(connection: Connection): Connection {
    const made = new Map<string | symbol, unknown>()
    return new Proxy(connection, {
      get: (target, name) => {
        const known = made.get(name)
        if (known !== undefined) return known
        const value: unknown = Reflect.get(target, name, target)
        if (typeof value !== "function") return value
        const act = value.bind(target) as (...all: unknown[]) => unknown
        const keyOf = QUESTIONS[String(name)]
        const wrapped = keyOf ? this.#heard(target.chain, String(name), keyOf, act) : act
        made.set(name, wrapped)
        return wrapped
      },
    })
  }

  #heard(
    chain: ChainName,
    name: string,
    keyOf: (all: readonly unknown[]) => string,
    ask: (...all: unknown[]) => unknown,
  ) {
    return async (...all: unknown[]) => {
      const request = () => `${name} ${keyOf(all)}`.trim()
      try {
        const answer = await ask(...all)
        if (this.#suspects.size > 0) this.#suspects.delete(`${chain} ${request()}`)
        return answer
      } catch (error) {
        if (isDivergence(error)) this.hear(chain, request(), error)
        throw error
      }
    }
  }

  hear(chain: ChainName, request: string, error: BridgeError): void {
    const answers = Array.isArray(error.detail.said) ? (error.detail.said as Answer[]) : []
    this.note(chain, request, error.message, answers)
  }

  /** Also for one that was outvoted: it was told another world, and the next time it may be the greater part. */
  note(chain: ChainName, request: string, words: string, answers: readonly Answer[] = []): void {
    const nowMs = this.#hearing.now()
    const key = `${chain} ${request}`
    const firstMs = this.#suspects.get(key)
    const isKnown = firstMs !== undefined && nowMs - firstMs <= FORGET_MS
    const halts = isKnown && nowMs - firstMs >= AGAIN_MS
    // Within a moment it is the same time.
    if (isKnown && !halts) return
    // What stays so is told once in a while, and not with every look.
    this.#suspects.set(key, halts ? nowMs + QUIET_MS : nowMs)
    if (this.#suspects.size > SUSPECTS_MAX)
      this.#suspects.delete(this.#suspects.keys().next().value!)
    this.#hearing.tell({ chain, request: request.slice(0, 500), answers, words, halts })
  }
}

/** A node that is behind says nothing else than the others: whoever reads waits for it. */
function isDivergence(error: unknown): error is BridgeError {
  if (!(error instanceof BridgeError) || error.code !== "rpc-disagrees") return false
  return !/is behind|no recent block/.test(String(error.detail.why ?? ""))
}

/** What tells one question from another. */
const QUESTIONS: Readonly<Record<string, (all: readonly unknown[]) => string>> = {
  tip: () => "",
  block: ([height]) => String(height),
  locate: ([id]) => String(id),
  locateAll: ([ids]) => (ids as readonly string[]).join(" "),
  vet: () => "",
  terms: () => "",
  fate: ([, terms]) => JSON.stringify(terms),
  deposited: () => "",
  unattributed: () => "",
}
