// One signing session of a coordinator: whom to ask when, when to give up, and what the answers add up to.

import { BridgeError } from "../core/errors.ts"
import type { BlameKind } from "./asides.ts"
import type { Commitments, CommitReply, Committed, Signed, SignReply } from "./protocol.ts"
import {
  type GroupKey,
  hasTwoRounds,
  type Index,
  type Scheme,
  type TwoRoundScheme,
} from "./schemes/scheme.ts"
import { type Answered, alarm, answerOf, gather, Tally } from "./tally.ts"

/** What a signer did that it should not have. */
export interface Blame {
  readonly signer: Index
  readonly session: string
  readonly kind: BlameKind
  readonly detail: string
}

export interface Signatures {
  /** One a message, in their order; each verified. */
  readonly signatures: readonly Uint8Array[]
  /** Whose partials they are made of: exactly the threshold, of each key. */
  readonly signers: readonly Index[]
}

export interface Party {
  readonly index: Index
  readonly name: string
  /** The first of two rounds. Throws `signer-unreachable` when no answer comes, or none that can be read. */
  commit(session: string, signal: AbortSignal): Promise<CommitReply>
  /** The only round, or the last, with the quorum's commitments. Throws as `commit`. */
  sign(
    session: string,
    commitments: Commitments | undefined,
    signal: AbortSignal,
  ): Promise<SignReply>
}

export interface Session {
  readonly scheme: Scheme
  readonly key: GroupKey
  /** Unique. */
  readonly session: string
  readonly messages: readonly Uint8Array[]
  /** All members, in the order in which they are asked. */
  readonly parties: readonly Party[]
  /** The oldest protocol that counts. */
  readonly versionMin: number
  /** Milliseconds after which the rest are asked as well. */
  readonly hedgeMs: number
  readonly onBlame: (blame: Blame) => void
}

/** Throws as `ClusterClient.sign` does, as soon as a quorum is out of reach. */
export function runSession(session: Session): Promise<Signatures> {
  const { scheme } = session
  return hasTwoRounds(scheme) ? twoRounds(session, scheme) : oneRound(session)
}

type Parts = Pick<Signed, "index" | "partials">

/** Any threshold of partials makes the signatures: a bad one costs one more question. */
async function oneRound(session: Session): Promise<Signatures> {
  const tally = new Tally(session)
  let parts: Parts[] = []
  let needed = session.key.threshold
  return gather<Signed, Signatures>({
    session,
    tally,
    lacking: () => needed - parts.length,
    ask: (party, signal) => party.sign(session.session, undefined, signal),
    take: async (_, reply) => {
      if (!isWhole(session, tally, reply)) return null
      parts.push(reply)
      if (parts.length < needed) return null
      const { signatures, cheaters } = await combined(session, session.session, [], parts)
      for (const cheater of cheaters) tally.blame(cheater, "bad-partial", "does not combine")
      if (cheaters.length === 0) needed = parts.length + 1
      parts = parts.filter(({ index }) => !cheaters.includes(index))
      const signers = parts.map(({ index }) => index).slice(0, session.key.threshold)
      return signatures && { signatures, signers }
    },
  })
}

/**
 * A quorum commits, and the same quorum signs: when one of it fails, another quorum begins another
 * session, without that one.
 */
async function twoRounds(session: Session, scheme: TwoRoundScheme): Promise<Signatures> {
  const tally = new Tally(session)
  for (let attempt = 1; ; attempt++) {
    const name = `${session.session}-${attempt}`
    const before = tally.left.length
    const quorum = await committed(session, scheme, tally, name)
    const commitments = session.messages.map((_, place) =>
      quorum.map(({ index, commitments }) => ({ from: index, bytes: commitments[place]! })),
    )
    const parts = await partialsOf(session, tally, name, commitments)
    if (parts) {
      const { signatures, cheaters } = await combined(session, name, commitments, parts)
      for (const cheater of cheaters) tally.blame(cheater, "bad-partial", "does not verify")
      if (signatures) return { signatures, signers: quorum.map(({ index }) => index) }
    }
    // Nobody to leave out: the same quorum would fail in the same way.
    if (tally.left.length === before) throw tally.failure(session.key.threshold, 0)
  }
}

/** The first threshold of signers that commit, sorted. */
async function committed(
  session: Session,
  scheme: TwoRoundScheme,
  tally: Tally,
  name: string,
): Promise<readonly Committed[]> {
  const { key, messages } = session
  const quorum: Committed[] = []
  return gather<Committed, readonly Committed[]>({
    session,
    tally,
    lacking: () => key.threshold - quorum.length,
    ask: (party, signal) => party.commit(name, signal),
    take: async (_, reply) => {
      const { index, commitments } = reply
      const isSound =
        commitments.length === messages.length &&
        commitments.every((bytes) => scheme.isCommitment(key, { from: index, bytes }))
      if (!isSound) tally.blame(index, "bad-commitment", "not what the scheme takes")
      else quorum.push(reply)
      if (quorum.length < key.threshold) return null
      return quorum.sort((a, b) => a.index - b.index)
    },
  })
}

/** The partials of the whole quorum, or null when one of it failed. Who is silent past the hedge fails, if others are left. */
async function partialsOf(
  session: Session,
  tally: Tally,
  name: string,
  commitments: Commitments,
): Promise<readonly Parts[] | null> {
  const quorum = new Set(commitments[0]!.map(({ from }) => from))
  const parties = tally.left.filter(({ index }) => quorum.has(index))
  const over = new AbortController()
  const hedge = alarm(session.hedgeMs)
  const parts: Parts[] = []
  const pending = new Map<Index, Promise<Answered<Signed>>>(
    parties.map((party) => [
      party.index,
      answerOf<Signed>(party, party.sign(name, commitments, over.signal)),
    ]),
  )
  let late = [hedge.rings]
  try {
    while (pending.size > 0) {
      const answered = await Promise.race([...late, ...pending.values()])
      if (answered === null) {
        late = []
        if (tally.left.length - pending.size < session.key.threshold) continue
        for (const { index, name } of parties)
          if (pending.has(index)) tally.blame(index, "unreachable", `${name} is silent`)
        return null
      }
      const { party, reply } = answered
      pending.delete(party.index)
      const sound = tally.take(party, reply)
      if (sound === null || !isWhole(session, tally, sound)) return null
      parts.push(sound)
    }
    return parts
  } finally {
    hedge.stop()
    over.abort()
  }
}

function isWhole({ messages }: Session, tally: Tally, { index, partials }: Parts): boolean {
  if (partials.length === messages.length) return true
  tally.blame(index, "bad-partial", `${partials.length} for ${messages.length} messages`)
  return false
}

interface Combined {
  readonly signatures: readonly Uint8Array[] | null
  readonly cheaters: readonly Index[]
}

/** The signatures, when there is one of every message, and all who spoiled one. */
async function combined(
  { scheme, key, messages }: Session,
  name: string,
  commitments: Commitments,
  parts: readonly Parts[],
): Promise<Combined> {
  const made = await Promise.all(
    messages.map((message, place) =>
      scheme.aggregate(
        key,
        { session: name, message, commitments: commitments[place] ?? [] },
        parts.map(({ index, partials }) => ({ from: index, bytes: partials[place]! })),
      ),
    ),
  ).catch((error: unknown) => {
    throw new BridgeError(
      "assertion",
      { claim: "what was collected can be combined" },
      { cause: error },
    )
  })
  const cheaters = [...new Set(made.flatMap((one) => one.cheaters))]
  const signatures = made.flatMap(({ signature }) => signature ?? [])
  return { signatures: signatures.length === messages.length ? signatures : null, cheaters }
}
