// What one session of a ceremony is about: all that its participants agree on before they begin.

import { z } from "zod"
import type { Deployment } from "../../chains/chain.ts"
import { BridgeError } from "../../core/errors.ts"
import { fingerprintOf } from "../certificate.ts"
import type { Founding, Index, Renewal, SchemeName } from "../schemes/scheme.ts"
import { hashOf } from "./canonical.ts"

/** `generate`: without a dealer. `deal`: by one who knows all of the key. The others keep the key. */
export type Kind = "generate" | "deal" | "refresh" | "reshare"

/** A number from 1 for each participant of a session, in the order of the statement. */
export type Place = number

export interface Participant {
  readonly name: string
  /** PEM; every message of this participant is signed with its key. */
  readonly certificate: string
  /** Who answers for it, where it runs, and who keeps its keys (for people). */
  readonly operator: string
  readonly hosting: string
  readonly custody: string
  /** Its place in the group as it was, when it deals in a renewal. */
  readonly before: Index | null
  /** Its place in the group that is made. With neither it deals a new key, or witnesses that. */
  readonly after: Index | null
}

export interface Statement {
  readonly format: 1
  readonly kind: Kind
  readonly network: Deployment["network"]
  readonly group: string
  readonly scheme: SchemeName
  /** Of the key that is made. */
  readonly epoch: number
  readonly threshold: number
  readonly parties: number
  readonly participants: readonly Participant[]
  /** Of a `deal`: the dealer's place. */
  readonly dealer: Place | null
  /** Head of the transcript that this one goes on from. */
  readonly previous: string | null
  /** Hash of the roster that people compared (roster.ts), and which try this is: no session comes twice. */
  readonly roster: string
  readonly attempt: number
  readonly software: string
  /** What this key can't promise, in plain words. */
  readonly limits: readonly string[]
}

const text = (max: number) => z.string().min(1).max(max)
const hash = z.string().regex(/^[0-9a-f]{64}$/)
const index = z.number().int().min(1).max(128)

export const statementShape: z.ZodType<Statement> = z.strictObject({
  format: z.literal(1),
  kind: z.enum(["generate", "deal", "refresh", "reshare"]),
  network: z.enum(["devnet", "testnet", "mainnet"]),
  group: text(64),
  scheme: z.enum(["rsa", "taproot", "evm"]),
  epoch: z.number().int().min(0).max(1_000_000),
  threshold: index,
  parties: index,
  participants: z
    .array(
      z.strictObject({
        name: text(64),
        certificate: text(4096),
        operator: text(200),
        hosting: text(200),
        custody: text(200),
        before: index.nullable(),
        after: index.nullable(),
      }),
    )
    .min(2)
    .max(256),
  dealer: z.number().int().min(1).max(256).nullable(),
  previous: hash.nullable(),
  roster: hash,
  attempt: z.number().int().min(1).max(10_000),
  software: text(64),
  limits: z.array(text(500)).max(20),
})

/** Names the session, 32 bytes in hexadecimal: whoever means anything else by it has another one. */
export function sessionOf(statement: Statement): string {
  return hashOf("session", statement)
}

/** Places of those who hold a share afterwards, in the order of their index. */
export function membersOf({ participants }: Statement): readonly Place[] {
  return placesWith(participants, ({ after }) => after)
}

/** Places of those who deal, in the order of their index. */
export function dealersOf(statement: Statement): readonly Place[] {
  if (statement.kind === "deal") return statement.dealer === null ? [] : [statement.dealer]
  if (statement.kind === "generate") return membersOf(statement)
  return placesWith(statement.participants, ({ before }) => before)
}

/** By what number a scheme knows a dealer. */
export function dealerIndex(statement: Statement, place: Place): Index {
  const { before, after } = statement.participants[place - 1]!
  const index = statement.kind === "generate" ? after : before
  if (index === null) throw new BridgeError("bad-request", { reason: "no dealer", place })
  return index
}

export function foundingOf(statement: Statement): Founding {
  const { threshold, parties } = statement
  return { run: Buffer.from(sessionOf(statement), "hex"), threshold, parties }
}

export function renewalOf(statement: Statement): Renewal {
  const { kind, threshold, parties } = statement
  const dealers = dealersOf(statement).map((place) => dealerIndex(statement, place))
  return kind === "refresh"
    ? { kind: "refresh", dealers }
    : { kind: "reshare", dealers, threshold, parties }
}

/** Everything wrong with a statement by itself: numbering, roles, sizes; empty when it is sound. */
export function statementProblems(statement: Statement): string[] {
  const { kind, scheme, participants, parties, threshold, dealer, epoch, previous } = statement
  const indices = membersOf(statement).map((place) => participants[place - 1]!.after)
  const olds = participants.flatMap(({ before }) => before ?? [])
  const pins = participants.map(({ certificate }) => fingerprintOf(certificate))
  const isNew = kind === "generate" || kind === "deal"
  const dealing = dealer === null ? null : participants[dealer - 1]
  return [
    ...(indices.length === parties && indices.every((one, at) => one === at + 1)
      ? []
      : ["members are not numbered from 1 to the number of parties"]),
    ...(threshold <= parties ? [] : ["the threshold is above the number of parties"]),
    ...(new Set(pins).size === pins.length ? [] : ["a certificate has two places"]),
    ...(new Set(olds).size === olds.length
      ? []
      : ["two participants have one place in the old group"]),
    ...(isNew === (epoch === 0) ? [] : ["a new key, and only that, has epoch 0"]),
    ...(isNew === (previous === null)
      ? []
      : ["a renewal, and only that, goes on from a transcript"]),
    ...(isNew && olds.length > 0 ? ["a new key has no old members"] : []),
    ...(kind === "deal" && (!dealing || dealing.after !== null)
      ? ["the dealer is not a participant without a share"]
      : []),
    ...(kind !== "deal" && dealer !== null ? ["there is a dealer where none is needed"] : []),
    ...(kind === "deal" && scheme !== "rsa" ? ["this scheme needs no dealer"] : []),
    ...(kind === "generate" && scheme === "rsa" ? ["RSA has no key without a dealer"] : []),
    ...(kind !== "deal" &&
    participants.some(({ before, after }) => before === null && after === null)
      ? ["somebody takes part without a role"]
      : []),
    ...(kind === "refresh" && participants.some(({ before, after }) => before !== after)
      ? ["a refresh moves nobody"]
      : []),
  ]
}

function placesWith(
  participants: readonly Participant[],
  indexOf: (one: Participant) => Index | null,
): readonly Place[] {
  return participants
    .flatMap((one, at) => {
      const index = indexOf(one)
      return index === null ? [] : [{ place: at + 1, index }]
    })
    .sort((a, b) => a.index - b.index)
    .map(({ place }) => place)
}
