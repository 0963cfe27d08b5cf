// All that one party received in a session, each message checked, and who was caught saying two things.

import type { KeyObject } from "node:crypto"
import { BridgeError } from "../../core/errors.ts"
import { contentHash, type Envelope, isSigned, keyOf, type Step } from "./envelope.ts"
import { type Place, type Statement, sessionOf } from "./statement.ts"

export class Board {
  readonly session: string
  readonly #statement: Statement
  readonly #keys: readonly KeyObject[]
  /** What came from its sender itself. */
  readonly #held = new Map<string, Envelope>()
  /** The first of each that was seen, by whomever it was shown. */
  readonly #seen = new Map<string, Envelope>()
  readonly #caught = new Set<Place>()
  readonly #listeners = new Set<() => void>()

  constructor(statement: Statement) {
    this.#statement = statement
    this.session = sessionOf(statement)
    this.#keys = statement.participants.map(({ certificate }) => keyOf(certificate))
  }

  /** Takes what `sender` itself delivered. Throws `bad-request` for what is not its own, or not signed. */
  take(envelope: Envelope, sender: Place): void {
    if (envelope.from !== sender) bad("a message is delivered by its sender")
    this.show(envelope)
    const name = nameOf(envelope)
    if (!this.#held.has(name)) this.#held.set(name, envelope)
    for (const listener of [...this.#listeners]) listener()
  }

  /** Looks at a message that somebody shows: with another one of the same sender and step, it is proof. */
  show(envelope: Envelope): void {
    const { session, epoch, from, to } = envelope
    const key = this.#keys[from - 1]
    if (to !== null && !this.#keys[to - 1]) bad("a message to nobody")
    if (session !== this.session || epoch !== this.#statement.epoch || !key)
      bad("a message of another session")
    if (!isSigned(envelope, key)) bad("the signature is wrong")
    const name = nameOf(envelope)
    const first = this.#seen.get(name) ?? envelope
    if (contentHash(first) !== contentHash(envelope)) this.#caught.add(from)
    this.#seen.set(name, first)
  }

  get(step: Step, from: Place, to: Place | null = null): Envelope | null {
    return this.#held.get(nameOf({ step, from, to })) ?? null
  }

  /** The hashes that were shown of one message, by anybody. */
  hasSeen(step: Step, from: Place, hash: string): boolean {
    const seen = this.#seen.get(nameOf({ step, from, to: null }))
    return seen !== undefined && contentHash(seen) === hash
  }

  /** Whose signature is under two different messages of one step. */
  get caught(): readonly Place[] {
    return [...this.#caught].sort((a, b) => a - b)
  }

  /** Resolves to true when `isDone`, to false after `patienceMs`; looks whenever something comes. */
  until(isDone: () => boolean, patienceMs: number): Promise<boolean> {
    if (isDone()) return Promise.resolve(true)
    return new Promise((resolve) => {
      const settle = (result: boolean) => {
        clearTimeout(timer)
        this.#listeners.delete(look)
        resolve(result)
      }
      const look = () => {
        if (isDone()) settle(true)
      }
      const timer = setTimeout(() => settle(isDone()), patienceMs)
      this.#listeners.add(look)
    })
  }
}

function nameOf({ step, from, to }: Pick<Envelope, "step" | "from" | "to">): string {
  return `${step} ${from} ${to ?? "all"}`
}

function bad(reason: string): never {
  throw new BridgeError("bad-request", { reason })
}
