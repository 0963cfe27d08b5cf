// Asks the attestors for their word about payouts, before the signers are asked for a signature.

import { type Asker, askAttestor } from "../../chains/attestors.ts"
import { deedOf } from "../../chains/screening.ts"
import type { SignedAttestation } from "../../core/compliance/attestation.ts"
import type { Payout } from "../../core/payout.ts"
import type { Transfer } from "../../core/transfer.ts"
import type { Desk } from "./desk.ts"

export interface Vouching {
  readonly desk: Desk
  /** Base URLs of the attestors. */
  readonly attestors: readonly string[]
  readonly asker: Asker
}

const PATIENCE_MS = 5_000

/**
 * What all attestors that answer say about these payouts; nothing where the policy asks for nobody's word. Whether
 * it is enough is for each signer to say: what is missing here is refused there.
 */
export async function vouchersFor(
  { desk, attestors, asker }: Vouching,
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
  const patience = { nowMs, patienceMs: PATIENCE_MS }
  const answers = attestors.map((url) => askAttestor(url, asker, deeds, patience).catch(() => []))
  return (await Promise.all(answers)).flat()
}
