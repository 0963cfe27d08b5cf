// The scheduler unit over HTTP, read only: messages with their slots, one by one and in pages.

import { json, type Reply, refusal, text } from "../arweave/reply.ts"
import type { Asked } from "./asked.ts"
import type { Process, Slot } from "./schedule.ts"
import type { View } from "./view.ts"

/**
 * `GET SU/{process}?from&to&limit` pages by slot, both ends inclusive and the spawn in slot 0. As on the
 * network, a number too large for a slot is a time in milliseconds (`from` exclusive), and `from-nonce`
 * is exclusive, `to-nonce` inclusive. `GET SU/{message}?process-id=` is one message; also
 * `processes/{process}`, `{process}/latest`, `timestamp`.
 */
export function scheduler(view: View, { method, path, query }: Asked): Reply | null {
  if (method !== "GET") return null
  const [first = "", second = ""] = path
  if (first === "") return text(200, "ao scheduler unit")
  if (first === "timestamp") return timestamp(view, query)
  if (first === "processes") return spawnOf(view, second)
  const process = view.process(first)
  if (process && second === "latest") return json(200, nodeOf(view.slots(process).at(-1)!))
  if (process) return page(view, process, query)
  const slot = view.slotOf(first, query.get("process-id"))
  return slot ? json(200, nodeOf(slot)) : refusal(404, "Message or Process not found")
}

const LIMIT_DEFAULT = 100
const LIMIT_MAX = 1_000

function page(view: View, process: Process, query: URLSearchParams): Reply {
  const range = rangeOf(view, process, query)
  if (range === null) return refusal(400, "from, to and limit are whole numbers")
  const { from, to, limit } = range
  const edges = view.slots(process, from, Math.min(to, from + limit - 1))
  const more = view.slots(process, from + limit, Math.min(to, from + limit))
  return json(200, {
    page_info: { process: process.id, has_next_page: more.length > 0 },
    edges: edges.map((slot) => ({ cursor: `${slot.slot}`, node: nodeOf(slot) })),
  })
}

interface Range {
  /** First and last slot. */
  readonly from: number
  readonly to: number
  readonly limit: number
}

function rangeOf(view: View, process: Process, query: URLSearchParams): Range | null {
  const number = (name: string) => (query.get(name) ? Number(query.get(name)) : null)
  const [after, until] = [number("from-nonce"), number("to-nonce")]
  const [from, to] = [number("from"), number("to")]
  const limit = number("limit") ?? LIMIT_DEFAULT
  const range = {
    from: after !== null ? after + 1 : from === null ? 0 : firstFrom(view, process, from),
    to: until ?? (to === null ? Number.MAX_SAFE_INTEGER : lastUntil(view, process, to)),
    limit: Math.min(limit, LIMIT_MAX),
  }
  return Object.values(range).every(Number.isSafeInteger) && limit > 0 ? range : null
}

/** Milliseconds since 1970 passed this number in 2001; a process with so many slots there is none. */
const TIMES_FROM = 1e12

function firstFrom(view: View, process: Process, from: number): number {
  if (!(from >= TIMES_FROM)) return from
  const slots = view.slots(process)
  return slots.find(({ timestamp }) => timestamp > from)?.slot ?? slots.length
}

function lastUntil(view: View, process: Process, to: number): number {
  if (!(to >= TIMES_FROM)) return to
  return view.slots(process).findLast(({ timestamp }) => timestamp <= to)?.slot ?? -1
}

/** The fields of a scheduler's answer; its own signature on the assignment is not made here. */
function nodeOf({ process, slot, timestamp, height, hashChain, item }: Slot) {
  const { id, owner, key, signature, target, anchor, tags, data, isText } = item
  const assignment = {
    ...{ "Data-Protocol": "ao", Variant: "ao.TN.1", Type: "Assignment", Process: process },
    ...{ Epoch: "0", Nonce: `${slot}`, "Hash-Chain": hashChain },
    ...{ "Block-Height": paddedHeight(height), Timestamp: `${timestamp}` },
  }
  return {
    message: {
      ...{ id, owner: { address: owner, key }, signature, target, anchor, tags },
      data: isText ? data : null,
    },
    assignment: { tags: Object.entries(assignment).map(([name, value]) => ({ name, value })) },
  }
}

function paddedHeight(height: number): string {
  return `${height}`.padStart(12, "0")
}

function spawnOf(view: View, id: string): Reply {
  const process = view.process(id)
  const spawn = process && view.slots(process, 0, 0)[0]
  if (!spawn) return refusal(404, "Process not found")
  const { message, assignment } = nodeOf(spawn)
  const { id: _, ...rest } = message
  const { timestamp, height } = spawn
  return json(200, {
    ...{ process_id: id, block: paddedHeight(height), timestamp, ...rest },
    assignment,
  })
}

function timestamp(view: View, query: URLSearchParams): Reply {
  const process = view.process(query.get("process-id") ?? "")
  const last = process && view.slots(process).at(-1)
  return last
    ? json(200, { timestamp: `${last.timestamp}`, block_height: paddedHeight(last.height) })
    : refusal(404, "Process not found")
}
