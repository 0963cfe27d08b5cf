// Why a session ends without a key, and who is to blame.

import { BridgeError } from "../../core/errors.ts"
import type { Envelope } from "./envelope.ts"
import type { Place } from "./statement.ts"

/**
 * `proven`: two messages with one signature, or a share that everybody can check. `seen`: public data,
 * found by each alone. `claimed`: the word of one against another. `silent`: nothing came in time.
 */
export type Certainty = "proven" | "seen" | "claimed" | "silent"

export interface Blame {
  readonly place: Place
  readonly certainty: Certainty
  readonly reason: string
}

/** Why whoever signed two different messages for one step is to blame. */
export const TWO_TONGUES = "it told two things to two parties"

/** What a receiver shows when a dealer sent it a wrong share: with this key all can open that one share. */
export interface Complaint {
  readonly sent: Envelope
  /** 32 bytes, base64url. */
  readonly revealed: string
}

/** One party's reason to stop; what it shows travels to all others. */
export class Trouble extends Error {
  readonly blames: readonly Blame[]
  readonly evidence: readonly Envelope[]
  readonly complaint: Complaint | null

  constructor(
    reason: string,
    blames: readonly Blame[] = [],
    { evidence = [], complaint = null }: Partial<Pick<Trouble, "evidence" | "complaint">> = {},
  ) {
    super(reason)
    this.blames = blames
    this.evidence = evidence
    this.complaint = complaint
  }
}

/** What everybody gets in the end: code `ceremony-aborted`, `blamed` names and how sure that is. */
export function aborted(
  reason: string,
  blames: readonly Blame[],
  nameOf: (place: Place) => string,
): BridgeError {
  const rows = blames.map(
    ({ place, certainty, reason: why }) => `${nameOf(place)} (${certainty}: ${why})`,
  )
  return new BridgeError("ceremony-aborted", {
    reason,
    blamed: rows.length > 0 ? rows.join(", ") : "nobody",
    places: blames.map(({ place }) => place).join(" "),
    ...(blames.length > 0 && { who: blames.map((one) => ({ name: nameOf(one.place), ...one })) }),
  })
}
