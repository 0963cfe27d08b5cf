// What somebody whom a campaign names says of an external task: who did it, signed.

import { canonical } from "../compliance/canonical.ts"
import type { Verify } from "../compliance/seals.ts"
import type { Campaign } from "./campaign.ts"

export interface Evidence {
  readonly task: string
  readonly account: string
  readonly issuer: string
  /** What it was, for people: nothing personal. */
  readonly note: string
  /** Ed25519 over `evidenceText`, base64url. */
  readonly signature: string
}

export function evidenceText(
  campaign: string,
  { task, account, issuer, note }: Omit<Evidence, "signature">,
): string {
  return `causeway reward evidence\n${canonical({ campaign, task, account, issuer, note })}`
}

/** Whether an issuer of the campaign said so, of one of its external tasks. */
export function isEvidence(campaign: Campaign, evidence: Evidence, verify: Verify): boolean {
  const { issuers, tasks, id } = campaign
  const key = Object.hasOwn(issuers, evidence.issuer) ? issuers[evidence.issuer] : undefined
  const task = tasks?.list.find((one) => one.id === evidence.task)
  return (
    key !== undefined &&
    task?.predicate.kind === "external" &&
    verify(key, evidenceText(id, evidence), evidence.signature)
  )
}
