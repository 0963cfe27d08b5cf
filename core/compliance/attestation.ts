// The word of those who can see where a person is, bound to one act, for signers who cannot see it.

import { canonical, type Json } from "./canonical.ts"
import { ACTIONS, type Action } from "./decision.ts"
import type { Quorum } from "./document.ts"
import { DIGEST, distinct, type Form, fields, form, NAME, oneOf, text, whole } from "./form.ts"
import type { Sign, Verify } from "./seals.ts"

export const ACTS = ["mint", "release", "refund", "reward"] as const
export type Act = (typeof ACTS)[number]

/** What is about to happen. A word about one act is no word about another. */
export interface Deed {
  /** The transfer's id: chain, transaction and place. */
  readonly deposit: string
  readonly asset: string
  /** Base units, in digits. */
  readonly amount: string
  /** Keys of all who the money comes from, in any order. */
  readonly sources: readonly string[]
  /** Key of whom it goes to. */
  readonly recipient: string
  readonly act: Act
  /** Name of the policy that is in force. */
  readonly policy: string
}

export interface Attestation extends Deed {
  readonly decision: Action
  /** Hash of the versions of the attestor's lists (`versionsText`). */
  readonly lists: string
  /** Hash of what was seen; the thing itself, where a person is, does not leave the attestor. */
  readonly evidence: string
  readonly issuedMs: number
  readonly expiresMs: number
  readonly nonce: string
}

export interface SignedAttestation {
  readonly attestation: Attestation
  readonly attestor: string
  /** Ed25519 over `attestationText`, base64url. */
  readonly signature: string
}

/** A session ends, a VPN is switched on: what was seen longer ago than this says nothing. */
export const LIFE_MS_MAX = 900_000
/** Clocks differ. */
const SKEW_MS = 60_000

export interface Weighed {
  /** allow: enough attestors vouch, and none objects. */
  readonly action: "allow" | "hold"
  readonly vouched: readonly string[]
  /** Who decided anything but allow; one is enough. */
  readonly vetoes: readonly string[]
  readonly refused: readonly { readonly attestor: string; readonly why: string }[]
}

export function attestationText(attestation: Attestation): string {
  // Interfaces have no index signature, so the compiler cannot see that this is plain data.
  return `causeway attestation\n${canonical(attestation as unknown as Json)}`
}

/** An attestor's word about a deed, good from now for as long as any is. `nonce`: 16 random bytes, base64url. */
export function attest(
  deed: Deed,
  found: Pick<Attestation, "decision" | "lists" | "evidence" | "issuedMs" | "nonce">,
  attestor: string,
  sign: Sign,
): SignedAttestation {
  const expiresMs = found.issuedMs + LIFE_MS_MAX
  const attestation = { ...deed, ...found, expiresMs }
  return { attestation, attestor, signature: sign(attestationText(attestation)) }
}

/**
 * What attestations of one deed come to. Each must be genuine, from an attestor of the policy, about exactly this
 * deed, by lists that the signer accepts, and young. Attestors are counted, not attestations. An objection needs
 * less to count than a voucher does: it may be by other lists, policy or parties, if it is about this deposit.
 */
export function weigh(
  signed: readonly SignedAttestation[],
  deed: Deed,
  acceptedLists: ReadonlySet<string>,
  quorum: Quorum | null,
  nowMs: number,
  verify: Verify,
): Weighed {
  const vouched = new Set<string>()
  const vetoes = new Set<string>()
  const refused: { attestor: string; why: string }[] = []
  for (const one of signed) {
    const { attestation, attestor } = one
    const forged = forgeryIn(one, quorum, nowMs, verify)
    const isObjection = attestation.decision !== "allow" && attestation.deposit === deed.deposit
    const why = forged ?? (isObjection ? null : differenceIn(attestation, deed, acceptedLists))
    if (why !== null) refused.push({ attestor, why })
    else if (isObjection) vetoes.add(attestor)
    else vouched.add(attestor)
  }
  const isEnough = quorum !== null && vouched.size >= quorum.needed && vetoes.size === 0
  return {
    action: isEnough ? "allow" : "hold",
    vouched: [...vouched],
    vetoes: [...vetoes],
    refused,
  }
}

/** Reads the parsed JSON of a signed attestation; throws `bad-config`. */
export function attestationIn(json: unknown): SignedAttestation {
  const { attestation, attestor, signature } = fields(form(json, "signed"), [
    "attestation",
    "attestor",
    "signature",
  ])
  return {
    attestation: bodyIn(attestation),
    attestor: text(attestor, NAME),
    signature: text(signature, /^[A-Za-z0-9_-]{86}$/),
  }
}

function forgeryIn(
  { attestation, attestor, signature }: SignedAttestation,
  quorum: Quorum | null,
  nowMs: number,
  verify: Verify,
): string | null {
  const keys = quorum?.keys ?? {}
  const key = Object.hasOwn(keys, attestor) ? keys[attestor] : undefined
  if (key === undefined) return "not an attestor of this policy"
  const { issuedMs, expiresMs } = attestation
  if (expiresMs - issuedMs > LIFE_MS_MAX) return "it claims to hold for too long"
  if (issuedMs > nowMs + SKEW_MS) return "it comes from the future"
  if (nowMs >= expiresMs) return "it has expired"
  return verify(key, attestationText(attestation), signature) ? null : "its signature is wrong"
}

function differenceIn(
  attestation: Attestation,
  deed: Deed,
  acceptedLists: ReadonlySet<string>,
): string | null {
  const names = ["deposit", "asset", "amount", "recipient", "act", "policy"] as const
  const other = names.find((name) => attestation[name] !== deed[name])
  if (other) return `it is about another ${other}`
  const sources = [attestation, deed].map((one) => canonical([...one.sources].sort()))
  if (sources[0] !== sources[1]) return "it is about other sources"
  return acceptedLists.has(attestation.lists) ? null : "it is by other lists"
}

function bodyIn(from: Form): Attestation {
  const file = fields(from, [
    "deposit",
    "asset",
    "amount",
    "sources",
    "recipient",
    "act",
    "policy",
    "decision",
    "lists",
    "evidence",
    "issuedMs",
    "expiresMs",
    "nonce",
  ])
  return {
    deposit: text(file.deposit),
    asset: text(file.asset),
    amount: text(file.amount, /^(0|[1-9][0-9]{0,77})$/),
    sources: distinct(file.sources, (source) => text(source)),
    recipient: text(file.recipient),
    act: oneOf(file.act, ACTS),
    policy: text(file.policy, DIGEST),
    decision: oneOf(file.decision, ACTIONS),
    lists: text(file.lists, DIGEST),
    evidence: text(file.evidence, DIGEST),
    issuedMs: whole(file.issuedMs),
    expiresMs: whole(file.expiresMs),
    nonce: text(file.nonce, /^[A-Za-z0-9_-]{22}$/),
  }
}
