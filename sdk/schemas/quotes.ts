// Quotes: the exact terms of a transfer before it is sent, signed, with the time until which they hold.

import { z } from "zod"
import {
  address,
  amount,
  asset,
  chain,
  direction,
  height,
  ms,
  type Told,
  time,
  transferId,
} from "./words.ts"

export const quoteWish = z.strictObject({
  asset,
  direction: direction.default("in").meta({ description: "`in`: to AO. `out`: a burn." }),
  amount,
  recipient: address,
  sender: address.optional().meta({ description: "Screened as well, when it is told." }),
  refundTo: address.optional(),
})

export const expectation = z
  .object({
    medianMs: ms.meta({ description: "Half of such transfers were paid in less." }),
    slowMs: ms.meta({ description: "Nine of ten were." }),
    samples: z.number().int().meta({ description: "How many; 0: reckoned from block times." }),
  })
  .meta({ id: "Expectation" })

export const quote = z
  .object({
    id: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .meta({ description: "32 bytes; `quoteId` of a vault's call." }),
    bridge: z.string().meta({ description: "Network and vault: no other bridge's quote." }),
    issuedAt: time,
    expiresAt: time,
    asset,
    source: chain,
    target: chain,
    recipient: z.string(),
    amount,
    fee: amount,
    arrives: amount,
    heightMax: height.nullable().meta({
      description: "The terms hold for blocks of `source` up to this one; null: no end is known.",
    }),
    rules: z.object({
      confirmations: z.number().int(),
      payoutConfirmations: z.number().int(),
      minimum: amount,
      cap: amount,
      refundFee: amount,
      dayLeft: amount.nullable().meta({
        description: "What the limits of the day leave now; more than this waits. Null: no limit.",
      }),
      waitsMs: ms.meta({
        description: "How long limits would hold it back, as things are now; 0: not at all.",
      }),
    }),
    expected: expectation,
    otherwise: z.string().meta({ description: "What happens to what does not keep these terms." }),
    pay: z
      .object({ to: z.string(), token: z.string().nullable() })
      .meta({ description: "Where the amount goes: vault, or token process of a burn." }),
  })
  .meta({ id: "Quote" })

export const signedQuote = z
  .object({
    quote,
    key: z.string().meta({ description: "Ed25519, base64url: the service's quote key." }),
    signature: z.string().meta({
      description: "Over `causeway quote` + LF + canonical JSON (RFC 8785) of `quote`, base64url.",
    }),
  })
  .meta({ id: "SignedQuote" })

export const quoteStatus = signedQuote.extend({
  state: z.enum(["open", "used", "expired"]),
  transfer: transferId.nullable().meta({ description: "The transfer that used it." }),
})

export const quotePath = z.object({ id: z.string().regex(/^[0-9a-f]{64}$/) })

export type QuoteWish = z.input<typeof quoteWish>
export type Quote = Told<typeof quote>
export type SignedQuote = Told<typeof signedQuote>
export type QuoteStatus = Told<typeof quoteStatus>
