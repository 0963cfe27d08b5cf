// One session of a ceremony as one participant holds it: from the first announcement to a key that all have signed for.

import { BridgeError } from "../../core/errors.ts"
import { schemeOf } from "../schemes/index.ts"
import type { PrimePair } from "../schemes/rsa/deal.ts"
import { type GroupKey, type Holding, hasTwoRounds, type Signer } from "../schemes/scheme.ts"
import type { Board } from "./board.ts"
import { readSealed, shareContext } from "./complaint.ts"
import type { Envelope } from "./envelope.ts"
import type { Mail } from "./mail.ts"
import { type Before, type Making, openCopy, startMaking } from "./making.ts"
import { keyAfter, packageHash } from "./outcome.ts"
import { linked, publishedBy, type SessionRecord } from "./record.ts"
import { checkRehearsal, partsBody, quorumsOf, sessionName, signingOf } from "./rehearsal.ts"
import { type Heard, readSaid, saidBody } from "./said.ts"
import { openSlot, type Sealed, type Slot, seal } from "./sealing.ts"
import { type Patience, type Seat, takeSeat } from "./seat.ts"
import { dealersOf, membersOf, type Place, type Statement } from "./statement.ts"
import { Trouble } from "./trouble.ts"
import { stopSession } from "./verdict.ts"

export interface SessionOptions {
  readonly statement: Statement
  readonly place: Place
  /** This participant's private key, PEM. */
  readonly key: string
  readonly board: Board
  readonly mail: Mail
  readonly patience: Patience
  /** Of a renewal. The share stays the caller's, and is good whatever happens here. */
  readonly before: Before | null
  /** Of the dealer of a new RSA key. */
  readonly primes: PrimePair | null
  /**
   * Puts the new share on the disk beside the old one. Nobody is told that this participant has it before
   * this has resolved.
   */
  readonly keep: (made: Unsealed) => Promise<void>
  readonly onStep?: (text: string) => void
}

/** A key before all have signed for it. */
export interface Unsealed {
  readonly key: GroupKey
  /** Null for who gets no share; its `share` stays the session's until the end, and then is the caller's. */
  readonly holding: Holding | null
  /** All but the seals. */
  readonly record: SessionRecord
}

/**
 * Holds the session. Throws `ceremony-aborted`, with who is to blame: then there is no new key, old shares
 * are as good as ever, and the next try is another session. When this participant has signed for the key
 * and not all others were heard, `undecided` is among the details: they may have gone on.
 */
export async function holdSession(options: SessionOptions): Promise<Unsealed> {
  const { statement, place, board, mail, key: ownKey, patience } = options
  const seat = takeSeat({ statement, place, key: ownKey, board, mail, patience })
  const course: Course = { heard: null, complain: null, isSealed: false }
  try {
    return await runThrough(options, seat, course)
  } catch (error) {
    throw await stopSession({
      ...{ seat, mail, error, patience, before: options.before?.key ?? null },
      heard: course.heard,
      complain: course.complain,
      isSealed: course.isSealed,
    })
  }
}

/** How far a session has come: what is needed when it stops. */
interface Course {
  heard: Heard | null
  /** While shares are looked at: what this party can show of a dealer's. */
  complain: ((dealer: Place) => Promise<Trouble["complaint"]>) | null
  isSealed: boolean
}

async function runThrough(options: SessionOptions, seat: Seat, course: Course): Promise<Unsealed> {
  const { statement, place, before, primes, keep, onStep = () => {} } = options
  const making = await startMaking(statement, place, { before, primes })
  let holding: Holding | null = null
  try {
    onStep("waiting for all participants")
    const slots = await slotsFor(statement, place)
    const publicKeys = [...slots].map(([dealer, slot]) => [dealer, slot.publicKey] as const)
    const said = { ...making.said, slots: Object.fromEntries(publicKeys) }
    const heard = readSaid(await seat.agree("announce", "announce-echo", saidBody(said)))
    course.heard = heard
    checkSlots(statement, heard)
    onStep("all announced the same to all")
    const key = await keyAfter(statement, before?.key ?? null, heard)
    const dealt = await exchange(seat, making, heard, slots, course)
    holding = await making.finish(key, heard, dealt)
    course.complain = null
    onStep("the shares fit what was announced")
    await comparePackages(seat, key)
    const steps = await rehearse(seat, key, holding)
    onStep(`${quorumsOf(key).length} quorums made their test signatures`)
    const messages = messagesOf(seat, steps)
    const record = { statement, ...linked(statement, messages), seals: [] }
    await keep({ key, holding, record })
    course.isSealed = true
    const seals = await seat.say("seal", { head: record.head })
    for (const one of seals) {
      if ((one.body as { head?: unknown } | null)?.head === record.head) continue
      const reason = "it signed another transcript"
      throw new Trouble(reason, [{ place: one.from, certainty: "seen", reason }])
    }
    onStep("all participants signed the transcript")
    return { key, holding, record: { ...record, seals } }
  } catch (error) {
    holding?.share.fill(0)
    throw error
  } finally {
    await making.close()
  }
}

async function slotsFor(statement: Statement, place: Place): Promise<ReadonlyMap<Place, Slot>> {
  if (statement.participants[place - 1]!.after === null) return new Map()
  const dealers = dealersOf(statement).filter((dealer) => dealer !== place)
  return new Map(
    await Promise.all(dealers.map(async (dealer) => [dealer, await openSlot()] as const)),
  )
}

function checkSlots(statement: Statement, heard: Heard): void {
  const dealers = dealersOf(statement)
  for (const place of membersOf(statement)) {
    const slots = heard.get(place)?.slots ?? {}
    if (dealers.every((dealer) => dealer === place || slots[dealer])) continue
    const reason = "it announced no key for its shares"
    throw new Trouble(reason, [{ place, certainty: "seen", reason }])
  }
}

/** The shares, sealed, to whom they are for; and those for this party, opened. */
async function exchange(
  seat: Seat,
  making: Making,
  heard: Heard,
  slots: ReadonlyMap<Place, Slot>,
  course: Course,
): Promise<ReadonlyMap<Place, Uint8Array>> {
  const { statement, place, board } = seat
  const shares = await making.deal(heard)
  const bodies = new Map<Place, Sealed>()
  const dealt = new Map<Place, Uint8Array>()
  for (const [to, share] of shares) {
    if (to === place) {
      dealt.set(place, Uint8Array.from(share))
      continue
    }
    const slot = heard.get(to)!.slots[place]!
    bodies.set(to, await seal(slot, share, shareContext(statement, place, to)))
    share.fill(0)
  }
  const senders = [...slots.keys()]
  course.complain = async (dealer) => {
    const sent = board.get("deal", dealer, place)
    const slot = slots.get(dealer)
    return sent && slot ? { sent, revealed: await slot.reveal() } : null
  }
  for (const { from, body } of await seat.tell("deal", bodies, senders)) {
    const sealed = readSealed(body)
    const context = shareContext(statement, from, place)
    const share =
      sealed &&
      (await slots
        .get(from)!
        .open(sealed, context)
        .catch(() => null))
    if (!share) {
      const reason = "its sealed share does not open"
      throw new Trouble(reason, [{ place: from, certainty: "claimed", reason }])
    }
    dealt.set(from, share)
  }
  return dealt
}

/** All see the same public key, or there is none. */
async function comparePackages(seat: Seat, key: GroupKey): Promise<void> {
  const own = packageHash(key)
  for (const { from, body } of await seat.say("package", { key: own })) {
    if ((body as { key?: unknown } | null)?.key === own) continue
    const reason = "it made another key from the same announcements"
    throw new Trouble(reason, [{ place: from, certainty: "seen", reason }])
  }
}

interface Steps {
  readonly commits: readonly Envelope[]
  readonly signs: readonly Envelope[]
}

/** Test signatures by quorums that all members are in; everybody checks every one. */
async function rehearse(seat: Seat, key: GroupKey, holding: Holding | null): Promise<Steps> {
  const { statement } = seat
  const members = membersOf(statement)
  const own = quorumsOf(key).flatMap((quorum, at) =>
    holding !== null && quorum.includes(holding.index) ? [at] : [],
  )
  const signer: Signer | null = holding === null ? null : await openCopy(holding)
  try {
    let commits: readonly Envelope[] = []
    if (hasTwoRounds(schemeOf(key.scheme))) {
      const rows = own.map(async (at) => {
        return [at, await signer!.commit(sessionName(statement, at))] as const
      })
      const body = partsBody(await Promise.all(rows))
      commits = await seat.agree("commit", "commit-echo", body, members)
    }
    const rows = own.map(async (at) => {
      return [at, await signer!.partial(signingOf(statement, key, at, commits))] as const
    })
    const signs = await seat.say("sign", partsBody(await Promise.all(rows)), members)
    await checkRehearsal(statement, key, commits, signs)
    return { commits, signs }
  } finally {
    await signer?.close()
  }
}

function messagesOf({ statement, board }: Seat, _: Steps): readonly Envelope[] {
  return publishedBy(statement).flatMap(([step, places]) =>
    places.map((place) => {
      const message = board.get(step, place)
      if (message === null) throw new BridgeError("assertion", { claim: "all steps were heard" })
      return message
    }),
  )
}
