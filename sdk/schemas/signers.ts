// What the API tells about the signers: who answers, who can sign, and who failed how.

import { z } from "zod"
import { heights, type Told, time } from "./words.ts"

export const signerView = z
  .object({
    index: z.number().int(),
    name: z.string(),
    healthy: z.boolean().nullable().meta({ description: "Null while nobody has asked it." }),
    askedAt: time.nullable(),
    reason: z.string().nullable().meta({ description: "Why it is not healthy." }),
    version: z.number().int().nullable().meta({ description: "Of the protocol that it speaks." }),
    busy: z.number().int().nullable().meta({ description: "Requests under way." }),
    tips: heights.nullable().meta({ description: "As its own endpoints tell it." }),
    lastHeartbeat: time
      .nullable()
      .meta({ description: "When it last took part in one; a quorum does, in turn." }),
    signed: z
      .number()
      .int()
      .meta({ description: "Signing sessions of the last 24 hours it signed." }),
    medianMs: z.number().int().nullable().meta({ description: "Of its answers in them." }),
    blames: z.array(
      z.object({
        kind: z.string(),
        count: z.number().int(),
        last: time,
        detail: z.string(),
      }),
    ),
  })
  .meta({ id: "Signer" })

export const signers = z
  .object({
    groups: z.array(
      z.object({
        scheme: z.string(),
        threshold: z.number().int().nullable(),
        heartbeat: z.object({ at: time, signers: z.array(z.number().int()) }).nullable(),
      }),
    ),
    signers: z.array(signerView),
  })
  .meta({ id: "Signers" })

export type SignerView = Told<typeof signerView>
export type Signers = Told<typeof signers>
