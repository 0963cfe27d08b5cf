// Who comes to a ceremony and what for: an invitation, a signed card of each participant, and what follows from them.

import { createPrivateKey, sign, verify } from "node:crypto"
import { z } from "zod"
import { BridgeError } from "../../core/errors.ts"
import { fingerprintOf, type Identity } from "../certificate.ts"
import type { Coordinator, Manifest } from "../manifest.ts"
import { SCHEMES, type SchemeName } from "../schemes/scheme.ts"
import { canonical, hashOf } from "./canonical.ts"
import { keyOf } from "./envelope.ts"
import { DEALT_LIMITS, groupProblems } from "./rules.ts"
import {
  type Kind,
  type Participant,
  type Place,
  type Statement,
  statementProblems,
} from "./statement.ts"

export interface Invite {
  readonly format: 1
  readonly kind: Kind
  readonly network: Manifest["network"]
  readonly group: string
  readonly schemes: readonly SchemeName[]
  readonly threshold: number
  readonly parties: number
  readonly coordinators: readonly Coordinator[]
  /** Of a renewal: the head of each key's transcript as it is. */
  readonly previous: Readonly<Partial<Record<SchemeName, string>>>
  /** 32 random bytes in hexadecimal: no two invitations are alike. */
  readonly nonce: string
  /** ISO 8601, UTC. */
  readonly created: string
  /** ISO 8601, UTC; afterwards it is refused. */
  readonly expires: string
}

/** `leaving`: an old member that deals and gets no share. */
export type Role = "member" | "leaving" | "dealer" | "witness"
export const ROLES = ["member", "leaving", "dealer", "witness"] as const satisfies readonly Role[]

export interface Card {
  readonly format: 1
  /** Hash of the invitation that it answers. */
  readonly invite: string
  readonly role: Role
  readonly name: string
  readonly certificate: string
  /** `host:port` where the others reach it during the ceremony. */
  readonly address: string
  readonly operator: string
  readonly hosting: string
  readonly custody: string
  /** By the certificate's key, over all of the above. */
  readonly signature: string
}

export interface Roster {
  readonly format: 1
  readonly invite: Invite
  /** Sorted: by role, then by fingerprint. */
  readonly cards: readonly Card[]
}

const text = (max: number) => z.string().min(1).max(max)
const hash = z.string().regex(/^[0-9a-f]{64}$/)

const inviteShape: z.ZodType<Invite> = z.strictObject({
  format: z.literal(1),
  kind: z.enum(["generate", "deal", "refresh", "reshare"]),
  network: z.enum(["devnet", "testnet", "mainnet"]),
  group: text(64),
  schemes: z.array(z.enum(SCHEMES)).min(1).max(SCHEMES.length),
  threshold: z.number().int().min(2).max(128),
  parties: z.number().int().min(2).max(128),
  coordinators: z.array(z.strictObject({ name: text(64), certificate: text(4096) })).max(16),
  previous: z.partialRecord(z.enum(SCHEMES), hash),
  nonce: hash,
  created: z.iso.datetime(),
  expires: z.iso.datetime(),
})

const cardShape: z.ZodType<Card> = z.strictObject({
  format: z.literal(1),
  invite: hash,
  role: z.enum(ROLES),
  name: z.string().regex(/^[A-Za-z0-9 .-]{1,64}$/, "1 to 64 letters, digits, spaces, - and ."),
  certificate: text(4096),
  address: z.string().regex(/^(\[[0-9a-fA-F:]+\]|[^:[\]\s]+):[0-9]{1,5}$/, "host:port"),
  operator: text(200),
  hosting: text(200),
  custody: text(200),
  signature: z.string().regex(/^[A-Za-z0-9_-]{86}$/),
})

const rosterShape = z.strictObject({
  format: z.literal(1),
  invite: inviteShape,
  cards: z.array(cardShape).max(256),
})

/** Throws `bad-config` that names the `file`. */
export function readInvite(json: unknown, file: string): Invite {
  return read(inviteShape, json, file)
}

/** Throws `bad-config` that names the `file`, also for a card that its owner did not sign. */
export function readCard(json: unknown, file: string): Card {
  const card = read(cardShape, json, file)
  const { signature, ...rest } = card
  const isOwn = verify(
    null,
    cardBytes(rest),
    keyOf(card.certificate),
    Buffer.from(signature, "base64url"),
  )
  if (!isOwn) throw new BridgeError("bad-config", { file, problems: "its signature is wrong" })
  return card
}

/** Throws `bad-config`. */
export function readRoster(json: unknown, file: string): Roster {
  const roster = read(rosterShape, json, file)
  for (const card of roster.cards) readCard(card, `${file}, card of ${card.name}`)
  return roster
}

export function inviteHash(invite: Invite): string {
  return hashOf("invite", invite)
}

/** What participants read to each other: with the same hash, they mean the same by everything in it. */
export function rosterHash(roster: Roster): string {
  return hashOf("roster", roster)
}

export function signCard(
  { key, certificate }: Identity,
  fields: Omit<Card, "format" | "certificate" | "signature">,
): Card {
  const card = { format: 1 as const, ...fields, certificate }
  const signature = sign(null, cardBytes(card), createPrivateKey(key)).toString("base64url")
  return readCard({ ...card, signature }, "card")
}

/**
 * The roster of an invitation, whatever the order of the cards. Throws `bad-config` with everything that
 * stands against it: missing or doubled cards, an invitation that has expired, a group that must not be.
 */
export function makeRoster(invite: Invite, cards: readonly Card[], now: Date): Roster {
  const rank = ({ role, certificate }: Card) =>
    `${ROLES.indexOf(role)} ${fingerprintOf(certificate)}`
  const sorted = [...cards].sort((a, b) => (rank(a) < rank(b) ? -1 : 1))
  const roster: Roster = { format: 1, invite, cards: sorted }
  const problems = [
    ...(now.getTime() < Date.parse(invite.expires)
      ? []
      : [`the invitation expired at ${invite.expires}`]),
    ...doubles(
      cards.map(({ certificate }) => fingerprintOf(certificate)),
      "certificate",
    ),
    ...doubles(
      cards.map(({ name }) => name.toLowerCase()),
      "name",
    ),
    ...cards
      .filter((card) => card.invite !== inviteHash(invite))
      .map(({ name }) => `${name} answers another invitation`),
    ...countProblems(invite, cards),
  ]
  if (problems.length > 0) throw new BridgeError("bad-config", { problems: problems.join("; ") })
  return roster
}

export interface Planned {
  readonly statement: Statement
  /** `host:port` by place. */
  readonly addresses: ReadonlyMap<Place, string>
}

/**
 * The session that a roster means for one key. `last` is the statement of the key's transcript so far, of a
 * renewal; `head` what it goes on from. Throws `bad-config` when that can't be.
 */
export function planSession(
  roster: Roster,
  scheme: SchemeName,
  last: { readonly statement: Statement; readonly head: string } | null,
  { attempt, software }: { readonly attempt: number; readonly software: string },
): Planned {
  const { invite } = roster
  const kind = invite.kind
  const isNew = kind === "generate" || kind === "deal"
  if (isNew !== (last === null))
    throw new BridgeError("bad-config", {
      scheme,
      problems: "there is no transcript to go on from",
    })
  const seats = seatsOf(roster, last?.statement ?? null)
  const statement: Statement = {
    ...{ format: 1, kind, network: invite.network, group: invite.group, scheme },
    epoch: last === null ? 0 : last.statement.epoch + 1,
    ...{ threshold: invite.threshold, parties: invite.parties },
    participants: seats.map(({ participant }) => participant),
    dealer: kind === "deal" ? seats.findIndex(({ card }) => card.role === "dealer") + 1 : null,
    previous: last?.head ?? null,
    ...{ roster: rosterHash(roster), attempt, software },
    limits: kind === "deal" ? DEALT_LIMITS : [],
  }
  const problems = [...statementProblems(statement), ...groupProblems(statement)]
  if (problems.length > 0)
    throw new BridgeError("bad-config", { scheme, problems: problems.join("; ") })
  return {
    statement,
    addresses: new Map(seats.map(({ card }, at) => [at + 1, card.address])),
  }
}

/** The refresh that follows a dealt key at once, among its members alone. */
export function planRefresh({ statement: dealt, addresses }: Planned, head: string): Planned {
  const members = dealt.participants
    .map((participant, at) => ({ participant, address: addresses.get(at + 1)! }))
    .filter(({ participant }) => participant.after !== null)
  return {
    statement: {
      ...dealt,
      ...{ kind: "refresh", epoch: 1, dealer: null, previous: head },
      participants: members.map(({ participant }) => ({
        ...participant,
        before: participant.after,
      })),
    },
    addresses: new Map(members.map(({ address }, at) => [at + 1, address])),
  }
}

interface Seated {
  readonly card: Card
  readonly participant: Participant
}

function seatsOf({ invite, cards }: Roster, last: Statement | null): readonly Seated[] {
  const olds = new Map(
    (last?.participants ?? []).flatMap(({ certificate, after }) =>
      after === null ? [] : [[fingerprintOf(certificate), after] as const],
    ),
  )
  const indexBefore = (card: Card) => olds.get(fingerprintOf(card.certificate)) ?? null
  // As many old members deal as the old threshold says: those who leave, then the first of the others.
  const rank = (card: Card) => (card.role === "leaving" ? 0 : 1_000) + indexBefore(card)!
  const dealing = new Set(
    cards
      .filter((card) => indexBefore(card) !== null)
      .sort((a, b) => rank(a) - rank(b))
      .slice(0, invite.kind === "reshare" ? last!.threshold : cards.length),
  )
  const idle = cards.find((card) => card.role === "leaving" && !dealing.has(card))
  if (idle)
    throw new BridgeError("bad-config", {
      problems: `${idle.name} leaves, and there is nothing for it to deal: it need not come`,
    })
  const members = cards.filter(({ role }) => role === "member")
  return cards.map((card) => {
    const before = dealing.has(card) ? indexBefore(card) : null
    const place = members.indexOf(card) + 1
    const fresh = place > 0 ? place : null
    const { name, certificate, operator, hosting, custody } = card
    const after = invite.kind === "refresh" ? indexBefore(card) : fresh
    return { card, participant: { name, certificate, operator, hosting, custody, before, after } }
  })
}

function countProblems({ kind, parties, schemes }: Invite, cards: readonly Card[]): string[] {
  const count = (role: Role) => cards.filter((card) => card.role === role).length
  const members = count("member")
  return [
    ...(members === parties ? [] : [`${members} members came, not ${parties}`]),
    ...(kind === "deal" && count("dealer") !== 1 ? ["there is not exactly one dealer"] : []),
    ...(kind !== "deal" && count("dealer") + count("witness") > 0
      ? ["dealers and witnesses belong to a dealt key alone"]
      : []),
    ...(kind !== "reshare" && count("leaving") > 0 ? ["members leave by a reshare alone"] : []),
    ...(kind === "deal" && schemes.join() !== "rsa" ? ["only an RSA key is dealt"] : []),
    ...(kind === "generate" && schemes.includes("rsa") ? ["an RSA key has to be dealt"] : []),
  ]
}

function doubles(values: readonly string[], what: string): string[] {
  return values
    .filter((value, at) => values.indexOf(value) !== at)
    .map((value) => `two cards have the ${what} ${value}`)
}

function cardBytes(card: Omit<Card, "signature">): Buffer {
  return Buffer.from(`causeway/ceremony/card/v1\n${canonical(card)}`)
}

function read<Output>(shape: z.ZodType<Output>, json: unknown, file: string): Output {
  const result = shape.safeParse(json)
  if (result.success) return result.data
  throw new BridgeError("bad-config", { file, problems: `\n${z.prettifyError(result.error)}` })
}
