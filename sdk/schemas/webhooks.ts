// Webhooks: whoever wants to be told of transfers, what they are sent, and how it is sent again.

import { z } from "zod"
import { transferBrief } from "./transfers.ts"
import { address, type Told, time, transferId } from "./words.ts"

export const webhookWish = z.strictObject({
  url: z.url().max(2_000),
  addresses: z
    .array(address)
    .max(100)
    .default([])
    .meta({ description: "Transfers that these send or receive." }),
  transfers: z.array(transferId).max(100).default([]).meta({ description: "These transfers." }),
})

export const webhook = z
  .object({
    id: z.string(),
    url: z.string(),
    addresses: z.array(z.string()),
    transfers: z.array(transferId),
    state: z.enum(["active", "failing"]).meta({
      description:
        "`failing`: a message could not be delivered for 24 hours; a replay makes it active.",
    }),
    createdAt: time,
    waiting: z.number().int().meta({ description: "Messages that are still to be delivered." }),
    lastDelivery: time.nullable(),
    failure: z.string().nullable().meta({ description: "Of the last attempt, when it failed." }),
  })
  .meta({ id: "Webhook" })

export const newWebhook = webhook.extend({
  key: z.string().meta({ description: "Bearer key that manages it; it is told once." }),
  secret: z.string().meta({ description: "`whsec_…`: what messages are signed with; told once." }),
})

export const webhooks = z.object({ webhooks: z.array(webhook) })

export const webhookMessage = z
  .object({
    id: z.string().meta({ description: "`webhook-id`." }),
    transfer: transferId,
    event: z.string(),
    at: time,
    state: z.enum(["waiting", "delivered", "failed"]),
    attempts: z.number().int(),
    nextAt: time.nullable(),
    deliveredAt: time.nullable(),
    failure: z.string().nullable(),
  })
  .meta({ id: "WebhookMessage" })

export const webhookMessages = z.object({ messages: z.array(webhookMessage) })

/** The body of a message: what Standard Webhooks call type, timestamp and data. */
export const webhookBody = z
  .object({
    type: z.string().meta({ example: "transfer.confirmed" }),
    timestamp: time,
    data: z.object({
      sequence: z
        .number()
        .int()
        .meta({ description: "Counts the webhook's messages, without gaps." }),
      version: z.number().int().meta({ description: "Of the transfer after this event." }),
      event: z.string(),
      transfer: transferBrief.nullable().meta({ description: "As it stands now; null in a ping." }),
    }),
  })
  .meta({ id: "WebhookBody" })

export const webhookPath = z.object({ id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/) })
export const messagePath = webhookPath.extend({
  message: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
})

export type WebhookWish = z.input<typeof webhookWish>
export type Webhook = Told<typeof webhook>
export type NewWebhook = Told<typeof newWebhook>
export type WebhookMessage = Told<typeof webhookMessage>
export type WebhookBody = Told<typeof webhookBody>
