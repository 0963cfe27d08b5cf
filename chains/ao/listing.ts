// A page of a HyperBEAM schedule, read strictly: whose it is, which slots, and nothing of it believed yet.

import { BridgeError } from "../../core/errors.ts"
import { unreadable } from "../http.ts"
import type { ItemTag } from "./item.ts"
import { type Assigned, isText, tagsIn } from "./units.ts"

export type Listed = Assigned

export interface Page {
  readonly process: string
  /** Both inclusive. */
  readonly from: number
  readonly to: number
  /** Where it was read, for errors. */
  readonly at: string
}

/**
 * The messages of `accept=application/aos-2`, one a slot from `from` to `to`. Throws `rpc-unavailable` for
 * a page that is not whole or has another form, `rpc-disagrees` for one of another process.
 */
export function listedIn(json: unknown, page: Page): Listed[] {
  const { process, from, to, at } = page
  const { page_info, edges } = Object(json) as {
    page_info?: { process?: unknown }
    edges?: unknown
  }
  if (!Array.isArray(edges)) throw unreadable(at, "edges")
  if (page_info?.process !== process)
    throw new BridgeError("rpc-disagrees", { at, why: "a schedule of another process" })
  const wanted = edges
    .map((edge) => Object(edge) as { cursor?: unknown; node?: unknown })
    .filter(({ cursor }) => Number(cursor) >= from && Number(cursor) <= to)
  if (wanted.length !== to - from + 1 || !wanted.every(({ cursor }, n) => cursor === from + n))
    throw new BridgeError("rpc-unavailable", { at, from, to, why: "slots are missing" })
  return wanted.map(({ node }, n) => listed(node, from + n, page))
}

function listed(node: unknown, slot: number, { process, at }: Page): Listed {
  const { message, assignment } = Object(node) as {
    message?: Record<string, unknown>
    assignment?: { Tags?: unknown }
  }
  const tags = tagsIn(message?.Tags)
  const stated = tagsIn(assignment?.Tags)
  if (tags === null || stated === null) throw unreadable(at, "tags")
  const { Id: id, Owner: owner, PublicKey: key, Signature: signature } = message ?? {}
  if (!isText(id) || !isText(owner) || !isText(key) || !isText(signature))
    throw unreadable(at, "message")
  const hashChain = only(stated, "Hash-Chain")
  const timestampMs = Number(only(stated, "Timestamp") ?? Number.NaN)
  if (hashChain === null || !Number.isSafeInteger(timestampMs)) throw unreadable(at, "assignment")
  const isOwn = slot === 0 ? id === process : message?.Target === process
  if (only(stated, "Slot") !== `${slot}` || only(stated, "Process") !== process || !isOwn)
    throw new BridgeError("rpc-disagrees", {
      at,
      slot,
      why: "the message is of another slot or process",
    })
  const { Data: data, Target: target, Anchor: anchor } = message ?? {}
  return {
    ...{ id, slot, hashChain, timestampMs, owner, key, signature, tags },
    target: isText(target) ? target : "",
    anchor: isText(anchor) ? anchor : "",
    data: isText(data) ? data : "",
    // What a node has signed in HTTP's way, and data that is no text, cannot be put together again.
    isOpaque: data === null || tags.some(({ name }) => name.toLowerCase() === "from-uncommitted"),
  }
}

/** The value of the one tag of a name. */
function only(tags: readonly ItemTag[], name: string): string | null {
  const found = tags.filter((tag) => tag.name.toLowerCase() === name.toLowerCase())
  return found.length === 1 ? found[0]!.value : null
}
