// How a signer answers `POST /sign`: derive the bytes, keep its own promises and caps, write it down, sign.

import { createHash } from "node:crypto"
import { BridgeError } from "../core/errors.ts"
import type { Cap } from "./config.ts"
import type { Plan, Pledges } from "./pledges.ts"
import { type Refusal, refusalOf, type SignReply, type SignRequest } from "./protocol.ts"
import type { Signer } from "./schemes/scheme.ts"
import { derive, type View } from "./verify.ts"

/** All that a signature needs, and all of it this signer's own. */
export interface Desk {
  readonly view: View
  readonly pledges: Pledges
  readonly caps: readonly Cap[]
  readonly signer: Signer
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/**
 * Answers one request; the same again gets the same partial. A partial leaves only when the pledge that
 * it rests on is on the disk. Throws only when this signer must stop (`journal-unwritable`, a failed
 * assertion); everything else is a refusal.
 */
export async function sign(desk: Desk, request: SignRequest): Promise<SignReply> {
  const { signer, view, pledges, caps, now } = desk
  const { index } = signer
  if (request.scheme !== signer.key.scheme) {
    const error = new BridgeError("not-supported", { scheme: request.scheme })
    return { index, refused: [refusalOf(null, error)] }
  }
  const derived = await derive(view, request)
  if (!("payouts" in derived)) return { index, refused: derived }
  const { message, slots } = derived.unsigned
  const plan: Plan = { chain: request.chain, payouts: derived.payouts, terms: request.terms, slots }
  const unsettled = await settleRivals(desk, plan)
  const refused = unsettled.length > 0 ? unsettled : await pledges.pledge(plan, caps, now())
  if (refused.length > 0) return { index, refused }
  const partial = await signer.partial({ session: request.session, message, commitments: [] })
  return { index, partial, digest: createHash("sha256").update(message).digest("hex") }
}

/** Frees transfers whose old slot is dead by this signer's own view of that chain; refuses for the others. */
async function settleRivals({ view, pledges }: Desk, plan: Plan): Promise<readonly Refusal[]> {
  const settled = await Promise.all(
    pledges.rivals(plan).map(async ({ transfer, plan: old }) => {
      try {
        const fate = old && (await view.chains[old.chain].connection.fate(old.payouts, old.terms))
        if (old && fate === "dead") return pledges.release(transfer, old)
        return refusalOf(transfer, new BridgeError("slot-taken", { fate: fate ?? "unknown" }))
      } catch (error) {
        return refusalOf(transfer, error)
      }
    }),
  )
  return settled.flatMap((refusal) => refusal ?? [])
}
