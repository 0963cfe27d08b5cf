// A transcript replayed offline: every signature, every link, every test signature, and the key that comes out.

import { z } from "zod"
import { assert } from "../../core/assert.ts"
import { BridgeError } from "../../core/errors.ts"
import { schemeOf } from "../schemes/index.ts"
import type { GroupKey } from "../schemes/scheme.ts"
import {
  contentHash,
  type Envelope,
  envelopeShape,
  isSigned,
  keyOf,
  type Step,
} from "./envelope.ts"
import { keyAfter, packageHash } from "./outcome.ts"
import { linked, publishedBy, type SessionRecord, type Transcript } from "./record.ts"
import { checkRehearsal } from "./rehearsal.ts"
import { DEALT_LIMITS, groupProblems } from "./rules.ts"
import { readSaid } from "./said.ts"
import { seenBy } from "./seat.ts"
import { type Statement, sessionOf, statementProblems, statementShape } from "./statement.ts"
import { Trouble } from "./trouble.ts"

/** What a transcript proves. */
export interface Verified {
  readonly key: GroupKey
  /** Of the last session: who holds the shares, and on which network. */
  readonly statement: Statement
  /** What all its participants signed. */
  readonly head: string
  readonly sessions: number
  /** Plain words of every session. */
  readonly limits: readonly string[]
}

const shape: z.ZodType<Transcript> = z.strictObject({
  format: z.literal(1),
  sessions: z
    .array(
      z.strictObject({
        statement: statementShape,
        entries: z.array(z.strictObject({ link: z.string(), message: envelopeShape })).max(2_000),
        head: z.string(),
        seals: z.array(envelopeShape).max(256),
      }),
    )
    .min(1)
    .max(1_000),
})

/** Throws `bad-transcript` with the session and the reason. */
export async function verifyTranscript(json: unknown): Promise<Verified> {
  const read = shape.safeParse(json)
  if (!read.success) throw bad(0, z.prettifyError(read.error).slice(0, 500))
  const { sessions } = read.data
  const keys: GroupKey[] = []
  for (const [at, record] of sessions.entries()) {
    try {
      checkSuccession(record.statement, sessions[at - 1] ?? null)
      keys.push(await replayed(record, keys[at - 1] ?? null))
    } catch (error) {
      if (error instanceof Trouble) throw bad(at + 1, troubleText(error, record.statement))
      if (error instanceof BridgeError) throw bad(at + 1, error.message)
      throw error
    }
  }
  const record = sessions.at(-1)
  const key = keys.at(-1)
  assert(record !== undefined && key !== undefined, "a transcript has a session")
  // A dealt share is as good as the dealer's word; only after a refresh it is the members' alone.
  if (record.statement.kind === "deal" && record.statement.network !== "devnet")
    throw bad(sessions.length, "a dealt key was not refreshed at once")
  return {
    key,
    statement: record.statement,
    head: record.head,
    sessions: sessions.length,
    limits: [...new Set(sessions.flatMap(({ statement }) => statement.limits))],
  }
}

/** As `verifyTranscript`, for one session after a key that is known; all but the succession of sessions. */
export async function replayed(record: SessionRecord, before: GroupKey | null): Promise<GroupKey> {
  const { statement, entries, head } = record
  const problems = [...statementProblems(statement), ...groupProblems(statement)]
  if (problems.length > 0) refuse(problems.join("; "))
  const isDealt = statement.kind === "deal"
  if (isDealt && !DEALT_LIMITS.every((limit) => statement.limits.includes(limit)))
    refuse("a dealt key does not state its limits")
  const messages = entries.map(({ message }) => message)
  checkMessages(statement, messages)
  const again = linked(statement, messages)
  const isLinked = entries.every(({ link }, at) => link === again.entries[at]!.link)
  if (!isLinked || head !== again.head) refuse("a link is broken")
  checkSeals(record)
  const of = (step: Step) => messages.filter((one) => one.step === step)
  checkEchoes(of("announce"), of("announce-echo"))
  checkEchoes(of("commit"), of("commit-echo"))
  const key = await keyAfter(statement, before, readSaid(of("announce")))
  if (key.epoch !== statement.epoch) refuse("the key is of another epoch")
  if (key.threshold !== statement.threshold || key.parties !== statement.parties)
    refuse("the key is of another group")
  const own = packageHash(key)
  if (of("package").some(({ body }) => (body as { key?: unknown } | null)?.key !== own))
    refuse("a participant made another key")
  await checkRehearsal(statement, key, of("commit"), of("sign"))
  return key
}

/** Public bytes of a key as the manifest carries them. */
export function keyText(key: GroupKey): string {
  return Buffer.from(schemeOf(key.scheme).encode(key)).toString("base64url")
}

function checkSuccession(statement: Statement, before: SessionRecord | null): void {
  if (before === null) {
    if (statement.previous !== null) refuse("its beginning is missing")
    return
  }
  const last = before.statement
  if (statement.previous !== before.head) refuse("it does not go on from the session before")
  if (statement.epoch !== last.epoch + 1) refuse("an epoch is left out")
  for (const name of ["network", "group", "scheme"] as const)
    if (statement[name] !== last[name]) refuse(`the ${name} changes`)
  if (last.kind === "deal" && statement.kind !== "refresh")
    refuse("a dealt key is refreshed before anything else")
  // Whoever had a place must still be who has it.
  for (const { before: index, certificate } of statement.participants) {
    if (index === null) continue
    const holder = last.participants.find(({ after }) => after === index)
    if (holder?.certificate !== certificate) refuse(`old member ${index} is somebody else`)
  }
}

function checkMessages(statement: Statement, messages: readonly Envelope[]): void {
  const session = sessionOf(statement)
  const expected = publishedBy(statement).flatMap(([step, places]) =>
    places.map((place) => ({ step, place })),
  )
  if (messages.length !== expected.length) refuse("messages are missing, or too many")
  for (const [at, { step, place }] of expected.entries()) {
    const message = messages[at]!
    if (message.step !== step || message.from !== place || message.to !== null)
      refuse(`message ${at + 1} is not ${step} of participant ${place}`)
    checkSigned(statement, session, message)
  }
}

function checkSeals({ statement, seals, head }: SessionRecord): void {
  const session = sessionOf(statement)
  if (seals.length !== statement.participants.length) refuse("not all participants signed")
  for (const [at, seal] of seals.entries()) {
    if (seal.step !== "seal" || seal.from !== at + 1 || seal.to !== null)
      refuse(`signature ${at + 1} is not of participant ${at + 1}`)
    checkSigned(statement, session, seal)
    if ((seal.body as { head?: unknown } | null)?.head !== head)
      refuse(`participant ${at + 1} signed another transcript`)
  }
}

function checkSigned(statement: Statement, session: string, message: Envelope): void {
  const { certificate, name } = statement.participants[message.from - 1]!
  if (message.session !== session || message.epoch !== statement.epoch)
    refuse(`a message of ${name} is of another session`)
  if (!isSigned(message, keyOf(certificate))) refuse(`a signature of ${name} is wrong`)
}

/** All heard what is written. */
function checkEchoes(told: readonly Envelope[], echoes: readonly Envelope[]): void {
  for (const echo of echoes) {
    const seen = seenBy(echo)
    const isSame =
      Object.keys(seen).length === told.length &&
      told.every((one) => seen[one.from] === contentHash(one))
    if (!isSame) refuse(`participant ${echo.from} heard something else`)
  }
}

function troubleText({ message, blames }: Trouble, { participants }: Statement): string {
  const who = blames.map(({ place }) => participants[place - 1]?.name ?? "somebody")
  return [message, ...who].join(", ")
}

function refuse(reason: string): never {
  throw new BridgeError("bad-request", { reason })
}

function bad(session: number, reason: string): BridgeError {
  return new BridgeError("bad-transcript", { session, reason })
}
