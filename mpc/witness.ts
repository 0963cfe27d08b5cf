// Who answered what in one signing session, and how soon: for people to see, nothing rests on it.

import { BridgeError, type ErrorCode, REMEDIES } from "../core/errors.ts"
import type { Refused } from "./protocol.ts"
import type { Index } from "./schemes/scheme.ts"
import type { Blame, Party } from "./session.ts"

/**
 * `not-yet`: it refuses for now, ask again. `blamed`: its answer was wrong, or none came. `silent`: it had not answered
 * when the session was over.
 */
export type VoteKind = "signed" | "refused" | "not-yet" | "blamed" | "silent"

/** Of one signer that was asked. */
export interface Vote {
  readonly signer: Index
  readonly name: string
  readonly vote: VoteKind
  /** Why, an error code or what it is blamed for; null when it signed. */
  readonly code: string | null
  /** Milliseconds that its answers took, all rounds; null when none came. */
  readonly ms: number | null
}

export interface SessionReport {
  readonly session: string
  readonly threshold: number
  readonly outcome: "signed" | "refused" | "missing" | "failed"
  readonly votes: readonly Vote[]
  /** Milliseconds from its beginning to its end. */
  readonly tookMs: number
}

/** Looks on while one session goes on. `now` in milliseconds of any clock that only goes forward. */
export class Witness {
  readonly #votes = new Map<Index, Vote>()
  readonly #now: () => number
  readonly #startMs: number

  constructor(now: () => number) {
    this.#now = now
    this.#startMs = now()
  }

  /** The same party, and what it answers is noted. */
  watch(party: Party): Party {
    return {
      ...party,
      commit: (session, signal) => this.#noted(party, false, () => party.commit(session, signal)),
      sign: (session, commitments, signal) =>
        this.#noted(party, true, () => party.sign(session, commitments, signal)),
    }
  }

  blame({ signer, kind }: Blame): void {
    const known = this.#votes.get(signer)
    // Who was slow alone still counted.
    if (known && kind !== "slow") this.#votes.set(signer, { ...known, vote: "blamed", code: kind })
  }

  report(session: string, threshold: number, failure: unknown = null): SessionReport {
    const votes = [...this.#votes.values()].sort((a, b) => a.signer - b.signer)
    const tookMs = Math.round(this.#now() - this.#startMs)
    return { session, threshold, outcome: outcomeOf(failure), votes, tookMs }
  }

  async #noted<Reply extends object>(
    { index, name }: Party,
    isLast: boolean,
    answer: () => Promise<Reply | Refused>,
  ): Promise<Reply | Refused> {
    const startMs = this.#now()
    const before = this.#votes.get(index)?.ms ?? 0
    const note = (vote: VoteKind, code: string | null, isAnswer: boolean) => {
      const ms = isAnswer ? before + Math.round(this.#now() - startMs) : null
      this.#votes.set(index, { signer: index, name, vote, code, ms })
    }
    note("silent", null, false)
    const reply = await answer()
    if ("refused" in reply) note(...refusalOf(reply), true)
    // A commitment alone signs nothing.
    else note(isLast ? "signed" : "silent", null, true)
    return reply
  }
}

function refusalOf({ refused }: Refused): readonly [VoteKind, string] {
  const lasting = refused.find(({ code }) => REMEDIES[code] !== "retry")
  if (lasting) return ["refused", lasting.code]
  return ["not-yet", refused[0]?.code ?? "not-yet"]
}

const OUTCOMES: Partial<Record<ErrorCode, SessionReport["outcome"]>> = {
  ...{ "signer-refused": "refused", "quorum-missing": "missing" },
}

function outcomeOf(failure: unknown): SessionReport["outcome"] {
  if (failure === null) return "signed"
  return (failure instanceof BridgeError && OUTCOMES[failure.code]) || "failed"
}
