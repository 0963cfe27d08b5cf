// One signing session of a coordinator: whom to ask when, when to give up, and what the answers add up to.

import { createHash } from "node:crypto"
import { BridgeError } from "../core/errors.ts"
import type { Refusal, SignReply } from "./protocol.ts"
import type { Contribution, GroupKey, Index, Scheme, Signing } from "./schemes/scheme.ts"

/** What a signer did that it should not have. */
export interface Blame {
  readonly signer: Index
  readonly session: string
  readonly kind: "bad-partial" | "other-message" | "unreachable"
  readonly detail: string
}

export interface Signature {
  readonly signature: Uint8Array
  /** Whose partials it is made of: exactly the threshold. */
  readonly signers: readonly Index[]
}

export interface Party {
  readonly index: Index
  readonly name: string
  /** Throws `signer-unreachable` when no answer comes, or none that can be read. */
  ask(signal: AbortSignal): Promise<SignReply>
}

export interface Session {
  readonly scheme: Scheme
  readonly key: GroupKey
  readonly signing: Signing
  /** All members, in the order in which they are asked. */
  readonly parties: readonly Party[]
  /** Milliseconds after which the rest are asked as well. */
  readonly hedgeMs: number
  readonly onBlame: (blame: Blame) => void
}

/**
 * Asks a quorum, one more for each that fails, and all when the hedge has passed; what then comes too
 * late is dropped. Throws as `ClusterClient.sign` does, as soon as a quorum is out of reach.
 */
export async function runSession(session: Session): Promise<Signature> {
  const spare = [...session.parties]
  const pending = new Map<Index, Promise<Answered>>()
  const tally = new Tally(session)
  const over = new AbortController()
  const hedge = alarm(session.hedgeMs)
  let late = [hedge.rings]
  const ask = (count: number) => {
    for (const party of spare.splice(0, Math.max(0, count))) {
      const answer = answerOf(party, over.signal)
      // Nobody waits any more for one that comes after the end.
      answer.catch(() => {})
      pending.set(party.index, answer)
    }
  }
  try {
    for (;;) {
      ask(tally.needed - tally.sound - pending.size)
      if (tally.sound + pending.size < tally.needed) throw tally.failure(pending.size)
      const answered = await Promise.race([...late, ...pending.values()])
      if (answered === null) {
        late = []
        ask(spare.length)
        continue
      }
      pending.delete(answered.party.index)
      const signature = await tally.add(answered)
      if (signature) return signature
    }
  } finally {
    hedge.stop()
    over.abort()
  }
}

interface Answered {
  readonly party: Party
  readonly reply: SignReply | BridgeError
}

/** What the answers so far amount to. */
class Tally {
  readonly #session: Session
  readonly #digest: string
  readonly #partials: Contribution[] = []
  readonly #refused = new Map<Index, readonly Refusal[]>()
  readonly #missing: string[] = []
  /** Sound partials that are needed: the threshold, and more when there is a bad one among them. */
  needed: number

  constructor(session: Session) {
    this.#session = session
    this.#digest = createHash("sha256").update(session.signing.message).digest("hex")
    this.needed = session.key.threshold
  }

  get sound(): number {
    return this.#partials.length
  }

  /** Counts an answer; the signature once it makes one. */
  async add({ party, reply }: Answered): Promise<Signature | null> {
    const { index } = party
    if (reply instanceof BridgeError) {
      this.#missing.push(party.name)
      this.#blame(index, "unreachable", reply.message)
    } else if ("refused" in reply) {
      this.#refused.set(index, reply.refused)
    } else if (reply.digest !== this.#digest) {
      // Only partials of one message combine. It may be us who err: so it counts as a refusal.
      const detail = `derives another message, sha256 ${reply.digest}`
      this.#refused.set(index, [{ transfer: null, code: "signer-refused", detail }])
      this.#blame(index, "other-message", detail)
    } else {
      this.#partials.push({ from: index, bytes: reply.partial })
      return this.#combine()
    }
    return null
  }

  async #combine(): Promise<Signature | null> {
    const { scheme, key, signing } = this.#session
    if (this.sound < this.needed) return null
    const { signature, cheaters } = await scheme.aggregate(key, signing, this.#partials)
    for (const cheater of cheaters) this.#blame(cheater, "bad-partial", "does not combine")
    if (signature) {
      const signers = this.#partials
        .map(({ from }) => from)
        .filter((one) => !cheaters.includes(one))
      return { signature, signers: signers.slice(0, key.threshold) }
    }
    if (cheaters.length === 0) this.needed = this.sound + 1
    for (const cheater of cheaters) {
      const place = this.#partials.findIndex(({ from }) => from === cheater)
      this.#partials.splice(place, 1)
    }
    return null
  }

  /**
   * Why there is no signature. When leaving transfers out could give one, the fewest that would: those
   * which the least refusing signers refuse, as many signers as a quorum lacks.
   */
  failure(unknown: number): BridgeError {
    const { key, parties, signing } = this.#session
    const lacking = this.needed - this.sound
    const rows = [...this.#refused.values()]
      .filter((refusals) => refusals.every(({ transfer }) => transfer !== null))
      .sort((a, b) => a.length - b.length)
    if (rows.length > 0 && rows.length + unknown >= lacking)
      return refusedBecause(rows.slice(0, lacking).flat())
    if (this.#refused.size + unknown >= lacking && this.#refused.size > 0)
      return refusedBecause([...this.#refused.values()].flat())
    return new BridgeError("quorum-missing", {
      session: signing.session,
      needed: key.threshold,
      have: parties.length - this.#missing.length,
      missing: this.#missing,
    })
  }

  #blame(signer: Index, kind: Blame["kind"], detail: string): void {
    this.#session.onBlame({ signer, session: this.#session.signing.session, kind, detail })
  }
}

function refusedBecause(all: readonly Refusal[]): BridgeError {
  const refusals = [...new Map(all.map((refusal) => [refusal.transfer, refusal])).values()]
  const reasons = refusals.map(({ transfer, detail }) => `${transfer ?? "the request"} (${detail})`)
  return new BridgeError("signer-refused", { reasons: reasons.slice(0, 3).join(", "), refusals })
}

async function answerOf(party: Party, signal: AbortSignal): Promise<Answered> {
  try {
    const reply = await party.ask(signal)
    if (reply.index === party.index) return { party, reply }
    const claim = { signer: party.name, reason: `it says it is number ${reply.index}` }
    return { party, reply: new BridgeError("signer-unreachable", claim) }
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error
    return { party, reply: error }
  }
}

/** Resolves to null after `afterMs`, unless stopped before. */
function alarm(afterMs: number): { rings: Promise<null>; stop(): void } {
  let timer: NodeJS.Timeout | undefined
  const rings = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), afterMs)
  })
  return { rings, stop: () => clearTimeout(timer) }
}
