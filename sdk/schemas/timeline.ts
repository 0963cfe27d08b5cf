// Who saw what of a transfer, and when: watchers, people, every signer's vote, the payout; and the same while it happens.

import { z } from "zod"
import { transferBrief } from "./transfers.ts"
import { chain, count, heights, ms, type Told, time, transaction, transferId } from "./words.ts"

/** How one signer answered in one signing session. */
export const vote = z
  .object({
    signer: z.number().int(),
    name: z.string(),
    vote: z.enum(["signed", "refused", "not-yet", "blamed", "silent"]).meta({
      description:
        "`not-yet`: ask again. `blamed`: its answer was wrong. `silent`: no answer, or it was not needed any more.",
    }),
    code: z.string().nullable().meta({ description: "Why, an error code; null when it signed." }),
    ms: ms.nullable().meta({ description: "From the question to its answer." }),
  })
  .meta({ id: "Vote" })

export const signingSession = z
  .object({
    session: z.string(),
    plan: z.string(),
    chain,
    scheme: z.string(),
    transfers: z.array(transferId),
    startedAt: time,
    endedAt: time,
    outcome: z
      .enum(["signed", "refused", "missing", "failed"])
      .meta({ description: "`missing`: too few signers answered." }),
    threshold: z.number().int(),
    votes: z.array(vote),
  })
  .meta({ id: "SigningSession" })

export const STEPS = [
  "read",
  "seen",
  "confirmed",
  "vanished",
  "screened",
  "held",
  "decided",
  "planned",
  "asked",
  "signed",
  "broadcast",
  "settled",
  "died",
] as const

export const timelineStep = z
  .object({
    at: time,
    step: z.enum(STEPS),
    by: z.string().meta({ description: "Who tells it.", example: "watcher of arweave" }),
    says: z.string().meta({ example: "block 1204 holds it" }),
    height: z.number().int().nullable(),
    transaction: transaction.nullable(),
  })
  .meta({ id: "TimelineStep" })

export const timeline = z
  .object({
    transfer: transferId,
    steps: z.array(timelineStep).meta({ description: "Oldest first." }),
    signing: z.array(signingSession).meta({ description: "Oldest first; each signer's vote." }),
    heights,
  })
  .meta({ id: "Timeline" })

/** `data` of the events of `/transfers/{id}/events`. */
export const progress = z
  .object({
    kind: z.enum(["step", "progress"]).meta({
      description: "`step`: it has changed, once each. `progress`: only its confirmations have.",
    }),
    event: z.string().nullable().meta({ description: "What changed it; null for `progress`." }),
    at: time,
    transfer: transferBrief,
  })
  .meta({ id: "Progress" })

export const sessionsQuery = z.object({ count })
export const signingSessions = z.object({ sessions: z.array(signingSession) })

export type Vote = Told<typeof vote>
export type SigningSession = Told<typeof signingSession>
export type TimelineStep = Told<typeof timelineStep>
export type Timeline = Told<typeof timeline>
export type Progress = Told<typeof progress>
