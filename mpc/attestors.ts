// Attestors of whom a request brings no word are asked by the signer itself: an objection is heard, whoever leaves it out.

import { createPrivateKey, createPublicKey } from "node:crypto"
import { type Asker, askAttestor } from "../chains/attestors.ts"
import { bridgeName } from "../chains/deployment.ts"
import { signWith } from "../chains/seals.ts"
import type { Deed, SignedAttestation } from "../core/compliance/attestation.ts"
import type { Identity } from "./certificate.ts"
import type { SignerConfig } from "./config.ts"

export interface Attestors {
  /** What an attestor of the policy says of up to 100 deeds; nothing from one whose place is not known, or that is away. */
  ask(name: string, deeds: readonly Deed[]): Promise<readonly SignedAttestation[]>
}

/** Somebody waits for the signature: short. */
const PATIENCE_MS = 2_000
/** Who was away is not waited for again at once. */
const DISTRUST_MS = 30_000

/** Where `attestors` of the settings says, under this member's name and the key of its certificate. */
export function attestorsOf(
  { settings, identity, member, bridge }: SignerConfig,
  now: () => number,
): Attestors {
  const sign = signWith(createPrivateKey(identity.key))
  const asker: Asker = { name: member.name, sign, bridge: bridgeName(bridge.deployment) }
  const distrusted = new Map<string, number>()
  return {
    async ask(name, deeds) {
      const { attestors = {} } = settings
      const url = Object.hasOwn(attestors, name) ? attestors[name] : undefined
      if (url === undefined || deeds.length === 0) return []
      if (performance.now() < (distrusted.get(name) ?? 0)) return []
      try {
        const patience = { nowMs: now(), patienceMs: PATIENCE_MS }
        return await askAttestor(url, asker, deeds, patience)
      } catch {
        distrusted.set(name, performance.now() + DISTRUST_MS)
        return []
      }
    },
  }
}

/** The key by which attestors know this member (`askers` of theirs): of its certificate, base64url of 32 bytes. */
export function askerKeyOf({ certificate }: Pick<Identity, "certificate">): string {
  const { x } = createPublicKey(certificate).export({ format: "jwk" })
  return String(x)
}
