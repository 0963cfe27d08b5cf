// Nonces between the two rounds: in memory alone, one message each, and not for long.

import type { Nonces } from "./core.ts"

/** What a signer keeps of a session: its nonces, and what it told the others of them. */
export interface Pending {
  readonly nonces: Nonces
  readonly commitment: Uint8Array
}

/**
 * Milliseconds by the wall clock. A machine that is restored from a snapshot finds its nonces too old,
 * because that clock went on; they may have signed something else meanwhile.
 */
export const NONCE_LIFE_MS = 60_000
/** Sessions that one signer waits for; the oldest makes room, so a flood harms only those it began. */
export const PENDING_MAX = 256

export class NoncePool {
  readonly #now: () => number
  readonly #pending = new Map<string, Pending & { readonly bornMs: number }>()

  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  /** The commitment of a session, the same when it is asked for again; made by `draw` when it is new. */
  commitment(session: string, draw: () => Pending): Uint8Array {
    this.#expire()
    const held = this.#pending.get(session)
    if (held) return held.commitment
    const drawn = draw()
    this.#pending.set(session, { ...drawn, bornMs: this.#now() })
    for (const oldest of this.#pending.keys()) {
      if (this.#pending.size <= PENDING_MAX) break
      this.#drop(oldest)
    }
    return drawn.commitment
  }

  /** Gives a session's nonces out, once: whatever becomes of them, they are not here any more. */
  take(session: string): Pending | null {
    this.#expire()
    const held = this.#pending.get(session) ?? null
    this.#pending.delete(session)
    return held
  }

  clear(): void {
    for (const session of [...this.#pending.keys()]) this.#drop(session)
  }

  #expire(): void {
    const nowMs = this.#now()
    for (const [session, { bornMs }] of this.#pending) {
      // A clock that was set back proves nothing either.
      if (nowMs - bornMs > NONCE_LIFE_MS || nowMs < bornMs) this.#drop(session)
    }
  }

  #drop(session: string): void {
    const held = this.#pending.get(session)
    if (held) wipe(held.nonces)
    this.#pending.delete(session)
  }
}

export function wipe({ hiding, binding }: Nonces): void {
  hiding.fill(0)
  binding.fill(0)
}
