// How a signer answers: derive the bytes, keep its own promises and caps, write it down, sign.

import { BridgeError } from "../core/errors.ts"
import type { Cap } from "./config.ts"
import type { Plan, Pledges } from "./pledges.ts"
import {
  type CommitReply,
  digestOf,
  MESSAGES_MAX,
  type Refusal,
  type Refused,
  refusalOf,
  type SignReply,
  type SignRequest,
} from "./protocol.ts"
import { schemeOf } from "./schemes/index.ts"
import type { Index, SchemeName, Signer } from "./schemes/scheme.ts"
import { type Derived, derive, sightOf, type View } from "./verify.ts"

/** All that a signature needs, and all of it this signer's own. */
export interface Desk {
  readonly view: View
  readonly pledges: Pledges
  readonly caps: readonly Cap[]
  /** One for each key of the group. */
  readonly signers: Readonly<Partial<Record<SchemeName, Signer>>>
  readonly index: Index
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/**
 * The first of two rounds: what this signer would sign with, for each message. Refuses at once what it
 * would refuse in the end, but promises nothing. Throws as `sign` does.
 */
export async function commit(desk: Desk, request: SignRequest): Promise<CommitReply> {
  const work = await workOf(desk, request)
  if ("refused" in work) return work
  const { signer, messages } = work
  try {
    const commitments = await Promise.all(
      messages.map((_, place) => signer.commit(nameOf(request, place))),
    )
    return { index: desk.index, commitments, digest: digestOf(messages) }
  } catch (error) {
    return refusedFor(desk, error)
  }
}

/**
 * Answers one request; with one round, the same again gets the same partials. They leave only when the
 * pledge that they rest on is on the disk. Throws only when this signer must stop (`journal-unwritable`,
 * a failed assertion); everything else is a refusal.
 */
export async function sign(desk: Desk, request: SignRequest): Promise<SignReply> {
  const { index, pledges, caps, now } = desk
  const work = await workOf(desk, request)
  if ("refused" in work) return work
  const { signer, derived, messages } = work
  const { session, scheme, chain, terms, commitments } = request
  const plan: Plan = { chain, payouts: derived.payouts, terms, slots: derived.unsigned.slots }
  const unsettled = await settleRivals(desk, plan)
  const refused = unsettled.length > 0 ? unsettled : await pledges.pledge(plan, caps, now())
  if (refused.length > 0) return { index, refused }
  // Nonces live in memory alone and are spent once; a memory that was copied finds the journal moved on.
  if (schemeOf(scheme).rounds === 2) await pledges.consume(session)
  try {
    const partials = await Promise.all(
      messages.map((message, place) =>
        signer.partial({
          ...{ session: nameOf(request, place), message },
          commitments: commitments?.[place] ?? [],
        }),
      ),
    )
    return { index, partials, digest: digestOf(messages) }
  } catch (error) {
    return refusedFor(desk, error)
  }
}

interface Work {
  readonly signer: Signer
  readonly derived: Derived
  readonly messages: readonly Uint8Array[]
}

/** What is to be signed, and with which key; or why not. */
async function workOf(desk: Desk, request: SignRequest): Promise<Work | Refused> {
  const { view, signers, index } = desk
  const signer = signers[request.scheme]
  // A key signs for the chains that it was made for, and for no other.
  if (!signer || view.chains[request.chain]?.scheme !== request.scheme)
    return refusedFor(desk, new BridgeError("not-supported", { scheme: request.scheme }))
  const derived = await derive(view, request)
  if (!("payouts" in derived)) return { index, refused: derived }
  const { messages } = derived.unsigned
  if (messages.length <= MESSAGES_MAX) return { signer, derived, messages }
  return refusedFor(desk, new BridgeError("bad-request", { messagesMax: MESSAGES_MAX }))
}

/** Nonces are kept by session and message. */
function nameOf({ session }: SignRequest, place: number): string {
  return `${session}.${place}`
}

/** A refusal of the whole request, for errors that are no reason to stop. */
function refusedFor({ index }: Desk, error: unknown): Refused {
  if (error instanceof BridgeError && error.remedy !== "halt")
    return { index, refused: [refusalOf(null, error)] }
  throw error
}

/** Frees transfers whose old slot is dead by this signer's own view of that chain; refuses for the others. */
async function settleRivals({ view, pledges }: Desk, plan: Plan): Promise<readonly Refusal[]> {
  const settled = await Promise.all(
    pledges.rivals(plan).map(async ({ transfer, plan: old }) => {
      try {
        const fate = old && (await sightOf(view, old.chain).connection.fate(old.payouts, old.terms))
        if (old && fate === "dead") return pledges.release(transfer, old)
        return refusalOf(transfer, new BridgeError("slot-taken", { fate: fate ?? "unknown" }))
      } catch (error) {
        return refusalOf(transfer, error)
      }
    }),
  )
  return settled.flatMap((refusal) => refusal ?? [])
}
