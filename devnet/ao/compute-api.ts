// The compute unit over HTTP: results by message, pages of them, and dry runs.

import { json, type Reply, refusal, text } from "../arweave/reply.ts"
import type { AoMessage, AoResult } from "../evaluator.ts"
import { type Asked, parsed } from "./asked.ts"
import type { Schedule, Slot } from "./schedule.ts"
import type { View } from "./view.ts"

/**
 * `GET CU/result/{message}?process-id=` waits until the message is evaluated. 404: it has no slot; 504: this
 * endpoint has no result yet. `GET CU/results/{process}?from&to&sort&limit` and `POST CU/dry-run?process-id=`.
 */
export async function compute(
  view: View,
  schedule: Schedule,
  { method, path, query, body }: Asked,
): Promise<Reply | null> {
  const [what = "", id = ""] = path
  if (method === "GET" && what === "") return text(200, "ao compute unit")
  if (method === "GET" && what === "result") return result(view, id, query)
  if (method === "GET" && what === "results") return results(view, id, query)
  if (method === "POST" && what === "dry-run") return dryrun(view, schedule, query, body)
  return null
}

async function result(view: View, message: string, query: URLSearchParams): Promise<Reply> {
  const slot = view.slotOf(message, query.get("process-id") ?? "")
  if (!slot) return refusal(404, "Message does not exist")
  const known = await view.result(slot)
  return known ? json(200, known) : refusal(504, "the result is not computed yet")
}

const LIMIT_DEFAULT = 25
const LIMIT_MAX = 1_000

/** `from` is exclusive and `to` inclusive, in the order of `sort`; both are cursors of earlier answers. */
async function results(view: View, id: string, query: URLSearchParams): Promise<Reply> {
  const process = view.process(id)
  if (!process) return refusal(404, "Process does not exist")
  const limit = Number(query.get("limit") || LIMIT_DEFAULT)
  const [from, to] = [cursorIn(query.get("from")), cursorIn(query.get("to"))]
  if (!Number.isInteger(limit) || limit < 1 || Number.isNaN(from) || Number.isNaN(to))
    return refusal(400, "from and to are cursors, limit is a number")
  const isDescending = query.get("sort")?.toUpperCase() === "DESC"
  const sign = isDescending ? -1 : 1
  const isInside = ({ slot }: Slot) =>
    (from === null || (slot - from) * sign > 0) && (to === null || (slot - to) * sign <= 0)
  const slots = view.slots(process).filter(isInside)
  const ordered = isDescending ? slots.reverse() : slots
  const edges: { cursor: string; node: AoResult }[] = []
  for (const slot of ordered.slice(0, Math.min(limit, LIMIT_MAX))) {
    const node = await view.result(slot)
    if (node) edges.push({ cursor: cursorOf(slot.slot), node })
  }
  return json(200, { pageInfo: { hasNextPage: ordered.length > edges.length }, edges })
}

function cursorOf(slot: number): string {
  return Buffer.from(JSON.stringify({ slot })).toString("base64url")
}

/** The slot in a cursor, null for none, NaN for what is no cursor. */
function cursorIn(text: string | null): number | null {
  if (!text) return null
  const { slot } = Object(parsed(Buffer.from(text, "base64url"))) as { slot?: unknown }
  return typeof slot === "number" ? slot : Number.NaN
}

async function dryrun(
  view: View,
  schedule: Schedule,
  query: URLSearchParams,
  body: Buffer,
): Promise<Reply> {
  const process = view.process(query.get("process-id") ?? "")
  if (!process) return refusal(404, "Process does not exist")
  const asked = parsed(body)
  if (asked === null || typeof asked !== "object") return refusal(400, "the body is not JSON")
  return json(200, await schedule.dryrun(process, asked as Partial<AoMessage>))
}
