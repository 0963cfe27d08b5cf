// What a coordinator and a signer say to each other, as JSON over mutually authenticated TLS.

import { createHash } from "node:crypto"
import { z } from "zod"
import type { PublicKeyHex, Terms } from "../chains/chain.ts"
import { CHAINS, type ChainName } from "../core/assets.ts"
import { attestationIn, type SignedAttestation } from "../core/compliance/attestation.ts"
import { BridgeError, type ErrorCode, REMEDIES } from "../core/errors.ts"
import { originOf, type TransferId, transferId } from "../core/ids.ts"
import type { SignedOrder } from "../core/orders.ts"
import { PARTIES_MAX } from "./schemes/group.ts"
import { type Contribution, type Index, SCHEMES, type SchemeName } from "./schemes/scheme.ts"

/** Raised when an older peer could misread a message; peers one version apart work together. */
export const PROTOCOL_VERSION = 1

/** The oldest version that a peer of `version` still works with; a cluster may ask for more (`protocolMin`). */
export function oldestFor(version: number, protocolMin = 1): number {
  return Math.max(version - 1, protocolMin)
}

/** One payout covers at most this many transfers, and takes at most so many signatures. */
export const TRANSFERS_MAX = 100
export const MESSAGES_MAX = 100

/** A transfer to be paid: to its recipient, or back to its sender. The signer finds everything else itself. */
export interface Asked {
  readonly id: TransferId
  readonly refund: boolean
}

/** `POST /commit`, the first of two rounds, and `POST /sign`, the last or only one: of one of these four. */
export type RoundRequest =
  | SignRequest
  | HeartbeatRequest
  | HandoverRequest
  | VaultOrderRequest
  | RewardsRequest

interface Asking {
  /** What the coordinator speaks. */
  readonly version: number
  /** Unique for each attempt; the two rounds of one attempt share it. */
  readonly session: string
  readonly scheme: SchemeName
  /** For the last of two rounds: what the quorum committed to, for each message. */
  readonly commitments?: Commitments | undefined
}

/**
 * It names transfers and proposes terms; it never carries bytes to be signed. Without transfers it is a sweep,
 * which moves what is the vault's to the vault.
 */
export interface SignRequest extends Asking {
  /** The chain that pays. */
  readonly chain: ChainName
  readonly transfers: readonly Asked[]
  readonly terms: Terms
  /** Only those of its messages that lie under this key of the group; left out, all of them, and they lie under one. */
  readonly key?: PublicKeyHex | undefined
  /** The word of those who see where people are, for a signer that cannot see it; it checks each. */
  readonly attestations?: readonly SignedAttestation[] | undefined
  /** Operators' orders to pay what the policy holds; each signer checks them by the list in its own settings. */
  readonly approvals?: readonly SignedOrder[] | undefined
}

/** A signature that pays nobody (`heartbeat.ts`). */
export interface HeartbeatRequest extends Asking {
  /** The period that it is for: the signer's own, or one beside it. */
  readonly period: number
}

/** A signature that hands a vault over to the group's next key, which every signer knows from its own folder. */
export interface HandoverRequest extends Asking {
  /** The chain of the vault. */
  readonly handover: ChainName
  /** The campaign's token on that chain instead, which every signer knows from its bridge file. */
  readonly token?: "campaign" | undefined
  readonly part: HandoverPart
  /** As the vault's chain tells them (`Connection.handover`). */
  readonly terms: Terms
}

/** Signed under the key that the vault obeys, and under the next one. */
export const HANDOVER_PARTS = ["order", "possession"] as const
export type HandoverPart = (typeof HANDOVER_PARTS)[number]

/** A signature under an order to a vault, which each signer's operator has approved and which it knows from there alone. */
export interface VaultOrderRequest extends Asking {
  /** The chain of the vault. */
  readonly ordered: ChainName
  /** The campaign's token on that chain instead, which every signer knows from its bridge file. */
  readonly token?: "campaign" | undefined
  /** Of the vault's operations. */
  readonly number: number
}

/** A signature that gives points of the campaign, and nothing else: of what each signer's operator has approved. */
export interface RewardsRequest extends Asking {
  /** The epoch. */
  readonly rewards: number
  /** Its root, or the number of one of its credits, from 0. */
  readonly part: "root" | number
}

/** For each message the quorum's commitments, sorted by party; none in a scheme of one round. */
export type Commitments = readonly (readonly Contribution[])[]

/** Why a signer does not sign: because of one transfer, or (null) because of the request as a whole. */
export interface Refusal {
  readonly transfer: TransferId | null
  readonly code: ErrorCode
  readonly detail: string
}

export type CommitReply = Committed | Refused

export type SignReply = Signed | Refused

/** What both rounds' answers say. */
export interface Sound {
  /** What this signer speaks. */
  readonly version: number
  readonly index: Index
  /** `digestOf` the messages that this signer derived: shows who sees another world. */
  readonly digest: string
}

export interface Committed extends Sound {
  /** This signer's commitment for each message. */
  readonly commitments: readonly Uint8Array[]
}

export interface Signed extends Sound {
  /** This signer's part of each signature, as its scheme writes it. */
  readonly partials: readonly Uint8Array[]
}

export interface Refused {
  readonly version: number
  readonly index: Index
  readonly refused: readonly Refusal[]
}

const chain = z.enum(CHAINS)
const version = z.number().int().positive()
const scheme = z.enum(SCHEMES)
const index = z.number().int().positive().max(PARTIES_MAX)
const bytes = z
  .string()
  .max(4096)
  .regex(/^[A-Za-z0-9_-]+$/)
  .transform((text): Uint8Array => Buffer.from(text, "base64url"))
const digest = z.string().regex(/^[0-9a-f]{64}$/)

const id = z
  .string()
  .max(200)
  .transform((text, context): TransferId => {
    try {
      return transferId(originOf(text))
    } catch {
      context.addIssue({ code: "custom", message: "not a transfer id" })
      return z.NEVER
    }
  })

/** As many as all transfers of a request could need of nine attestors. */
const ATTESTATIONS_MAX = 9 * TRANSFERS_MAX

/** As many as all transfers of a request could have of four operators. */
const APPROVALS_MAX = 4 * TRANSFERS_MAX

function attestation(json: unknown, context: z.RefinementCtx): SignedAttestation {
  try {
    return attestationIn(json)
  } catch (error) {
    context.addIssue({ code: "custom", message: String(error) })
    return z.NEVER
  }
}

const asking = {
  version,
  session: z.string().regex(/^[A-Za-z0-9_-]{8,64}$/),
  scheme,
  commitments: z
    .array(z.array(z.strictObject({ from: index, bytes })).max(PARTIES_MAX))
    .max(MESSAGES_MAX)
    .optional(),
}

// Fifty coins with their notes.
const terms = z
  .record(z.string().regex(/^[A-Za-z][A-Za-z0-9_:-]{0,63}$/), z.string().max(16_384))
  .refine((terms) => Object.keys(terms).length <= 32, "more than 32 terms")

const signRequest = z.strictObject({
  ...asking,
  chain,
  transfers: z
    .array(z.strictObject({ id, refund: z.boolean() }))
    .max(TRANSFERS_MAX)
    .refine((rows) => new Set(rows.map((row) => row.id)).size === rows.length, "a transfer twice"),
  terms,
  key: z
    .string()
    .regex(/^([0-9a-f]{64}|[0-9a-f]{1024})$/)
    .optional(),
  attestations: z.array(z.unknown().transform(attestation)).max(ATTESTATIONS_MAX).optional(),
  approvals: z
    .array(
      z.strictObject({
        body: z.string().max(400),
        operator: z.string().max(64),
        signature: z.string().max(128),
      }),
    )
    .max(APPROVALS_MAX)
    .optional(),
})

const heartbeatRequest = z.strictObject({ ...asking, period: z.number().int().nonnegative() })

const handoverRequest = z.strictObject({
  ...asking,
  handover: chain,
  token: z.literal("campaign").optional(),
  part: z.enum(HANDOVER_PARTS),
  terms,
})

const vaultOrderRequest = z.strictObject({
  ...asking,
  ordered: chain,
  token: z.literal("campaign").optional(),
  number: z.number().int().min(0).max(999_999),
})

const rewardsRequest = z.strictObject({
  ...asking,
  rewards: z.number().int().positive().max(999_999_999),
  part: z.union([z.literal("root"), z.number().int().nonnegative().max(9_999_999)]),
})

// A newer signer may know reasons that we do not: they count as a refusal all the same.
const code = z
  .string()
  .transform((text): ErrorCode => (text in REMEDIES ? (text as ErrorCode) : "signer-refused"))

const refused = z.object({
  version: version.default(1),
  index,
  refused: z
    .array(z.object({ transfer: id.nullable(), code, detail: z.string().max(1000) }))
    .min(1)
    .max(TRANSFERS_MAX + 1),
})
const parts = z.array(bytes).max(MESSAGES_MAX)
const commitReply = z.union([
  z.object({ version: version.default(1), index, commitments: parts, digest }),
  refused,
])
const signReply = z.union([
  z.object({ version: version.default(1), index, partials: parts, digest }),
  refused,
])

/** Throws `bad-request` that says what is wrong. */
export function readRequest(body: unknown): RoundRequest {
  const has = (field: string) => typeof body === "object" && body !== null && field in body
  if (has("period")) return read(heartbeatRequest, body)
  if (has("handover")) return read(handoverRequest, body)
  if (has("ordered")) return read(vaultOrderRequest, body)
  if (has("rewards")) return read(rewardsRequest, body)
  return read(signRequest, body)
}

/** Throws `bad-request`. */
export function readCommitReply(body: unknown): CommitReply {
  return read(commitReply, body)
}

/** Throws `bad-request`. */
export function readSignReply(body: unknown): SignReply {
  return read(signReply, body)
}

/** The request as JSON takes it: bytes in base64url. */
export function requestJson({ commitments, ...request }: RoundRequest): unknown {
  const rows = commitments?.map((row) =>
    row.map(({ from, bytes }) => ({ from, bytes: base64url(bytes) })),
  )
  return { ...request, commitments: rows }
}

/** The reply as JSON takes it. */
export function replyJson(reply: CommitReply | SignReply): unknown {
  if ("partials" in reply) return { ...reply, partials: reply.partials.map(base64url) }
  if ("commitments" in reply) return { ...reply, commitments: reply.commitments.map(base64url) }
  return reply
}

/** SHA-256 of messages, one after the other, in hexadecimal. */
export function digestOf(messages: readonly Uint8Array[]): string {
  const hash = createHash("sha256")
  for (const message of messages) hash.update(message)
  return hash.digest("hex")
}

/** A refusal from an error. Anything but one of ours is our own fault, and its text stays with us. */
export function refusalOf(transfer: TransferId | null, error: unknown): Refusal {
  if (!(error instanceof BridgeError))
    return { transfer, code: "signer-refused", detail: "this signer failed" }
  return { transfer, code: error.code, detail: error.message.slice(0, 1000) }
}

/** Throws `bad-request`. */
export function read<Output>(shape: z.ZodType<Output>, body: unknown): Output {
  const result = shape.safeParse(body)
  if (result.success) return result.data
  throw new BridgeError("bad-request", { problems: z.prettifyError(result.error).slice(0, 500) })
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64url")
}
