// An attestor, asked for its word about deeds over HTTP: by a coordinator, and by a signer that was brought none.

import { z } from "zod"
import { attestationIn, type Deed, type SignedAttestation } from "../core/compliance/attestation.ts"
import type { Sign } from "../core/compliance/seals.ts"
import { BridgeError } from "../core/errors.ts"
import { signedHeaders } from "./signed-request.ts"

const ATTESTATIONS_PATH = "/attestations"

export interface Asker {
  /** As the attestor knows us (`screening.attestor.askers` of its settings). */
  readonly name: string
  readonly sign: Sign
  /** Name of the bridge, which the request is signed for (`bridgeName`). */
  readonly bridge: string
}

const shape = z.object({ attestations: z.array(z.unknown()).max(100) })

/**
 * What the attestor at a base URL says about up to 100 deeds, as it came: whose word it is, and whether it counts, is for
 * `weigh` to say. Throws `rpc-unavailable` when no such answer comes within `patienceMs`.
 */
export async function askAttestor(
  url: string,
  { bridge, ...asker }: Asker,
  deeds: readonly Deed[],
  { nowMs, patienceMs }: { readonly nowMs: number; readonly patienceMs: number },
): Promise<readonly SignedAttestation[]> {
  const body = { deeds }
  const asked = { method: "POST", url: ATTESTATIONS_PATH, body }
  try {
    const response = await fetch(`${url}${ATTESTATIONS_PATH}`, {
      ...{ method: "POST", body: JSON.stringify(body), redirect: "error" },
      headers: {
        ...signedHeaders(bridge, asker, asked, nowMs),
        "content-type": "application/json",
      },
      signal: AbortSignal.timeout(patienceMs),
    })
    const { attestations } = shape.parse(await response.json())
    return attestations.map(attestationIn)
  } catch (cause) {
    throw new BridgeError("rpc-unavailable", { attestor: url }, { cause })
  }
}
