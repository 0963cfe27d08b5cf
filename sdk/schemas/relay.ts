// What the API passes on to Arweave and AO, signed before it comes here, and what it asks them for a page.

import { z } from "zod"
import { amount, transaction, transferId } from "./words.ts"

export const relayAccount = z.object({ address: z.string().max(128) })
export const relayToken = z.object({ asset: z.string().max(32) })
export const relayHolder = relayToken.extend({ account: z.string().max(128) })
export const relayMessage = relayToken.extend({ message: z.string().max(128) })

/** What a payment to the vault is made of, beside the amount. */
export const arweaveTerms = z.object({
  anchor: z.string(),
  reward: amount.meta({ description: "Winston for whoever mines it." }),
})

export const relayBalance = z.object({ balance: amount })

/** Of the official client: a transaction of format 2 as JSON. */
export const arweavePayment = z.looseObject({})
export const passedPayment = z.object({ transaction })

export const signedMessage = z.strictObject({
  item: z
    .string()
    .regex(/^[A-Za-z0-9_-]+$/)
    .max(16 * 1024)
    .meta({ description: "An ANS-104 item, base64url." }),
})

export const passedMessage = z.object({ message: z.string() })

export const relayCampaign = z.object({ campaign: z.string().max(64) })
export const relayEarner = relayCampaign.extend({ account: z.string().max(128) })
export const relayClaim = relayCampaign.extend({ message: z.string().max(128) })

/** Base units of the campaign's token. */
export const pointsHad = z.object({
  balance: amount,
  had: amount.nullable().meta({
    description: "Of all that was ever given; null where the token cannot be asked.",
  }),
})

export const claimOutcome = z.object({
  state: z.enum(["pending", "paid", "refused"]),
  quantity: amount.optional().meta({ description: "What was paid now." }),
  number: z.number().int().positive().optional(),
  why: z.string().optional().meta({ description: "The token's own word; nothing was paid." }),
})

/** What the token made of it. */
export const burnOutcome = z.object({
  state: z.enum(["pending", "burned", "refused"]),
  transfer: transferId.optional(),
  why: z.string().optional().meta({ description: "The token's own word; nothing was burned." }),
})
