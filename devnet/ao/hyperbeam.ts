// What a HyperBEAM node lets one read, over the same slots: the schedule and the result of a slot.

import { json, type Reply, refusal, text } from "../arweave/reply.ts"
import type { AoResult } from "../evaluator.ts"
import type { Asked } from "./asked.ts"
import type { Process, Slot } from "./schedule.ts"
import type { View } from "./view.ts"

/**
 * `GET /{process}~process@1.0/...`: `slot/current`, `schedule?from=&to=` (both inclusive) and
 * `compute=N/results`, as JSON with `require-codec=application/json` or an `accept` header that says so.
 * An unknown process is 500, not 404, as there.
 */
export async function hyperbeam(
  view: View,
  device: string,
  asked: Asked,
  accept: string,
): Promise<Reply | null> {
  const [id = "", name] = decodeURIComponent(device).split("~")
  if (asked.method !== "GET" || name !== "process@1.0") return null
  const process = view.process(id)
  if (!process) return refusal(500, "necessary_message_not_found")
  const path = asked.path.map(decodeURIComponent).join("/")
  if (path === "slot/current") return text(200, `${view.slots(process).at(-1)!.slot}`)
  if (path === "slot") return json(200, { current: view.slots(process).at(-1)!.slot, process: id })
  if (path === "schedule") return schedule(view, process, asked.query)
  const compute = /^compute[=&](?:slot=)?(\d+)\/results$/.exec(path)
  if (!compute) return null
  const isJson = asked.query.get("require-codec") === "application/json" || accept.includes("json")
  return isJson ? results(view, process, Number(compute[1])) : text(200, "<html></html>")
}

const PAGE_MAX = 1_000

function schedule(view: View, process: Process, query: URLSearchParams): Reply {
  const from = Number(query.get("from") ?? 0)
  const to = Number(query.get("to") ?? Number.MAX_SAFE_INTEGER)
  const slots = view.slots(process, from, Math.min(to, from + PAGE_MAX - 1))
  const next = view.slots(process, from + slots.length, Math.min(to, from + slots.length))
  const page = { process: process.id, has_next_page: next.length > 0 }
  return json(200, {
    page_info: { ...page, timestamp: "0", "block-height": "0", "block-hash": "" },
    edges: slots.map((slot) => ({ cursor: slot.slot, node: nodeOf(slot) })),
  })
}

/** Capital letters, and the slot in a tag of that name. */
function nodeOf({ process, slot, timestamp, height, hashChain, item }: Slot) {
  const { id, owner, key, signature, target, anchor, tags, data, isText } = item
  const from = tags.find(({ name }) => name === "From-Process")?.value ?? owner
  const assignment = {
    ...{ "Data-Protocol": "ao", Variant: "ao.N.1", Type: "Assignment", Process: process },
    ...{ Epoch: "0", Slot: `${slot}`, "Hash-Chain": hashChain, Path: "compute" },
    ...{ "Block-Height": `${height}`, "Block-Timestamp": "0", Timestamp: `${timestamp}` },
  }
  const empty = { Id: "", Owner: "", From: "", Signature: "", PublicKey: "", Target: "" }
  return {
    message: {
      ...{ Id: id, Owner: owner, From: from, Target: target, Anchor: coded(anchor), Tags: tags },
      ...{ Data: isText ? data : null, Signature: signature, PublicKey: key },
    },
    assignment: {
      ...{ ...empty, Anchor: "", Data: "" },
      Tags: Object.entries(assignment).map(([name, value]) => ({ name, value })),
    },
  }
}

/** There the 32 bytes are always in base64url. */
function coded(anchor: string): string {
  return anchor.length === 32 ? Buffer.from(anchor).toString("base64url") : anchor
}

async function results(view: View, process: Process, slot: number): Promise<Reply> {
  const found = view.slots(process, slot, slot)[0]
  const result = found ? await view.result(found) : null
  if (!found || !result) {
    const reason = "Requested slot not yet available in schedule."
    return json(404, { "attempted-slot": slot, phase: "get-schedule", reason })
  }
  const body = bodyOf(result)
  // The first answer is bare, later ones come from a cache and are wrapped.
  if (answered.has(found.result)) return json(200, { "ao-result": "body", body, status: 200 })
  answered.add(found.result)
  return json(200, body)
}

const answered = new WeakSet<Promise<AoResult>>()

/** A delegated compute unit's own answer is the text in `json.body`. */
function bodyOf(result: AoResult) {
  const { Output, Messages, Spawns, Assignments, Error: failure } = result
  const outbox = Messages.map((message, n) => [`${n + 1}`, message] as const)
  const answer = { Output, Messages, Spawns, Assignments, ...(failure && { Error: failure }) }
  return {
    data: failure ?? Output.data ?? "",
    outbox: Object.fromEntries(outbox),
    json: { body: JSON.stringify(answer), "content-type": "application/json" },
  }
}
