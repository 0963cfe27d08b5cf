// Webhooks: who wants to be told of which transfers, under a key of their own; what they were sent, and sending it again.

import { createHash, randomBytes } from "node:crypto"
import type { FastifyRequest } from "fastify"
import { BridgeError } from "../../core/errors.ts"
import type { TransferId } from "../../core/ids.ts"
import { ROUTES } from "../../sdk/schemas/routes.ts"
import type { Webhook, WebhookMessage } from "../../sdk/schemas/webhooks.ts"
import {
  dropWebhook,
  keepWebhook,
  messagesOf,
  replayMessage,
  type StoredMessage,
  type StoredWebhook,
  webhooksOf,
} from "../store/webhooks.ts"
import type { Api } from "./context.ts"
import { demandTarget } from "./safe-target.ts"
import { type Server, serve } from "./serving.ts"
import { idIn, spelling } from "./transfers.ts"
import { Delivery, secretOf } from "./webhook-delivery.ts"

const MESSAGES_SHOWN = 100

export function webhookRoutes(server: Server, api: Api): void {
  const { sql, key: own } = api
  if (!own) return
  const delivery = new Delivery(api, own, (error) => server.fastify.log.warn(error))
  if (api.webhooks?.delivers !== false) delivery.start()
  server.fastify.addHook("onClose", () => delivery.close())
  const guarded = { guard: (request: FastifyRequest) => hashOf(demandKey(request)) }

  const ownOne = async (keyHash: string, id: string): Promise<StoredWebhook> => {
    const found = (await webhooksOf(sql, keyHash)).find((one) => one.id === id)
    if (!found) throw new BridgeError("not-found", { webhook: id })
    return found
  }

  serve(server, ROUTES.makeWebhook, async ({ body, request }) => {
    const words = [...body.addresses.map(spelling), ...body.transfers.map(idIn)]
    if (words.length === 0)
      throw new BridgeError("bad-request", { missing: "addresses or transfers" })
    demandTarget(body.url, { allowPrivate: api.webhooks?.allowPrivate ?? false })
    // Several webhooks can share a key.
    const key = request.headers.authorization ? demandKey(request) : newKey()
    const id = `wh_${randomBytes(12).toString("base64url")}`
    // Whoever is told must want it: a stranger's server answers a signed ping with an error.
    const failure = await delivery.ping(id, body.url)
    if (failure !== null) throw new BridgeError("bad-request", { url: body.url, ping: failure })
    const isKept = await keepWebhook(sql, { id, url: body.url, keyHash: hashOf(key), words })
    if (!isKept) throw new BridgeError("too-many-requests", { webhooks: "as many as there may be" })
    const webhook = webhookView(await ownOne(hashOf(key), id))
    return { ...webhook, key, secret: secretOf(own, id) }
  })

  serve(
    server,
    ROUTES.webhooks,
    async ({ by }) => ({ webhooks: (await webhooksOf(sql, by)).map(webhookView) }),
    guarded,
  )

  serve(
    server,
    ROUTES.dropWebhook,
    async ({ by, params: { id } }) => {
      const webhook = webhookView(await ownOne(by, id))
      await dropWebhook(sql, id)
      return webhook
    },
    guarded,
  )

  serve(
    server,
    ROUTES.webhookMessages,
    async ({ by, params: { id } }) => {
      await ownOne(by, id)
      return { messages: (await messagesOf(sql, id, MESSAGES_SHOWN)).map(messageView) }
    },
    guarded,
  )

  serve(
    server,
    ROUTES.replay,
    async ({ by, params: { id, message } }) => {
      await ownOne(by, id)
      if (!(await replayMessage(sql, id, message))) throw new BridgeError("not-found", { message })
      return webhookView(await ownOne(by, id))
    },
    guarded,
  )
}

function newKey(): string {
  return `cwk_${randomBytes(32).toString("base64url")}`
}

/** Throws `bad-key`. */
function demandKey({ headers }: FastifyRequest): string {
  const key = /^Bearer (cwk_[A-Za-z0-9_-]{43})$/.exec(headers.authorization ?? "")?.[1]
  if (key === undefined) throw new BridgeError("bad-key", { needed: "Authorization: Bearer cwk_…" })
  return key
}

function hashOf(key: string): string {
  return createHash("sha256").update(key).digest("hex")
}

function webhookView({ words, createdAt, lastDelivery, ...one }: StoredWebhook): Webhook {
  return {
    ...one,
    addresses: words.filter((word) => !word.includes(":")),
    transfers: words.filter((word) => word.includes(":")) as TransferId[],
    createdAt: createdAt.toISOString(),
    lastDelivery: lastDelivery?.toISOString() ?? null,
  }
}

function messageView(message: StoredMessage): WebhookMessage {
  const { id, transfer, event, state, attempts, failure, at, nextAt, deliveredAt } = message
  return {
    ...{ id, transfer, event, state, attempts, failure, at: at.toISOString() },
    nextAt: state === "waiting" ? nextAt.toISOString() : null,
    deliveredAt: deliveredAt?.toISOString() ?? null,
  }
}
