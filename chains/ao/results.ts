// What a HyperBEAM node says that a slot became, in all the shapes it has for that: only `outbox` and `output` count.

import { BridgeError } from "../../core/errors.ts"
import { jsonOf, type Reply, unreadable } from "../http.ts"
import type { Outgoing, Result } from "./codec.ts"
import { isText, resultIn } from "./units.ts"

export type Told =
  | { readonly kind: "done"; readonly result: Result; readonly output: unknown }
  /** Not scheduled or not computed yet. */
  | { readonly kind: "pending" }
  /** The node fails to compute this slot or one before it. */
  | { readonly kind: "stuck"; readonly attempted: number }

/** Throws `rpc-unavailable` for any other answer. */
export function outcomeIn(reply: Reply, url: string): Told {
  if (reply.status === 404) return { kind: "pending" }
  const told = reply.status === 200 || reply.status >= 500 ? jsonOf(reply, url) : null
  const fields = Object(told) as Record<string, unknown>
  if (reply.status >= 500 && fields.phase === "compute")
    return { kind: "stuck", attempted: Number(fields["attempted-slot"]) }
  if (reply.status !== 200)
    throw new BridgeError("rpc-unavailable", {
      url,
      status: reply.status,
      said: reply.body.slice(0, 200),
    })
  // The first answer after a computation is bare; later ones come from a cache, and are wrapped.
  const body = fields["ao-result"] === "body" ? fields.body : told
  if (typeof body !== "object" || body === null) throw unreadable(url, "result")
  return done(body as Record<string, unknown>, url)
}

function done(body: Record<string, unknown>, url: string): Told {
  const delegated = Object(body.json) as { body?: unknown }
  if (isText(delegated.body)) {
    const result = resultIn(jsonOf({ status: 200, body: delegated.body }, url), url)
    return { kind: "done", result, output: null }
  }
  const messages = entriesIn(body.outbox, url).map((entry) => outgoingIn(entry, url))
  return { kind: "done", result: { messages, error: null }, output: bare(body.output) }
}

/** An array; or a map by number, with things of the node beside; an empty one for none. */
function entriesIn(outbox: unknown, url: string): unknown[] {
  if (Array.isArray(outbox)) return outbox
  if (typeof outbox !== "object" || outbox === null) throw unreadable(url, "outbox")
  const numbers = Object.keys(outbox).filter((key) => /^[1-9]\d*$/.test(key))
  const sorted = numbers.sort((a, b) => Number(a) - Number(b))
  if (sorted.some((key, at) => Number(key) !== at + 1)) throw unreadable(url, "outbox")
  return sorted.map((key) => (outbox as Record<string, unknown>)[key])
}

const OWN = new Set(["target", "data", "commitments", "status"])

/** Names come in lower case there; the codec knows them as people write them. */
function outgoingIn(entry: unknown, url: string): Outgoing {
  const fields = Object(entry) as Record<string, unknown>
  const { target, data } = fields
  const values = Object.entries(fields).filter(([name]) => !OWN.has(name))
  if (!isText(target) || !values.every(([, value]) => isText(value)))
    throw unreadable(url, "message")
  const tags = values
    .map(([name, value]) => ({ name: titled(name), value: value as string }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  return { target, tags, data: isText(data) ? data : "" }
}

function titled(name: string): string {
  return name
    .toLowerCase()
    .replace(/[a-z][a-z0-9]*/g, (part) => part[0]!.toUpperCase() + part.slice(1))
}

/** Without what each node adds of its own. */
function bare(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value
  const fields = Object.entries(value).filter(
    ([name]) => name !== "commitments" && name !== "status",
  )
  return Object.fromEntries(fields.sort(([a], [b]) => (a < b ? -1 : 1)))
}
