// How a session stops: this party tells all others why, hears why they stopped, and says who is to blame.

import { z } from "zod"
import { BridgeError } from "../../core/errors.ts"
import type { GroupKey } from "../schemes/scheme.ts"
import { settle } from "./complaint.ts"
import { contentHash, type Envelope, envelopeShape, STEPS, type Step } from "./envelope.ts"
import type { Mail } from "./mail.ts"
import type { Heard } from "./said.ts"
import { type Patience, type Seat, STOPPED, seenBy } from "./seat.ts"
import type { Place } from "./statement.ts"
import { aborted, type Blame, type Complaint, Trouble, TWO_TONGUES } from "./trouble.ts"

export interface Stop {
  readonly seat: Seat
  readonly mail: Mail
  readonly error: unknown
  readonly patience: Patience
  readonly before: GroupKey | null
  /** What all announced, when it came so far. */
  readonly heard: Heard | null
  /** What this party can show of a dealer's share. */
  readonly complain: ((dealer: Place) => Promise<Complaint | null>) | null
  /** This party has signed for the key: others may go on without it. */
  readonly isSealed: boolean
}

/** Of more there is no need: one pair is proof. */
const EVIDENCE_MAX = 4

const shape = z.strictObject({
  reason: z.string().max(500),
  blames: z
    .array(z.strictObject({ place: z.number().int(), reason: z.string().max(500) }))
    .max(256),
  evidence: z.array(envelopeShape).max(EVIDENCE_MAX),
  complaint: z
    .strictObject({ sent: envelopeShape, revealed: z.string().regex(/^[A-Za-z0-9_-]{43}$/) })
    .nullable(),
})

/** The error that the session ends with, after the others had time to say theirs. */
export async function stopSession(stop: Stop): Promise<BridgeError> {
  const { seat, mail, error, patience } = stop
  const trouble = await troubleOf(stop)
  // What broke in this process alone is no message to the others beyond that it did.
  const own: Trouble = trouble ?? new Trouble("this party failed")
  const { blames, evidence, complaint } = own
  if (!stop.isSealed) {
    seat.announce("abort", {
      reason: own.message.slice(0, 500),
      blames: blames.map(({ place, reason }) => ({ place, reason: reason.slice(0, 500) })),
      evidence: evidence.slice(0, EVIDENCE_MAX),
      complaint,
    })
    const others = seat.all.filter((one) => one !== seat.place)
    const heardAll = () => others.every((one) => seat.board.get("abort", one) !== null)
    await Promise.all([seat.board.until(heardAll, patience.graceMs), mail.flush(patience.graceMs)])
  }
  const nameOf = (place: Place) => seat.statement.participants[place - 1]?.name ?? "somebody"
  const verdict = aborted(own.message, await verdictOf(stop, own), nameOf)
  if (trouble === null && !(error instanceof BridgeError)) return verdict
  return new BridgeError(
    "ceremony-aborted",
    {
      ...verdict.detail,
      ...(trouble === null && error instanceof BridgeError ? { reason: error.message } : {}),
      ...(stop.isSealed ? { undecided: UNDECIDED } : {}),
    },
    { cause: error },
  )
}

const UNDECIDED =
  "others may hold the finished transcript: get it and run `causeway ceremony attest` with it"

/** A receiver that names a dealer over a share shows what it can. */
async function troubleOf({ error, complain }: Stop): Promise<Trouble | null> {
  if (!(error instanceof Trouble)) return null
  const [first] = error.blames
  if (!complain || !first || error.blames.length !== 1) return error
  const complaint = await complain(first.place)
  if (complaint === null) return error
  return new Trouble(error.message, error.blames, { evidence: error.evidence, complaint })
}

async function verdictOf(stop: Stop, own: Trouble): Promise<readonly Blame[]> {
  const { seat, heard, before } = stop
  const { board, statement } = seat
  const reasons = seat.all.flatMap((place) => {
    const read = shape.safeParse(board.get("abort", place)?.body)
    return read.success ? [{ place, ...read.data }] : []
  })
  for (const { evidence, complaint } of reasons) {
    for (const one of [...evidence, ...(complaint ? [complaint.sent] : [])]) {
      // What is not signed proves nothing.
      try {
        board.show(one as Envelope)
      } catch {}
    }
  }
  const caught = board.caught.map(
    (place): Blame => ({ place, certainty: "proven", reason: TWO_TONGUES }),
  )
  if (caught.length > 0) return caught
  const settled: Blame[] = []
  for (const { place, complaint } of reasons) {
    if (!complaint || !heard) continue
    const blame = await settle(statement, before, heard, place, complaint as Complaint).catch(
      () => null,
    )
    if (blame && !settled.some((one) => one.place === blame.place)) settled.push(blame)
  }
  if (settled.length > 0) return settled
  const isDisputed = reasons.some(({ evidence }) => evidence.length > 0)
  const liars = isDisputed ? falseEchoes(seat) : []
  if (liars.length > 0) return liars
  // Who waited for somebody at an earlier step came no further: then it says whom it waited for. Whose own later
  // message is here did not wait.
  const isExcused = ({ place, certainty, reason }: Blame) =>
    certainty === "silent" &&
    reasons
      .filter((one) => one.place === place)
      .flatMap(({ blames }) => blames.map((its) => stepIn(its.reason)))
      .some((step) => step < stepIn(reason) && !wentOn(seat, place, step))
  const blamed = own.blames.filter((one) => !isExcused(one))
  if (blamed.length > 0) return blamed
  const waiting = own.blames.map(({ place }) => place)
  const claims = reasons
    .filter(({ place }) => waiting.length === 0 || waiting.includes(place))
    .flatMap(({ place: accuser, blames }) =>
      blames.map(({ place, reason }): Blame => {
        if (wentOn(seat, accuser, stepIn(reason)))
          return {
            place: accuser,
            certainty: "seen",
            reason: "it waited at no step that it passed",
          }
        const by = statement.participants[accuser - 1]!.name
        return { place, certainty: "claimed", reason: `${by} says: ${reason}` }
      }),
    )
  if (claims.length > 0)
    return claims.filter(({ place }, at) => claims.findIndex((one) => one.place === place) === at)
  // Nobody is accused, so whoever stopped first failed by itself.
  return reasons
    .filter(({ reason }) => reason !== STOPPED)
    .map(({ place, reason }) => ({ place, certainty: "claimed", reason }))
}

/** Whether a party has said anything of a later step than that one, and of the session itself. */
function wentOn({ board, place: self }: Seat, place: Place, step: number): boolean {
  const later = STEPS.slice(step + 1, STEPS.indexOf("abort"))
  return later.some((one) => board.get(one, place) !== null || board.get(one, place, self) !== null)
}

/** The place of the step at which somebody was silent; after all of them for any other reason. */
function stepIn(reason: string): number {
  const [, step] = /^silent at "([a-z-]+)"/.exec(reason) ?? []
  const at = STEPS.indexOf(step as Step)
  return at < 0 ? STEPS.length : at
}

/** Who says that it heard something that nobody has seen. */
function falseEchoes({ board, all }: Seat): readonly Blame[] {
  const steps = [
    ["announce", "announce-echo"],
    ["commit", "commit-echo"],
  ] as const
  return steps.flatMap(([step, echo]) =>
    all.flatMap((place): readonly Blame[] => {
      const echoed = board.get(echo, place)
      const isTrue = all.every((from) => {
        const message = board.get(step, from)
        if (!echoed || !message) return true
        const hash = seenBy(echoed)[from]
        return hash === contentHash(message) || (!!hash && board.hasSeen(step, from, hash))
      })
      const reason = "it says that it heard what nobody has seen"
      return isTrue ? [] : [{ place, certainty: "seen", reason }]
    }),
  )
}
