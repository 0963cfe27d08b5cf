// What a coordinator and a signer say to each other, as JSON over mutually authenticated TLS.

import { z } from "zod"
import type { Terms } from "../chains/chain.ts"
import { CHAINS, type ChainName } from "../core/assets.ts"
import { BridgeError, type ErrorCode, REMEDIES } from "../core/errors.ts"
import { originOf, type TransferId, transferId } from "../core/ids.ts"
import type { SchemeName } from "./schemes/scheme.ts"

/** Raised when an older peer could misread a message; peers one version apart work together. */
export const PROTOCOL_VERSION = 1

/** A signature covers at most this many transfers. */
export const TRANSFERS_MAX = 100

/** A transfer to be paid: to its recipient, or back to its sender. The signer finds everything else itself. */
export interface Asked {
  readonly id: TransferId
  readonly refund: boolean
}

/** `POST /sign`. It names transfers and proposes terms; it never carries bytes to be signed. */
export interface SignRequest {
  /** Unique for each attempt. */
  readonly session: string
  readonly scheme: SchemeName
  /** The chain that pays. */
  readonly chain: ChainName
  readonly transfers: readonly Asked[]
  readonly terms: Terms
}

/** Why a signer does not sign: because of one transfer, or (null) because of the request as a whole. */
export interface Refusal {
  readonly transfer: TransferId | null
  readonly code: ErrorCode
  readonly detail: string
}

export type SignReply = Signed | Refused

export interface Signed {
  readonly index: number
  /** This signer's part of the signature, as its scheme writes it. */
  readonly partial: Uint8Array
  /** SHA-256 of the message that this signer derived, in hexadecimal: shows who sees another world. */
  readonly digest: string
}

export interface Refused {
  readonly index: number
  readonly refused: readonly Refusal[]
}

/** `GET /health`. */
export interface Health {
  readonly index: number
  readonly version: number
  /** SHA-256 of the canonical bytes of the group key: all members report the same. */
  readonly groupKeyHash: string
  /** Requests under way. */
  readonly busy: number
  readonly journalRecords: number
  /** Height of each chain as this signer's own endpoints tell it; null while they do not. */
  readonly tips: Readonly<Partial<Record<ChainName, number | null>>>
}

const chain = z.enum(CHAINS as unknown as [ChainName, ...ChainName[]])
const index = z.number().int().positive().max(1000)
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

const signRequest = z.strictObject({
  session: z.string().regex(/^[A-Za-z0-9_-]{8,64}$/),
  scheme: z.enum(["rsa", "taproot", "evm"]),
  chain,
  transfers: z
    .array(z.strictObject({ id, refund: z.boolean() }))
    .min(1)
    .max(TRANSFERS_MAX)
    .refine((rows) => new Set(rows.map((row) => row.id)).size === rows.length, "a transfer twice"),
  terms: z
    .record(z.string().regex(/^[A-Za-z][A-Za-z0-9_:-]{0,63}$/), z.string().max(4096))
    .refine((terms) => Object.keys(terms).length <= 32, "more than 32 terms"),
})

// A newer signer may know reasons that we do not: they count as a refusal all the same.
const code = z
  .string()
  .transform((text): ErrorCode => (text in REMEDIES ? (text as ErrorCode) : "signer-refused"))

const signReply = z.union([
  z.object({
    index,
    partial: z
      .string()
      .max(4096)
      .regex(/^[A-Za-z0-9_-]+$/)
      .transform((text): Uint8Array => Buffer.from(text, "base64url")),
    digest,
  }),
  z.object({
    index,
    refused: z
      .array(z.object({ transfer: id.nullable(), code, detail: z.string().max(1000) }))
      .min(1)
      .max(TRANSFERS_MAX + 1),
  }),
])

const health = z.object({
  index,
  version: z.number().int().positive(),
  groupKeyHash: digest,
  busy: z.number().int().nonnegative(),
  journalRecords: z.number().int().nonnegative(),
  tips: z.partialRecord(chain, z.number().int().nonnegative().nullable()),
})

/** Throws `bad-request` that says what is wrong. */
export function readSignRequest(body: unknown): SignRequest {
  return read(signRequest, body)
}

/** Throws `bad-request`. */
export function readSignReply(body: unknown): SignReply {
  return read(signReply, body)
}

/** Throws `bad-request`. */
export function readHealth(body: unknown): Health {
  return read(health, body)
}

/** The reply as JSON takes it. */
export function replyJson(reply: SignReply): unknown {
  return "partial" in reply
    ? { ...reply, partial: Buffer.from(reply.partial).toString("base64url") }
    : reply
}

/** A refusal from an error. Anything but one of ours is our own fault, and its text stays with us. */
export function refusalOf(transfer: TransferId | null, error: unknown): Refusal {
  if (!(error instanceof BridgeError))
    return { transfer, code: "signer-refused", detail: "this signer failed" }
  return { transfer, code: error.code, detail: error.message.slice(0, 1000) }
}

function read<Output>(shape: z.ZodType<Output>, body: unknown): Output {
  const result = shape.safeParse(body)
  if (result.success) return result.data
  throw new BridgeError("bad-request", { problems: z.prettifyError(result.error).slice(0, 500) })
}
