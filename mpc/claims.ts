// One slot a transfer: a signer helps to pay a transfer in one slot, until that slot is proven dead.
//
// The coordinator keeps the same rule; a signer keeps it alone, whatever the coordinator says or
// forgets, because two slots are two payments.

import { BridgeError } from "../core/errors.ts"
import type { Entry, Journal } from "./journal.ts"

export interface Claim {
  readonly transfer: string
  /** What the payout chain lets be used once, as the chain's codec names it. */
  readonly slot: string
  /** Hash of whom the transfer pays and how much; not of fees, so that a fee bump claims the same. */
  readonly payout: string
}

export interface ClaimRefused {
  readonly transfer: string
  /** `other-slot`: it holds `held`. `other-payout`: it holds this slot for something else. `dead`: the slot was released. */
  readonly reason: "other-slot" | "other-payout" | "dead"
  readonly held: string | null
}

/** Who holds what. Rebuilt from the journal's entries; knows nothing of disks. */
export class ClaimIndex {
  readonly #held = new Map<string, Held>()
  /** By transfer. A dead slot stays dead: a signature in it could land if the proof was wrong. */
  readonly #dead = new Map<string, Set<string>>()

  /** For `openJournal`; ignores entries of other rules. */
  replay(entry: Entry): void {
    const { transfer, slot, payout } = entry as Entry & Claim
    // Two processes on one journal may have left a claim that contradicts an older one. It was never
    // confirmed (see openJournal), so the older one counts.
    if (entry.kind === "claim" && !this.refusal({ transfer, slot, payout })) {
      this.#held.set(transfer, { slot, payout, onDisk: DONE })
    }
    if (entry.kind === "release" && this.holds(transfer, slot)) this.release(transfer, slot)
  }

  /** Why the claim may not be made, or null. */
  refusal({ transfer, slot, payout }: Claim): ClaimRefused | null {
    const held = this.#held.get(transfer)
    if (held && held.slot !== slot) return { transfer, reason: "other-slot", held: held.slot }
    if (held && held.payout !== payout) return { transfer, reason: "other-payout", held: slot }
    if (this.isDead(transfer, slot)) return { transfer, reason: "dead", held: null }
    return null
  }

  holds(transfer: string, slot: string): boolean {
    return this.#held.get(transfer)?.slot === slot
  }

  isDead(transfer: string, slot: string): boolean {
    return this.#dead.get(transfer)?.has(slot) ?? false
  }

  /** Takes the slot unless it is held already; resolves when the claim is on disk. */
  take({ transfer, slot, payout }: Claim, write: () => Promise<void>): Promise<void> {
    const held = this.#held.get(transfer)
    if (held) return held.onDisk
    const onDisk = write()
    this.#held.set(transfer, { slot, payout, onDisk })
    return onDisk
  }

  release(transfer: string, slot: string): void {
    this.#held.delete(transfer)
    this.#dead.set(transfer, (this.#dead.get(transfer) ?? new Set()).add(slot))
  }
}

/** The rule at work: index first, so that two requests at once cannot both pass, then disk. */
export class Claims {
  readonly #index: ClaimIndex
  readonly #journal: Journal

  /** `index` must have heard all of `journal`. */
  constructor(index: ClaimIndex, journal: Journal) {
    this.#index = index
    this.#journal = journal
  }

  /**
   * Claims all or nothing; resolves, when all are on disk, to no refusals, and without claiming
   * anything to those there are. To claim again what is held is fine. Only after it resolved to none
   * may a signature leave. Rejects with `journal-unwritable`.
   */
  async claim(claims: readonly Claim[]): Promise<readonly ClaimRefused[]> {
    const slots = new Map(claims.map((claim) => [claim.transfer, claim]))
    const refusals = claims.flatMap((claim) => {
      const last = slots.get(claim.transfer)!
      if (last.slot !== claim.slot || last.payout !== claim.payout) {
        throw new BridgeError("bad-request", { reason: "a transfer is claimed twice", ...claim })
      }
      return this.#index.refusal(claim) ?? []
    })
    if (refusals.length > 0) return refusals
    await Promise.all(
      claims.map((claim) =>
        this.#index.take(claim, () => this.#journal.append({ kind: "claim", ...claim })),
      ),
    )
    return []
  }

  /**
   * Frees a transfer for another slot. The caller has proven from its own view of the chain that the
   * old one is dead, and `evidence` says how. Throws `bad-request` unless the transfer holds it.
   */
  async release(transfer: string, slot: string, evidence: string): Promise<void> {
    if (this.#index.isDead(transfer, slot)) return
    if (!this.#index.holds(transfer, slot)) {
      throw new BridgeError("bad-request", {
        reason: "the transfer does not hold it",
        transfer,
        slot,
      })
    }
    // A later claim is behind this entry in the file, so it is on disk only if this is.
    this.#index.release(transfer, slot)
    await this.#journal.append({ kind: "release", transfer, slot, evidence })
  }
}

interface Held {
  readonly slot: string
  readonly payout: string
  readonly onDisk: Promise<void>
}

const DONE = Promise.resolve()
