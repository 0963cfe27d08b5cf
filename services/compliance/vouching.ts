// Asks the attestors for their word about payouts, before the signers are asked for a signature.

import { z } from "zod"
import { deedOf } from "../../chains/screening.ts"
import { attestationIn, type SignedAttestation } from "../../core/compliance/attestation.ts"
import type { Sign } from "../../core/compliance/seals.ts"
import type { Payout } from "../../core/payout.ts"
import type { Transfer } from "../../core/transfer.ts"
import type { Desk } from "./desk.ts"
import { signedHeaders } from "./signed-request.ts"

export interface Vouching {
  readonly desk: Desk
  /** Base URLs of the attestors. */
  readonly attestors: readonly string[]
  /** As attestors know us. */
  readonly asker: { readonly name: string; readonly sign: Sign }
  /** Name of the bridge, which the request is signed for. */
  readonly bridge: string
}

const PATIENCE_MS = 5_000
export const ATTESTATIONS_PATH = "/attestations"

/**
 * What all attestors that answer say about these payouts; nothing where the policy asks for nobody's word. Whether
 * it is enough is for each signer to say: what is missing here is refused there.
 */
export async function vouchersFor(
  { desk, attestors, asker, bridge }: Vouching,
  payouts: readonly Payout[],
  transfers: readonly Transfer[],
): Promise<readonly SignedAttestation[]> {
  await desk.shelf.refresh()
  const nowMs = desk.now()
  const standing = desk.shelf.at(nowMs)
  if (!standing?.book.document.attestors || attestors.length === 0) return []
  const byId = new Map(transfers.map((transfer) => [transfer.id, transfer]))
  const deeds = payouts.flatMap((payout) => {
    const transfer = byId.get(payout.transfer)
    return transfer ? [deedOf(payout, transfer, standing.policy)] : []
  })
  const body = { deeds }
  const asked = { method: "POST", url: ATTESTATIONS_PATH, body }
  const headers = signedHeaders(bridge, asker, asked, nowMs)
  const answers = attestors.map(async (url) => {
    try {
      const response = await fetch(`${url}${ATTESTATIONS_PATH}`, {
        ...{ method: "POST", body: JSON.stringify(body), redirect: "error" },
        headers: { ...headers, "content-type": "application/json" },
        signal: AbortSignal.timeout(PATIENCE_MS),
      })
      const { attestations } = shape.parse(await response.json())
      return attestations.map(attestationIn)
    } catch {
      return []
    }
  })
  return (await Promise.all(answers)).flat()
}

const shape = z.object({ attestations: z.array(z.unknown()).max(100) })
