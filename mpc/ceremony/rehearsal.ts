// Test signatures under a new key, by quorums that every member is in, before anything rests on it.

import { createHash } from "node:crypto"
import { z } from "zod"
import { schemeOf } from "../schemes/index.ts"
import { type GroupKey, hasTwoRounds, type Index, type Signing } from "../schemes/scheme.ts"
import type { Envelope } from "./envelope.ts"
import { membersOf, type Place, type Statement, sessionOf } from "./statement.ts"
import { Trouble } from "./trouble.ts"

/** Two quorums at least, unless there is but one; each of exactly the threshold, in order. */
export function quorumsOf({ threshold, parties }: Pick<GroupKey, "threshold" | "parties">) {
  const count = Math.ceil(parties / threshold)
  return Array.from({ length: count }, (_, at): readonly Index[] => {
    const first = Math.min(at * threshold, parties - threshold)
    return Array.from({ length: threshold }, (_, place) => first + place + 1)
  })
}

/**
 * What quorum `at` signs: no payout of any chain has these bytes, and no other session does. RSA's quorums
 * all sign the same, and it must be one signature.
 */
export function rehearsed(statement: Statement, at: number): Uint8Array {
  const text = `causeway/ceremony/rehearsal/v1 ${sessionOf(statement)}`
  if (statement.scheme === "rsa") return Buffer.from(text)
  return createHash("sha256").update(`${text} ${at}`).digest()
}

/** The part of quorum `at` in a member's message; its name there. */
export function sessionName(statement: Statement, at: number): string {
  return `${sessionOf(statement)}.${at}`
}

const parts = z.record(
  z.string().regex(/^[0-9]{1,3}$/),
  z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,1024}$/)
    .transform((text) => Uint8Array.from(Buffer.from(text, "base64url"))),
)

/** By quorum, what a member sent for it; throws `Trouble` that names it when it sent something else. */
export function readParts({ from, body }: Envelope): Readonly<Record<string, Uint8Array>> {
  const read = parts.safeParse((body as { parts?: unknown } | null)?.parts)
  if (read.success) return read.data
  const reason = "what it sent for the test signature is malformed"
  throw new Trouble(reason, [{ place: from, certainty: "seen", reason }])
}

export function partsBody(rows: readonly (readonly [at: number, part: Uint8Array])[]): unknown {
  const text = rows.map(([at, part]) => [at, Buffer.from(part).toString("base64url")] as const)
  return { parts: Object.fromEntries(text) }
}

/** The signing of quorum `at`, with what its members committed to. */
export function signingOf(
  statement: Statement,
  key: GroupKey,
  at: number,
  commits: readonly Envelope[],
): Signing {
  const scheme = schemeOf(key.scheme)
  const quorum = quorumsOf(key)[at]!
  const commitments = hasTwoRounds(scheme)
    ? quorum.map((index) => {
        const place = membersOf(statement)[index - 1]!
        const bytes = partOf(commits, place, at)
        if (!scheme.isCommitment(key, { from: index, bytes })) {
          const reason = "its commitment is none"
          throw new Trouble(reason, [{ place, certainty: "seen", reason }])
        }
        return { from: index, bytes }
      })
    : []
  return { session: sessionName(statement, at), message: rehearsed(statement, at), commitments }
}

/** Every quorum's signature is one of the key; throws `Trouble` that names who spoiled one. */
export async function checkRehearsal(
  statement: Statement,
  key: GroupKey,
  commits: readonly Envelope[],
  signs: readonly Envelope[],
): Promise<void> {
  const scheme = schemeOf(key.scheme)
  const members = membersOf(statement)
  for (const [at, quorum] of quorumsOf(key).entries()) {
    const signing = signingOf(statement, key, at, commits)
    const partials = quorum.map((index) => {
      return { from: index, bytes: partOf(signs, members[index - 1]!, at) }
    })
    const { signature, cheaters } = await scheme.aggregate(key, signing, partials)
    if (signature !== null && scheme.verify(key, signing.message, signature)) continue
    // With one round all sign the same, so the others' parts tell whose is wrong.
    const named = hasTwoRounds(scheme)
      ? cheaters
      : (await scheme.aggregate(key, signing, partsOfAll(statement, signs))).cheaters
    throw new Trouble(
      `the test signature of ${quorum.join(", ")} failed`,
      (named.length > 0 ? named : quorum).map((index) => ({
        place: members[index - 1]!,
        certainty: named.length > 0 ? "seen" : "claimed",
        reason:
          named.length > 0
            ? "its part of a test signature is wrong"
            : "one of this quorum is wrong",
      })),
    )
  }
}

function partsOfAll(statement: Statement, signs: readonly Envelope[]) {
  return membersOf(statement).flatMap((place, at) => {
    const sent = signs.find(({ from }) => from === place)
    const [bytes] = sent ? Object.values(readParts(sent)) : []
    return bytes ? [{ from: at + 1, bytes }] : []
  })
}

function partOf(envelopes: readonly Envelope[], place: Place, at: number): Uint8Array {
  const sent = envelopes.find(({ from }) => from === place)
  const part = sent && readParts(sent)[at]
  if (part) return part
  const reason = "it left out its part of a test signature"
  throw new Trouble(reason, [{ place, certainty: "seen", reason }])
}
