// Several endpoints as one: what they say is compared, and only what they share is believed.

import { sha256 } from "@noble/hashes/sha2.js"
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js"
import { BridgeError } from "../core/errors.ts"

export type Outcome<T> =
  | { readonly from: string; readonly value: T }
  | { readonly from: string; readonly error: unknown }

/** One endpoint beside the others. */
export interface EndpointReport {
  readonly url: string
  /** Of the program that answers; null when it does not say, or not at all. */
  readonly version: string | null
  /** The newest block that it shows; null when it shows none. */
  readonly height: number | null
  /** Whether it says the same as the others of the newest block that all have; null when it says nothing. */
  readonly agrees: boolean | null
  /** Why it did not answer. */
  readonly problem: string | null
  /** What it does not have, and cannot be done without. */
  readonly lacks?: string | undefined
}

/** What more than half of those say that say anything; null when there is nothing of the kind. */
export function usualOf(said: readonly (string | null)[]): string | null {
  const known = said.filter((text) => text !== null)
  const isUsual = (text: string) => known.filter((one) => one === text).length > known.length / 2
  return known.find(isUsual) ?? null
}

/** An endpoint that said something else than a quorum of the others. */
export interface Outvoted {
  readonly url: string | null
  readonly words: string
}

/**
 * The values of the endpoints that answered, when those are more than half of all: of two both, of three
 * two. Else throws `rpc-unavailable`. An endpoint that was caught lying (`rpc-disagrees`) is not merely
 * absent: its error is thrown.
 */
export function answered<T>(
  outcomes: readonly Outcome<T>[],
): readonly { from: string; value: T }[] {
  const answers = outcomes.flatMap((outcome) => ("value" in outcome ? [outcome] : []))
  const errors = outcomes.flatMap((outcome) => ("error" in outcome ? [outcome.error] : []))
  for (const error of errors) if (!isUnavailable(error)) throw error
  if (answers.length > outcomes.length / 2) return answers
  if (outcomes.length === 1) throw errors[0]
  throw new BridgeError(
    "rpc-unavailable",
    { answered: answers.length, of: outcomes.length },
    { cause: errors[0] },
  )
}

/** The one value that all answers share, compared by `textOf`; throws `rpc-disagrees` with who said what. */
export function agreed<T>(outcomes: readonly Outcome<T>[], textOf: (value: T) => string): T {
  const answers = answered(outcomes)
  const said = answers.map(({ value }) => textOf(value))
  if (new Set(said).size > 1) throw new BridgeError("rpc-disagrees", sayings(answers, said))
  return answers[0]!.value
}

/** Who said what, for an error: short for people, and whole as far as it is kept. */
export function sayings(answers: readonly { readonly from: string }[], said: readonly string[]) {
  return {
    answers: answers.map(({ from }, at) => `${from} says ${said[at]!.slice(0, 200)}`).join("; "),
    said: answers.map(({ from }, at) => statement(from, said[at]!)),
  }
}

/** The beginning of what was compared, and the hash of all of it: for whoever looks into a divergence. */
export function statement(from: string, text: string) {
  return { from, text: text.slice(0, TEXT_MAX), sha256: bytesToHex(sha256(utf8ToBytes(text))) }
}

const TEXT_MAX = 16_384

/** The endpoints of one kind. One that failed is left alone for a while, if the others are enough. */
export class Quorum<Endpoint extends { readonly url: string }> {
  readonly endpoints: readonly Endpoint[]
  readonly #restMs: number
  readonly #restsUntil = new Map<string, number>()

  /** Throws `bad-config` for none, and for one that is named twice: it is no second opinion. */
  constructor(endpoints: readonly Endpoint[], restMs = 5_000) {
    const urls = endpoints.map(({ url }) => url)
    if (urls.length === 0 || new Set(urls).size < urls.length)
      throw new BridgeError("bad-config", { endpoints: urls.join(", "), why: "none, or one twice" })
    this.endpoints = endpoints
    this.#restMs = restMs
  }

  /** What all that answer agree on. Throws `rpc-unavailable` and `rpc-disagrees` as `agreed`. */
  async ask<T>(ask: (endpoint: Endpoint) => Promise<T>, textOf: (value: T) => string): Promise<T> {
    const [only] = this.endpoints
    if (this.endpoints.length === 1) return ask(only!)
    return agreed(await this.outcomes(ask), textOf)
  }

  /** What each says that answers, for values that may rightly differ; more than half must. */
  async collect<T>(ask: (endpoint: Endpoint) => Promise<T>): Promise<readonly T[]> {
    return answered(await this.outcomes(ask)).map(({ value }) => value)
  }

  async outcomes<T>(ask: (endpoint: Endpoint) => Promise<T>): Promise<readonly Outcome<T>[]> {
    const nowMs = performance.now()
    const rests = ({ url }: Endpoint) => (this.#restsUntil.get(url) ?? 0) > nowMs
    const rested = this.endpoints.filter((endpoint) => !rests(endpoint))
    const isEnough = rested.length > this.endpoints.length / 2
    return Promise.all(
      this.endpoints.map(async (endpoint): Promise<Outcome<T>> => {
        const from = endpoint.url
        if (isEnough && rests(endpoint))
          return {
            from,
            error: new BridgeError("rpc-unavailable", { url: from, why: "it failed lately" }),
          }
        try {
          return { from, value: await ask(endpoint) }
        } catch (error) {
          if (isUnavailable(error)) this.#restsUntil.set(from, performance.now() + this.#restMs)
          return { from, error }
        }
      }),
    )
  }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof BridgeError && error.code === "rpc-unavailable"
}
