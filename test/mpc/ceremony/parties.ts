// Participants of a session in one process, each behind its own door and over real TLS.

import { Board } from "../../../mpc/ceremony/board.ts"
import { type Envelope, signEnvelope } from "../../../mpc/ceremony/envelope.ts"
import { type Mail, openMail } from "../../../mpc/ceremony/mail.ts"
import type { Before } from "../../../mpc/ceremony/making.ts"
import type { Patience } from "../../../mpc/ceremony/seat.ts"
import { holdSession, type Unsealed } from "../../../mpc/ceremony/session.ts"
import type { Participant, Place, Statement } from "../../../mpc/ceremony/statement.ts"
import { type Identity, newIdentity } from "../../../mpc/certificate.ts"
import type { PrimePair } from "../../../mpc/schemes/rsa/deal.ts"
import type { Holding } from "../../../mpc/schemes/scheme.ts"

const NOW = new Date("2026-01-01T00:00:00Z")
const known = new Map<string, Identity>()

/** The same name is the same party in a file's tests. */
export function identityOf(name: string): Identity {
  const identity = known.get(name) ?? newIdentity(name, { now: NOW })
  known.set(name, identity)
  return identity
}

export function aParticipant(
  name: string,
  seats: { readonly before?: number; readonly after?: number },
): Participant {
  return {
    name,
    certificate: identityOf(name).certificate,
    operator: `${name} Ltd`,
    hosting: `${name}'s rack`,
    custody: `${name}'s safe`,
    before: seats.before ?? null,
    after: seats.after ?? null,
  }
}

export function names(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `signer ${at + 1}`)
}

let attempts = 0

/** 3 of 5 make a taproot key, unless said otherwise. */
export function aStatement(parts: Partial<Statement> = {}): Statement {
  attempts += 1
  return {
    format: 1,
    kind: "generate",
    network: "devnet",
    group: "a group",
    scheme: "taproot",
    epoch: 0,
    threshold: 3,
    parties: 5,
    participants: names(5).map((name, at) => aParticipant(name, { after: at + 1 })),
    dealer: null,
    previous: null,
    roster: "0".repeat(64),
    attempt: attempts,
    software: "test",
    limits: [],
    ...parts,
  }
}

/** What a party does with a message before it leaves; null: it is lost. May answer another for each receiver. */
export type Tamper = (
  envelope: Envelope,
  to: Place,
  self: Self,
) => Envelope | null | Promise<Envelope | null>

/** What a dishonest party has: its key, and what it heard. */
export interface Self {
  readonly key: string
  readonly board: Board
}

export interface Meeting {
  readonly statement: Statement
  readonly before?: ReadonlyMap<Place, Before>
  readonly primes?: PrimePair
  readonly tampers?: Readonly<Record<Place, Tamper>>
  /** Places that never come. */
  readonly absent?: readonly Place[]
  readonly patience?: Partial<Patience>
  readonly keep?: (place: Place, made: Unsealed) => Promise<void>
}

export type Outcome =
  | { readonly made: Unsealed; readonly error: null }
  | { readonly made: null; readonly error: unknown }

/** Holds the session among all parties; what came of it, by place. */
export async function meet(meeting: Meeting): Promise<ReadonlyMap<Place, Outcome>> {
  const { statement, absent = [] } = meeting
  const present = statement.participants
    .map((one, at) => ({ ...one, place: at + 1 }))
    .filter(({ place }) => !absent.includes(place))
  const addresses = new Map<Place, string>(absent.map((place) => [place, "127.0.0.1:1"]))
  const boards = new Map(present.map(({ place }) => [place, new Board(statement)]))
  const mails = new Map<Place, Mail>()
  // Doors first on free ports, so that all addresses are known: each party's links come after.
  const doors = await Promise.all(present.map(({ place }) => freePort(place)))
  for (const { place, address } of doors) addresses.set(place, address)
  for (const { place, name } of present) {
    const board = boards.get(place)!
    const others = statement.participants
      .map((one, at) => ({ ...one, place: at + 1, address: addresses.get(at + 1)! }))
      .filter((one) => one.place !== place)
    const mail = await openMail({
      identity: identityOf(name),
      listen: addresses.get(place)!,
      others,
      receive: (envelope, from) => {
        if (envelope.session !== board.session) return false
        board.take(envelope, from)
        return true
      },
    })
    const { key } = identityOf(name)
    mails.set(place, tampered(mail, meeting.tampers?.[place], { key, board }))
  }
  // Long: on a busy machine nobody shall be blamed for it.
  const patience = { gatherMs: 60_000, stepMs: 60_000, graceMs: 10_000, ...meeting.patience }
  const rows = await Promise.all(
    present.map(async ({ place, name }): Promise<[Place, Outcome]> => {
      try {
        const made = await holdSession({
          statement,
          place,
          key: identityOf(name).key,
          board: boards.get(place)!,
          mail: mails.get(place)!,
          patience,
          before: meeting.before?.get(place) ?? null,
          primes: place === statement.dealer ? (meeting.primes ?? null) : null,
          keep: async (unsealed) => meeting.keep?.(place, unsealed),
        })
        return [place, { made, error: null }]
      } catch (error) {
        return [place, { made: null, error }]
      }
    }),
  )
  await Promise.all([...mails.values()].map((mail) => mail.flush(500)))
  await Promise.all([...mails.values()].map((mail) => mail.close()))
  return new Map(rows)
}

/** What each party goes on from after a session, for the next one's participants by name. */
export function beforeOf(
  outcomes: ReadonlyMap<Place, Outcome>,
  last: Statement,
  next: Statement,
): ReadonlyMap<Place, Before> {
  return new Map(
    next.participants.map(({ certificate }, at) => {
      const place = last.participants.findIndex((one) => one.certificate === certificate) + 1
      const key = [...outcomes.values()].find(({ made }) => made)!.made!.key
      const holding: Holding | null = outcomes.get(place)?.made?.holding ?? null
      return [at + 1, { key, holding }]
    }),
  )
}

function tampered(mail: Mail, tamper: Tamper | undefined, self: Self): Mail {
  if (!tamper) return mail
  let tail: Promise<void> = Promise.resolve()
  return {
    ...mail,
    send: (to, envelope) => {
      tail = tail.then(async () => {
        const changed = await tamper(envelope, to, self)
        if (changed) mail.send(to, changed)
      })
    },
  }
}

/** The same message with another body, signed by its sender. */
export function resigned(envelope: Envelope, body: unknown, { key }: Self): Envelope {
  const { session, epoch, from, to, step } = envelope
  return signEnvelope(key, { session, epoch, from, to, step, body })
}

async function freePort(place: Place): Promise<{ place: Place; address: string }> {
  const { createServer } = await import("node:net")
  const server = createServer().listen(0, "127.0.0.1")
  await new Promise((resolve) => server.once("listening", resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return { place, address: `127.0.0.1:${(address as { port: number }).port}` }
}
