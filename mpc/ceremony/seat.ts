// One party's seat in a session: it speaks, hears all others, compares what they heard, and stops with a reason.

import type { Board } from "./board.ts"
import { contentHash, type Envelope, type Step, signEnvelope } from "./envelope.ts"
import type { Mail } from "./mail.ts"
import type { Place, Statement } from "./statement.ts"
import { type Blame, Trouble } from "./trouble.ts"

/** Milliseconds. */
export interface Patience {
  /** For all to come to the first step. */
  readonly gatherMs: number
  /** For each later step. */
  readonly stepMs: number
  /** For the others' reasons, when a session is stopped. */
  readonly graceMs: number
}

export const PATIENCE: Patience = { gatherMs: 900_000, stepMs: 60_000, graceMs: 3_000 }

/** The reason of whoever stops because another one did. */
export const STOPPED = "another party stopped"

export interface Seat {
  readonly statement: Statement
  readonly place: Place
  readonly board: Board
  /** Everybody's place. */
  readonly all: readonly Place[]
  /** Tells all; resolves to what each of `senders` told, in their order. Throws `Trouble`. */
  say(step: Step, body: unknown, senders?: readonly Place[]): Promise<readonly Envelope[]>
  /** As `say`; then all tell what they heard, and it must be the same. */
  agree(
    step: Step,
    echo: Step,
    body: unknown,
    senders?: readonly Place[],
  ): Promise<readonly Envelope[]>
  /** Tells each receiver its own; resolves to what each of `senders` told this party. */
  tell(
    step: Step,
    bodies: ReadonlyMap<Place, unknown>,
    senders: readonly Place[],
  ): Promise<readonly Envelope[]>
  /** Tells all, without waiting for anything. */
  announce(step: Step, body: unknown): void
}

export function takeSeat(options: {
  readonly statement: Statement
  readonly place: Place
  /** This party's private key, PEM. */
  readonly key: string
  readonly board: Board
  readonly mail: Mail
  readonly patience: Patience
}): Seat {
  const { statement, place, key, board, mail, patience } = options
  const { session } = board
  const all = statement.participants.map((_, at) => at + 1)
  const others = all.filter((one) => one !== place)
  const post = (step: Step, to: Place | null, body: unknown) => {
    const { epoch } = statement
    const envelope = signEnvelope(key, { session, epoch, from: place, to, step, body })
    if (to === null) board.take(envelope, place)
    for (const receiver of to === null ? others : [to]) mail.send(receiver, envelope)
  }
  const collect = async (step: Step, senders: readonly Place[], to: Place | null) => {
    const missing = () => senders.filter((one) => board.get(step, one, to) === null)
    const stops = () => others.filter((one) => board.get("abort", one) !== null)
    const isOver = () => missing().length === 0 || board.caught.length > 0 || stops().length > 0
    const waitMs = step === "announce" ? patience.gatherMs : patience.stepMs
    await board.until(isOver, waitMs)
    if (board.caught.length > 0) throw new Trouble("a party told two things")
    if (missing().length === 0) {
      return senders.map((one) => board.get(step, one, to)!)
    }
    if (stops().length > 0) throw new Trouble(STOPPED)
    throw new Trouble(
      `not all were heard at "${step}"`,
      missing().map((one): Blame => {
        const why = mail.trouble(one)
        const reason = `silent at "${step}"${why === null ? "" : `; ${why}`}`
        return { place: one, certainty: "silent", reason }
      }),
    )
  }
  const seat: Seat = {
    statement,
    place,
    board,
    all,
    announce: (step, body) => post(step, null, body),
    say: async (step, body, senders = all) => {
      if (senders.includes(place)) post(step, null, body)
      return collect(step, senders, null)
    },
    agree: async (step, echo, body, senders = all) => {
      const heard = await seat.say(step, body, senders)
      const seen = Object.fromEntries(heard.map((one) => [one.from, contentHash(one)]))
      compare(heard, await seat.say(echo, { seen }))
      return heard
    },
    tell: async (step, bodies, senders) => {
      for (const [to, body] of bodies) post(step, to, body)
      return collect(step, senders, place)
    },
  }
  return seat
}

/** Throws `Trouble` that shows our copy of whatever somebody heard otherwise. */
function compare(heard: readonly Envelope[], echoes: readonly Envelope[]): void {
  const differing = heard.filter((one) => {
    const own = contentHash(one)
    return echoes.some((echo) => seenBy(echo)[one.from] !== own)
  })
  if (differing.length > 0) throw new Trouble("not all heard the same", [], { evidence: differing })
}

/** The hashes of an echo, by sender; of one that is none, nothing. */
export function seenBy({ body }: Envelope): Readonly<Record<Place, string>> {
  const { seen } = (body ?? {}) as { seen?: unknown }
  return typeof seen === "object" && seen !== null ? (seen as Record<Place, string>) : {}
}
