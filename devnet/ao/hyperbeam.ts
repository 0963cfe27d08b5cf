// What a HyperBEAM node lets one read and post, over the same slots: with its two shapes, and without its memory for what it has seen.

import { json, type Reply, refusal, text } from "../arweave/reply.ts"
import type { AoOutgoing, AoResult } from "../evaluator.ts"
import type { Asked } from "./asked.ts"
import type { Messenger } from "./messenger.ts"
import type { NativeResult } from "./native.ts"
import { posted } from "./node-posts.ts"
import type { Process, Schedule, Slot } from "./schedule.ts"
import type { View } from "./view.ts"

/** An answer that is no HTTP: what many errors of a node look like. */
export const MALFORMED = Symbol("malformed")
export type Malformed = typeof MALFORMED

export interface Node {
  readonly view: View
  readonly schedule: Schedule
  readonly messenger: Messenger
  /** Its own: that of the scheduler, and of the key that signs what processes send. */
  readonly address: string
}

/** Whether a path is a node's: a device of it, a spawn, or an upload. */
export function isNodePath(unit: string, { method, path }: Asked): boolean {
  const isPost = method === "POST" && path.length === 0
  return (
    unit.includes("~") || unit.includes("%7E") || (isPost && (unit === "push" || unit === "tx"))
  )
}

/**
 * `GET /{process}~process@1.0/...`: `slot/current`, `schedule?from=&to=` (both inclusive), `compute=N/results`
 * and `compute=N/<path>`, the newest slot as `now/<path>` and `compute/<path>`; JSON with
 * `require-codec=application/json` or an `accept` header that says so. `POST` to `push` or `schedule` of a
 * process, to `/push` (a spawn), and to `/tx` (a script). An unknown process is 500, not 404, as there.
 */
export async function hyperbeam(
  node: Node,
  device: string,
  asked: Asked,
  accept: string,
): Promise<Reply | Malformed | null> {
  const [id = "", name] = decodeURIComponent(device).split("~")
  const path = asked.path.map(decodeURIComponent).join("/")
  if (name === "meta@1.0" && path === "info/address") return text(200, node.address)
  if (name === "meta@1.0" && path === "build") return json(200, { node: "local units", version: 1 })
  if (asked.method === "POST" || path === "push") return posted(node, id, path, asked)
  if (asked.method !== "GET" || name !== "process@1.0") return null
  const { view } = node
  const process = view.process(id)
  if (!process) return refusal(500, "necessary_message_not_found")
  // Spawned, and nothing of it scheduled as far as this node knows.
  const newest = view.slots(process).at(-1)?.slot ?? -1
  if (path === "slot/current") return text(200, `${newest}`)
  if (path === "slot") return json(200, { current: newest, process: id, addresses: [node.address] })
  if (path === "schedule") return schedule(node, process, asked.query)
  // A trap that stands there: the number is not looked at.
  const asPath = /^compute\/results=/.test(path) ? "compute/results" : path
  const isJson = asked.query.get("require-codec") === "application/json" || accept.includes("json")
  return computed(view, process, asPath, newest, isJson)
}

const PAGE_MAX = 1_000

function schedule({ view, address }: Node, process: Process, query: URLSearchParams): Reply {
  const from = Number(query.get("from") ?? 0)
  const to = Number(query.get("to") ?? Number.MAX_SAFE_INTEGER)
  const slots = view.slots(process, from, Math.min(to, from + PAGE_MAX - 1))
  const next = view.slots(process, from + slots.length, Math.min(to, from + slots.length))
  const page = { process: process.id, has_next_page: next.length > 0 }
  return json(200, {
    page_info: { ...page, timestamp: "0", "block-height": "0", "block-hash": "" },
    edges: slots.map((slot) => ({ cursor: slot.slot, node: nodeOf(slot, address) })),
  })
}

/** Capital letters, and the slot in a tag of that name. */
function nodeOf({ process, slot, timestamp, height, hashChain, item }: Slot, address: string) {
  const { id, owner, key, signature, target, anchor, tags, data, isText } = item
  const from = tags.find(({ name }) => name === "From-Process")?.value ?? owner
  const assignment = {
    ...{ "Data-Protocol": "ao", Variant: "ao.N.1", Type: "Assignment", Process: process },
    ...{ Epoch: "0", Slot: `${slot}`, "Hash-Chain": hashChain, Path: "compute" },
    ...{ "Block-Height": `${height}`, "Block-Timestamp": "0", Timestamp: `${timestamp}` },
  }
  const empty = { Id: "", Owner: "", From: "", Signature: "", PublicKey: "", Target: "" }
  // What a node itself has signed is signed in HTTP's way, and cannot be put together again as an item.
  const isPushed = owner === address
  const added = isPushed ? [{ name: "From-Uncommitted", value: from }] : []
  return {
    message: {
      ...{ Id: id, Owner: owner, From: from, Target: target, Anchor: coded(anchor) },
      ...{ Tags: [...tags, ...added], Data: isText ? data : null, Signature: signature },
      PublicKey: key,
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

/** `compute=N/<path>`, or the newest slot's. */
async function computed(
  view: View,
  process: Process,
  path: string,
  newest: number,
  isJson: boolean,
): Promise<Reply | null> {
  const [, named, rest] = /^(?:now|compute(?:[=&](?:slot=)?(\d+))?)\/(.+)$/.exec(path) ?? []
  if (rest === undefined) return null
  const slot = named === undefined ? newest : Number(named)
  const found = view.slots(process, slot, slot)[0]
  const result = found ? await view.result(found) : null
  if (!found || !result) {
    const reason = "Requested slot not yet available in schedule."
    return json(404, { "attempted-slot": slot, phase: "get-schedule", reason })
  }
  const stuck = await stuckAt(process, slot)
  if (stuck !== null) return json(500, { "attempted-slot": stuck, phase: "compute", trace: "" })
  if (rest === "results") {
    // Without a codec most maps come back as a page for people.
    return isJson ? shaped(found, bodyOf(result)) : text(200, "<html></html>")
  }
  const value = rest
    .split("/")
    .reduce<unknown>((inner, key) => Object(inner)[key], (result as Partial<NativeResult>).state)
  // Beside what is asked for stands what the node adds to every map.
  if (isJson && value !== null && typeof value === "object")
    return shaped(found, { ...value, commitments: {}, status: 200 })
  return typeof value === "string" ? text(200, value) : refusal(404, "not_found")
}

/** The slot that an error has left `compute` in, when it is this one or an earlier one. */
export async function stuckAt(process: Process, slot: number): Promise<number | null> {
  for (let at = sound.get(process) ?? 0; at <= slot && at < process.slots.length; at += 1) {
    const { stuck } = (await process.slots[at]!.result) as Partial<NativeResult>
    if (stuck) return at
    sound.set(process, Math.max(at + 1, sound.get(process) ?? 0))
  }
  return null
}

/** How many slots of a process are known to have left `compute` well. */
const sound = new WeakMap<Process, number>()

/** The first answer is bare, later ones come from a cache and are wrapped. */
function shaped(slot: Slot, body: object): Reply {
  if (answered.has(slot.result)) return json(200, { "ao-result": "body", body, status: 200 })
  answered.add(slot.result)
  return json(200, body)
}

const answered = new WeakSet<Promise<AoResult>>()

function bodyOf(result: AoResult): object {
  const { Output, Messages, Spawns, Assignments, Error: failure } = result
  if ("state" in result) {
    // An empty list is a map there.
    const outbox = Messages.length === 0 ? {} : Messages.map(native)
    return { outbox, output: { ...Output, commitments: {} }, commitments: {} }
  }
  // A delegated compute unit's own answer is the text in `json.body`.
  const outbox = Messages.map((message, n) => [`${n + 1}`, message] as const)
  const answer = { Output, Messages, Spawns, Assignments, ...(failure && { Error: failure }) }
  return {
    data: failure ?? Output.data ?? "",
    outbox: Object.fromEntries(outbox),
    json: { body: JSON.stringify(answer), "content-type": "application/json" },
  }
}

function native({ Target, Data, Tags }: AoOutgoing): object {
  const fields = Tags.map(({ name, value }) => [name.toLowerCase(), value])
  return {
    target: Target,
    ...(Data !== undefined && { data: Data }),
    ...Object.fromEntries(fields),
  }
}
