// The versions of a policy, each named by the next and signed by the officers of the one before.

import { BridgeError } from "../errors.ts"
import { documentIn, nameOf, type PolicyDocument, type Quorum } from "./document.ts"
import { type Form, fields, form, items, NAME, text } from "./form.ts"
import type { Seals } from "./seals.ts"

export interface SignedPolicy {
  readonly document: PolicyDocument
  readonly signatures: readonly OfficerSignature[]
}

export interface OfficerSignature {
  readonly officer: string
  /** Ed25519 over `policyText`, base64url. */
  readonly signature: string
}

/** Where trust begins: whose policy it is, and who signs its first version. Part of the bridge's configuration. */
export interface PolicyRoot {
  readonly id: string
  readonly officers: Quorum
}

export interface Version {
  /** Hash of the document: what decisions and attestations name. */
  readonly name: string
  readonly document: PolicyDocument
}

/** What an officer signs. */
export function policyText(id: string, name: string): string {
  return `causeway policy\n${id}\n${name}`
}

/** Reads the parsed JSON of one signed version; throws `bad-config`. Whether it counts is for `successionOf`. */
export function signedPolicyIn(json: unknown): SignedPolicy {
  const { document, signatures } = fields(form(json, "signed"), ["document", "signatures"])
  return { document: documentIn(document.value), signatures: items(signatures).map(signatureIn) }
}

/**
 * All versions from the first on, checked. Throws `bad-config` for a version out of its place, and
 * `bad-signature` for one that too few officers of the version before have signed. A signature that is wrong is
 * no signature; it does not spoil the others.
 */
export function successionOf(
  signed: readonly SignedPolicy[],
  root: PolicyRoot,
  seals: Seals,
): readonly Version[] {
  const versions: Version[] = []
  for (const one of signed) {
    const before = versions.at(-1) ?? null
    demandNext(one.document, before, root)
    const name = nameOf(one.document, seals.hash)
    const officers = before?.document.officers ?? root.officers
    const count = countOf(one, name, officers, seals)
    if (count < officers.needed)
      throw new BridgeError("bad-signature", {
        policy: one.document.id,
        version: one.document.version,
        signedBy: count,
        needed: officers.needed,
      })
    versions.push({ name, document: one.document })
  }
  return versions
}

/** The version that counts at a moment, or null before the first. */
export function inForce(versions: readonly Version[], nowMs: number): Version | null {
  return versions.findLast(({ document }) => document.effectiveMs <= nowMs) ?? null
}

function demandNext(document: PolicyDocument, before: Version | null, root: PolicyRoot): void {
  const place = { policy: document.id, version: document.version }
  const refuse = (why: string): never => {
    throw new BridgeError("bad-config", { ...place, why })
  }
  if (document.id !== root.id) refuse(`not the policy of ${root.id}`)
  if (document.version !== (before?.document.version ?? 0) + 1) refuse("a version is missing")
  if (document.prev !== (before?.name ?? null)) refuse("it follows another document")
  // What is in force at a moment must not depend on what comes after it.
  if (before && document.effectiveMs < before.document.effectiveMs)
    refuse("it is in force before the version that it follows")
}

function countOf(
  { document, signatures }: SignedPolicy,
  name: string,
  { keys }: Quorum,
  { verify }: Seals,
): number {
  const message = policyText(document.id, name)
  const genuine = signatures.filter(({ officer, signature }) => {
    const key = Object.hasOwn(keys, officer) ? keys[officer] : undefined
    return key !== undefined && verify(key, message, signature)
  })
  return new Set(genuine.map(({ officer }) => officer)).size
}

function signatureIn(from: Form): OfficerSignature {
  const { officer, signature } = fields(from, ["officer", "signature"])
  return { officer: text(officer, NAME), signature: text(signature, /^[A-Za-z0-9_-]{86}$/) }
}
