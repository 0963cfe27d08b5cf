// One signed message of a ceremony: who says what, in which session, at which step, once.

import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto"
import { z } from "zod"
import { BridgeError } from "../../core/errors.ts"
import { canonical, hashOf } from "./canonical.ts"
import type { Place } from "./statement.ts"

/** In the order in which a participant sends them; its `sequence` numbers are the places in this list. */
export const STEPS = [
  "announce",
  "announce-echo",
  "deal",
  "package",
  "commit",
  "commit-echo",
  "sign",
  "seal",
  "done",
  "abort",
] as const

export type Step = (typeof STEPS)[number]

export interface Envelope {
  readonly session: string
  /** Of the key that the session makes. */
  readonly epoch: number
  readonly from: Place
  /** Null: for everybody. */
  readonly to: Place | null
  /** Counts a sender's steps from 1; a sender has one message for each, and for each receiver of it. */
  readonly sequence: number
  readonly step: Step
  readonly body: unknown
  /** Ed25519, base64url, over all of the above. */
  readonly signature: string
}

export const envelopeShape: z.ZodType<Envelope> = z.strictObject({
  session: z.string().regex(/^[0-9a-f]{64}$/),
  epoch: z.number().int().min(0),
  from: z.number().int().min(1),
  to: z.number().int().min(1).nullable(),
  sequence: z.number().int().min(1),
  step: z.enum(STEPS),
  body: z.unknown(),
  signature: z.string().regex(/^[A-Za-z0-9_-]{86}$/),
})

/** Throws `bad-request` for what is no envelope; signatures are for `isSigned`. */
export function readEnvelope(json: unknown): Envelope {
  const read = envelopeShape.safeParse(json)
  if (!read.success || sequenceOf(read.data.step) !== read.data.sequence)
    throw new BridgeError("bad-request", { reason: "not a message of a ceremony" })
  return read.data
}

/** `key` is the sender's private key, PEM. */
export function signEnvelope(
  key: string,
  unsigned: Pick<Envelope, "session" | "epoch" | "from" | "to" | "step" | "body">,
): Envelope {
  const filled = { ...unsigned, sequence: sequenceOf(unsigned.step) }
  const signature = sign(null, signedBytes(filled), createPrivateKey(key)).toString("base64url")
  return { ...filled, signature }
}

export function isSigned(envelope: Envelope, certificateKey: KeyObject): boolean {
  const { signature, ...rest } = envelope
  return verify(null, signedBytes(rest), certificateKey, Buffer.from(signature, "base64url"))
}

/** The public key of a certificate, PEM. */
export function keyOf(certificate: string): KeyObject {
  return createPublicKey(certificate)
}

/** What an echo says of a message: its signature is left out, so that signing twice is no offence. */
export function contentHash({ signature: _, ...rest }: Envelope): string {
  return hashOf("message", rest)
}

export function sequenceOf(step: Step): number {
  return STEPS.indexOf(step) + 1
}

function signedBytes(unsigned: Omit<Envelope, "signature">): Buffer {
  return Buffer.from(`causeway/ceremony/envelope/v1\n${canonical(unsigned)}`)
}
