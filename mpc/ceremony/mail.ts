// How messages of a ceremony travel: each from its sender straight to each receiver, until it is there.

import { setTimeout as pause } from "node:timers/promises"
import { BridgeError } from "../../core/errors.ts"
import type { Identity } from "../certificate.ts"
import { type Answer, type Asking, type Bounds, openDoor, openLink } from "../transport.ts"
import { type Envelope, readEnvelope } from "./envelope.ts"
import type { Place } from "./statement.ts"

export interface Correspondent {
  readonly place: Place
  readonly name: string
  /** PEM, pinned. */
  readonly certificate: string
  /** `host:port`. */
  readonly address: string
}

export interface Mail {
  /** `host:port` of our own door. */
  readonly address: string
  /** Tries until it is delivered or refused, in the order of calls for each receiver. */
  send(to: Place, envelope: Envelope): void
  /** What went wrong last on the way to a receiver that has not got everything; null when nothing did. */
  trouble(to: Place): string | null
  /** Waits until all is delivered, at most `patienceMs`. */
  flush(patienceMs: number): Promise<void>
  close(): Promise<void>
}

/** Takes a message of a session that is under way; false when that session is not (yet) known here. */
export type Receive = (envelope: Envelope, from: Place) => boolean

/** A group of 128 announces with 85 commitments each; a body holds one message. */
const MAIL_BOUNDS: Partial<Bounds> = { bodyMax: 256 * 1024 }
const ANSWER_MS = 10_000
const AGAIN_MIN_MS = 50
const AGAIN_MAX_MS = 1_000

export async function openMail(options: {
  readonly identity: Identity
  readonly listen: string
  readonly others: readonly Correspondent[]
  readonly receive: Receive
}): Promise<Mail> {
  const { identity, listen, others, receive } = options
  const byName = new Map(others.map(({ certificate, place }) => [certificate, place]))
  const answer = async ({ peer, method, path, body }: Asking): Promise<Answer> => {
    const place = byName.get(peer.certificate)
    if (method !== "POST" || path !== "/ceremony" || place === undefined)
      return { status: 404, body: { error: "not found" } }
    try {
      const isKnown = receive(readEnvelope(body), place)
      return isKnown
        ? { status: 200, body: { taken: true } }
        : { status: 409, body: { error: "this party is in another session" } }
    } catch (error) {
      if (!(error instanceof BridgeError)) throw error
      return { status: 400, body: { error: error.message } }
    }
  }
  const peers = others.map((one) => ({ ...one, role: "signer" as const }))
  const door = await openDoor({ identity, listen, peers, bounds: MAIL_BOUNDS, answer })
  const ending = new AbortController()
  const routes = new Map(others.map((one) => [one.place, new Route(identity, one, ending.signal)]))
  return {
    address: door.address,
    send: (to, envelope) => routes.get(to)?.send(envelope),
    trouble: (to) => routes.get(to)?.trouble ?? null,
    flush: async (patienceMs) => {
      const late = pause(patienceMs, undefined, { ref: false })
      await Promise.race([Promise.all([...routes.values()].map((route) => route.idle())), late])
    },
    close: async () => {
      ending.abort()
      for (const route of routes.values()) route.close()
      await door.close()
    },
  }
}

/** The way to one receiver. */
class Route {
  readonly #link: ReturnType<typeof openLink>
  readonly #ending: AbortSignal
  #tail: Promise<void> = Promise.resolve()
  trouble: string | null = null

  constructor(identity: Identity, to: Correspondent, ending: AbortSignal) {
    this.#link = openLink(identity, { ...to, role: "signer" }, to.address)
    this.#ending = ending
  }

  send(envelope: Envelope): void {
    this.#tail = this.#tail.then(() => this.#deliver(envelope))
  }

  idle(): Promise<void> {
    return this.#tail
  }

  close(): void {
    this.#link.close()
  }

  async #deliver(envelope: Envelope): Promise<void> {
    for (let againMs = AGAIN_MIN_MS; !this.#ending.aborted; ) {
      this.trouble = await this.#attempt(envelope)
      // What is refused stays refused.
      if (this.trouble === null || this.trouble.startsWith("refused")) return
      await pause(againMs, undefined, { signal: this.#ending, ref: false }).catch(() => {})
      againMs = Math.min(2 * againMs, AGAIN_MAX_MS)
    }
  }

  async #attempt(envelope: Envelope): Promise<string | null> {
    const limits = { timeoutMs: ANSWER_MS, signal: this.#ending }
    try {
      const { status, body } = await this.#link.ask("POST", "/ceremony", envelope, limits)
      if (status === 200) return null
      const { error } = (body ?? {}) as { error?: unknown }
      return status === 400 ? `refused: ${String(error)}` : String(error)
    } catch (error) {
      return error instanceof BridgeError ? String(error.detail.reason) : "not delivered"
    }
  }
}
