// What a coordinator learns from the answers of a session: who signs, who refuses what, who is missing.

import { BridgeError } from "../core/errors.ts"
import { digestOf, type Refusal, type Refused, type Sound } from "./protocol.ts"
import type { Index } from "./schemes/scheme.ts"
import type { Blame, Party, Session } from "./session.ts"

export class Tally {
  readonly #session: Session
  readonly #digest: string
  readonly #refused = new Map<Index, readonly Refusal[]>()
  readonly #missing: string[] = []
  readonly #out = new Set<Index>()

  constructor(session: Session) {
    this.#session = session
    this.#digest = digestOf(session.messages)
  }

  /** Whoever can still be asked, in the order of the session. */
  get left(): readonly Party[] {
    return this.#session.parties.filter(({ index }) => !this.#out.has(index))
  }

  /** The answer when it counts; else it is noted, and its sender is out. */
  take<Reply extends Sound>(
    { index, name }: Party,
    reply: Reply | Refused | BridgeError,
  ): Reply | null {
    if (reply instanceof BridgeError) {
      this.#missing.push(name)
      this.blame(index, "unreachable", reply.message)
    } else if ("refused" in reply) {
      this.#refused.set(index, reply.refused)
      this.#out.add(index)
    } else if (reply.version < this.#session.versionMin) {
      const detail = `speaks version ${reply.version} of the protocol`
      this.#refused.set(index, [{ transfer: null, code: "outdated", detail }])
      this.blame(index, "outdated", detail)
    } else if (reply.digest !== this.#digest) {
      // Only parts of the same messages combine. It may be us who err: so it counts as a refusal.
      const detail = `derives another message, sha256 ${reply.digest}`
      this.#refused.set(index, [{ transfer: null, code: "signer-refused", detail }])
      this.blame(index, "other-message", detail)
    } else return reply
    return null
  }

  blame(signer: Index, kind: Blame["kind"], detail: string): void {
    this.#out.add(signer)
    this.#session.onBlame({ signer, session: this.#session.session, kind, detail })
  }

  /** Named, and still welcome in this session. */
  slow(signer: Index): void {
    const detail = "others answered first, and were asked later"
    this.#session.onBlame({ signer, session: this.#session.session, kind: "slow", detail })
  }

  /** Why there is no signature when `lacking` more are needed and `unknown` have not answered. */
  failure(lacking: number, unknown: number): BridgeError {
    const { key, parties, session } = this.#session
    const refusals = refusedBy([...this.#refused.values()], lacking, unknown)
    if (refusals !== null) return refusedBecause(refusals)
    return new BridgeError("quorum-missing", {
      session,
      needed: key.threshold,
      have: parties.length - this.#missing.length,
      missing: this.#missing,
    })
  }
}

/**
 * What keeps a quorum from signing, by what each signer refuses; null when refusals alone do not. When leaving transfers
 * out could give a signature, the fewest that would: those which the least refusing signers refuse, as many signers as a
 * quorum lacks.
 */
export function refusedBy(
  refused: readonly (readonly Refusal[])[],
  lacking: number,
  unknown: number,
): readonly Refusal[] | null {
  const rows = refused
    .filter((refusals) => refusals.every(({ transfer }) => transfer !== null))
    .sort((a, b) => a.length - b.length)
  const isByRows = rows.length > 0 && rows.length + unknown >= lacking
  const isRefused = isByRows || (refused.length > 0 && refused.length + unknown >= lacking)
  if (!isRefused) return null
  const all = (isByRows ? rows.slice(0, lacking) : refused).flat()
  return [...new Map(all.map((refusal) => [refusal.transfer, refusal])).values()]
}

function refusedBecause(refusals: readonly Refusal[]): BridgeError {
  const reasons = refusals.map(({ transfer, detail }) => `${transfer ?? "the request"} (${detail})`)
  return new BridgeError("signer-refused", { reasons: reasons.slice(0, 3).join(", "), refusals })
}

export interface Gathering<Reply extends Sound, Result> {
  readonly session: Session
  readonly tally: Tally
  ask(party: Party, signal: AbortSignal): Promise<Reply | Refused>
  /** How many more are needed than were taken. */
  lacking(): number
  /** Takes an answer that counts; what it makes of all of them, or null as long as that is nothing. */
  take(party: Party, reply: Reply): Promise<Result | null>
}

/**
 * Asks as many as are lacking, one more for each that fails, and all when the hedge has passed; what comes
 * after the result is dropped. Throws `Tally.failure` as soon as too few are left.
 */
export async function gather<Reply extends Sound, Result>(
  gathering: Gathering<Reply, Result>,
): Promise<Result> {
  const { session, tally } = gathering
  const spare = [...tally.left]
  const pending = new Map<Index, Promise<Answered<Reply>>>()
  const over = new AbortController()
  const hedge = alarm(session.hedgeMs)
  let late = [hedge.rings]
  let inTime: readonly Index[] = []
  const ask = (count: number) => {
    for (const party of spare.splice(0, Math.max(0, count)))
      pending.set(party.index, answerOf(party, gathering.ask(party, over.signal)))
  }
  try {
    for (;;) {
      ask(gathering.lacking() - pending.size)
      if (pending.size < gathering.lacking()) throw tally.failure(gathering.lacking(), pending.size)
      const answered = await Promise.race([...late, ...pending.values()])
      if (answered === null) {
        late = []
        inTime = [...pending.keys()]
        ask(spare.length)
        continue
      }
      const { party, reply } = answered
      pending.delete(party.index)
      const sound = tally.take(party, reply)
      const result = sound && (await gathering.take(party, sound))
      if (result === null) continue
      // Whoever was asked in time, and a whole quorum of others was faster than it, also of those asked late.
      if (late.length === 0) for (const index of inTime) if (pending.has(index)) tally.slow(index)
      return result
    }
  } finally {
    hedge.stop()
    over.abort()
  }
}

export interface Answered<Reply> {
  readonly party: Party
  readonly reply: Reply | Refused | BridgeError
}

/** What a party answers, or why it does not. */
export async function answerOf<Reply extends { readonly index: Index }>(
  party: Party,
  asked: Promise<Reply | Refused>,
): Promise<Answered<Reply>> {
  try {
    const reply = await asked
    if (reply.index === party.index) return { party, reply }
    const claim = { signer: party.name, reason: `it says it is number ${reply.index}` }
    return { party, reply: new BridgeError("signer-unreachable", claim) }
  } catch (cause) {
    if (cause instanceof BridgeError) return { party, reply: cause }
    const claim = { signer: party.name, reason: String(cause) }
    return { party, reply: new BridgeError("signer-unreachable", claim, { cause }) }
  }
}

/** Resolves to null after `afterMs`, unless stopped before. */
export function alarm(afterMs: number): { rings: Promise<null>; stop(): void } {
  let timer: NodeJS.Timeout | undefined
  const rings = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), afterMs)
  })
  return { rings, stop: () => clearTimeout(timer) }
}
