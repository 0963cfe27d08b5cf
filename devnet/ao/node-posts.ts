// What a HyperBEAM node does with what is posted: no answer of it says for certain whether the item has a slot.

import { json, type Reply, refusal, text } from "../arweave/reply.ts"
import type { Asked } from "./asked.ts"
import { MALFORMED, type Malformed, type Node, stuckAt } from "./hyperbeam.ts"
import { readItem, type UnitItem } from "./item.ts"
import type { Process, Slot } from "./schedule.ts"

/**
 * `POST {process}/push` and `POST {process}/schedule` with an item; `POST /push` with a spawn; `POST /tx`
 * with a script; `GET` or `POST {process}/push?slot=N` by anybody: the outbox of that slot once more.
 */
export async function posted(
  node: Node,
  process: string,
  path: string,
  { method, query, body }: Asked,
): Promise<Reply | Malformed | null> {
  const again = query.get("slot")
  if (again !== null) return pushedAgain(node, process, Number(again))
  if (method !== "POST") return null
  const item = readItem(body)
  // Nobody but RSA-4096 keys is known there, and what is wrong is not said.
  if (item === null || item.key.length !== RSA_KEY_CHARACTERS) return text(500, "")
  if (process === "tx") {
    node.schedule.upload(item)
    return json(200, { id: item.id })
  }
  return path === "push" || path === "schedule" || process === "push"
    ? take(node, process, item, path !== "schedule")
    : null
}

const RSA_KEY_CHARACTERS = 683

async function take(
  { schedule, messenger, view }: Node,
  process: string,
  item: UnitItem,
  push: boolean,
): Promise<Reply | Malformed> {
  const odd = override(item)
  if (odd !== null) return odd
  const [slot] = tagged(item, "slot")
  if (slot !== undefined)
    return pushedAgain({ schedule, messenger, view, address: "" }, process, Number(slot))
  if (messenger.befalls("garble")) return MALFORMED
  if (messenger.befalls("pretend")) {
    const newest = view.process(process)?.slots.at(-1)?.slot ?? 0
    return slotReply(process, newest + 1)
  }
  const taken = messenger.schedule(item, push)
  if ("error" in taken) return refusal(500, taken.error)
  if (push) await taken.result
  if (push && messenger.befalls("repush")) messenger.push(taken)
  if (messenger.befalls("crash")) return MALFORMED
  if (messenger.befalls("deny")) return refusal(500, "necessary_message_not_found")
  // A spawn is answered well, whatever becomes of it.
  const isRun = push && taken.slot > 0
  const failed = isRun && (await failureOf(view.process(taken.process), taken.slot))
  if (failed) return failed
  const isElsewhere = process !== "push" && item.target !== process
  return isElsewhere
    ? refusal(400, "the target is another process")
    : slotReply(taken.process, taken.slot)
}

/** Of a slot that was scheduled and is not computed: it is its own error that stops it, or an earlier one. */
async function failureOf(process: Process | null, slot: number): Promise<Reply | null> {
  const stuck = process && (await stuckAt(process, slot))
  if (stuck === null) return null
  if (stuck === slot) return json(400, { status: 400 })
  return json(500, { "attempted-slot": stuck, phase: "compute", trace: "" })
}

/** Tags that become the node's own keys: the item is answered as something else, and gets no slot. */
function override(item: UnitItem): Reply | null {
  if (tagged(item, "path").length > 0 && tagged(item, "method").length > 0)
    return refusal(404, "not_found")
  if (tagged(item, "body").length > 0) return refusal(400, "bad body")
  return tagged(item, "commitments+link").length > 0 ? text(500, "") : null
}

function tagged({ tags }: UnitItem, wanted: string): string[] {
  return tags.filter(({ name }) => name.toLowerCase() === wanted).map(({ value }) => value)
}

async function pushedAgain({ view, messenger }: Node, id: string, slot: number): Promise<Reply> {
  const process = view.process(id)
  const found: Slot | undefined = process ? view.slots(process, slot, slot)[0] : undefined
  if (!found) return refusal(404, "Requested slot not yet available in schedule.")
  await found.result
  messenger.push(found)
  return slotReply(id, slot)
}

function slotReply(process: string, slot: number): Reply {
  return { ...json(200, { process, slot, status: 200 }), headers: { process, slot: `${slot}` } }
}
