// Delivers messages to webhooks: signed (Standard Webhooks), in order, again and again for a day, and never into our own network.

import { createHash, createHmac } from "node:crypto"
import { type Agent, request } from "undici"
import { retryAfterMs } from "../../core/retries.ts"
import type { WebhookBody } from "../../sdk/schemas/webhooks.ts"
import type { OwnKey } from "../own-key.ts"
import { findTransfer } from "../store/transfers.ts"
import {
  delivered,
  fixBody,
  forgetMessages,
  leaseWebhooks,
  nextMessage,
  numberMessage,
  releaseWebhook,
  type StoredMessage,
  undelivered,
} from "../store/webhooks.ts"
import { type Api, contextOf } from "./context.ts"
import { safeAgent } from "./safe-target.ts"
import { briefsOf } from "./transfers.ts"

/** A reader that takes longer than this has not taken it. */
export const TIMEOUT_MS = 10_000
const LOOK_MS = 1_000
const AT_ONCE = 10
/** Messages of one webhook in a row, so that others get their turn. */
const IN_A_ROW = 20
/** A process that died delivers no more; the next one goes on then. */
const LEASE_MS = 60_000
const HOUR_MS = 3_600_000

/**
 * What messages of a webhook are signed with: it follows from our own key, so that it is kept nowhere. `whsec_` and
 * base64, as Standard Webhooks write it.
 */
export function secretOf({ sign }: OwnKey, webhook: string): string {
  const bytes = createHash("sha256")
    .update(sign(`causeway webhook secret\n${webhook}`))
    .digest()
  return `whsec_${bytes.toString("base64")}`
}

/** The headers of a message (Standard Webhooks, symmetric). */
export function signedHeaders(
  secret: string,
  { id, body, atMs }: { readonly id: string; readonly body: string; readonly atMs: number },
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(atMs / 1_000))
  const key = Buffer.from(secret.slice("whsec_".length), "base64")
  const mac = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")
  return {
    ...{ "content-type": "application/json", "user-agent": "causeway-webhooks" },
    ...{ "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": `v1,${mac}` },
  }
}

/** Posts a body. Null when it was taken (any 2xx), else why not, in a few words that may be shown to its owner. */
export async function post(
  agent: Agent,
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
): Promise<string | null> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS)
    const answer = await request(url, { method: "POST", headers, body, dispatcher: agent, signal })
    await answer.body.dump()
    const { statusCode } = answer
    return statusCode >= 200 && statusCode < 300 ? null : `it answered ${statusCode}`
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).slice(0, 200)
  }
}

export class Delivery {
  readonly #api: Api
  readonly #key: OwnKey
  readonly #agent: Agent
  readonly #onFailure: (error: unknown) => void
  #timer: NodeJS.Timeout | null = null
  #round: Promise<void> | null = null
  #forgotMs = 0

  constructor(api: Api, key: OwnKey, onFailure: (error: unknown) => void) {
    this.#api = api
    this.#key = key
    this.#agent = safeAgent({ allowPrivate: api.webhooks?.allowPrivate ?? false }, TIMEOUT_MS)
    this.#onFailure = onFailure
  }

  /** Looks for work until it is closed; any number of processes may. */
  start(): void {
    this.#timer = setInterval(() => void this.round(), LOOK_MS)
  }

  async close(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer)
    // What is on its way is not waited for: it is sent again.
    await this.#agent.destroy()
    await this.#round
  }

  /** Sends a signed ping; null when it was taken. */
  ping(webhook: string, url: string): Promise<string | null> {
    const now = new Date()
    const body: WebhookBody = {
      ...{ type: "webhook.ping", timestamp: now.toISOString() },
      data: { sequence: 0, version: 0, event: "ping", transfer: null },
    }
    const text = JSON.stringify(body)
    const message = { id: `msg_ping_${webhook}`, body: text, atMs: now.getTime() }
    return post(this.#agent, url, signedHeaders(secretOf(this.#key, webhook), message), text)
  }

  /** Delivers all that is due. */
  round(): Promise<void> {
    this.#round ??= this.#deliverAll()
      .catch(this.#onFailure)
      .finally(() => {
        this.#round = null
      })
    return this.#round
  }

  async #deliverAll(): Promise<void> {
    const { sql } = this.#api
    if (performance.now() - this.#forgotMs > HOUR_MS) {
      this.#forgotMs = performance.now()
      await forgetMessages(sql)
    }
    for (;;) {
      const due = await leaseWebhooks(sql, AT_ONCE, LEASE_MS)
      if (due.length === 0) return
      await Promise.all(due.map((one) => this.#deliverTo(one)))
    }
  }

  async #deliverTo({ id, url }: { readonly id: string; readonly url: string }): Promise<void> {
    const { sql } = this.#api
    const secret = secretOf(this.#key, id)
    const endMs = performance.now() + LEASE_MS - 2 * TIMEOUT_MS
    for (let sent = 0; sent < IN_A_ROW && performance.now() < endMs; sent += 1) {
      const message = await nextMessage(sql, id)
      if (!message) break
      const body = message.body ?? (await this.#ready(id, message))
      const headers = signedHeaders(secret, { id: message.id, body, atMs: Date.now() })
      const failure = await post(this.#agent, url, headers, body)
      if (failure === null) await delivered(sql, message)
      else {
        const retryMs = retryAfterMs(message.attempts + 1, Math.random())
        await undelivered(sql, message, failure, retryMs)
        break
      }
    }
    await releaseWebhook(sql, id)
  }

  /** The body that is sent from now on, with the transfer as it stands now. */
  async #ready(webhook: string, message: StoredMessage): Promise<string> {
    const { sql } = this.#api
    const sequence = await numberMessage(sql, webhook, message)
    const transfer = (await findTransfer(sql, message.transfer))!
    const [brief] = await briefsOf(this.#api, [transfer], await contextOf(this.#api))
    const { event, version, at } = message
    const body: WebhookBody = {
      ...{ type: `transfer.${event.toLowerCase()}`, timestamp: at.toISOString() },
      data: { sequence: Number(sequence), version, event, transfer: brief! },
    }
    const text = JSON.stringify(body)
    await fixBody(sql, message, text)
    return text
  }
}
