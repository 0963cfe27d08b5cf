// The messages that a campaign's token takes from the bridge, and what it answers: roots and credits. Pure.

import { sha256 } from "@noble/hashes/sha2.js"
import { bytesToHex } from "@noble/hashes/utils.js"
import { assert } from "../../core/assert.ts"
import { CREDIT_ROWS, type CreditRow, type RootFacts } from "../../core/rewards/payable.ts"
import { fromBase64url, utf8 } from "../bytes.ts"
import type { Deployment, Sealed } from "../chain.ts"
import { tagOf } from "../tags.ts"
import type { Outgoing, Result } from "./codec.ts"
import { encode, type ItemTag, idOf, messageOf, targetOf, type UnsignedItem } from "./item.ts"

/** The root of an epoch, or one of its credits. */
export type Order =
  | { readonly kind: "root"; readonly facts: RootFacts }
  | { readonly kind: "credit"; readonly epoch: number; readonly rows: readonly CreditRow[] }

/** One order has one item, for ever: whoever builds it builds these bytes. `process` is the campaign's token. */
export function orderItem(
  order: Order,
  process: string,
  { owner, tokens }: Deployment,
): UnsignedItem {
  // The key that signs this mints on those.
  assert(!Object.values(tokens).includes(process), "a campaign's token is none of the wrapped ones")
  const { tags, data } = order.kind === "root" ? rootText(order.facts) : creditText(order)
  const content = JSON.stringify([process, tags.map(({ name, value }) => [name, value]), data])
  return {
    type: 1,
    owner: fromBase64url(owner)!,
    target: targetOf(process),
    anchor: utf8(bytesToHex(sha256(utf8(content))).slice(0, 32)),
    tags: [...COMMON, ...tags],
    data: utf8(data),
  }
}

/** The 48 bytes that the group signs. */
export function orderMessage(...order: Parameters<typeof orderItem>): Uint8Array {
  return messageOf(orderItem(...order))
}

export function sealOrder(item: UnsignedItem, signature: Uint8Array): Sealed {
  return { id: idOf(signature), raw: encode({ ...item, signature }) }
}

/** What the token made of an order: `done`, or the code of its refusal. */
export function orderOutcome(
  kind: Order["kind"],
  id: string,
  result: Result,
): "done" | (string & {}) {
  if (result.error !== null) return "evaluation-failed"
  const [notice, error] = kind === "root" ? ROOT_ANSWERS : CREDIT_ANSWERS
  const isOurs = ({ tags }: Outgoing) => tagOf(tags, "Message-Id") === id
  const actions = result.messages.filter(isOurs)
  if (actions.some(({ tags }) => tagOf(tags, "Action") === notice)) return "done"
  const refusal = actions.find(({ tags }) => tagOf(tags, "Action") === error)
  return (refusal && tagOf(refusal.tags, "Error")) ?? "no-answer"
}

const ROOT_ANSWERS = ["Root-Notice", "Root-Error"] as const
const CREDIT_ANSWERS = ["Credited-Notice", "Credit-Error"] as const

const COMMON: readonly ItemTag[] = [
  { name: "Data-Protocol", value: "ao" },
  { name: "Variant", value: "ao.TN.1" },
  { name: "Type", value: "Message" },
  { name: "SDK", value: "causeway" },
]

function rootText({ epoch, root, total, opensAtMs, closesAtMs, artifact }: RootFacts) {
  const fields = {
    ...{ Action: "Root", Epoch: `${epoch}`, Root: root, Total: `${total}`, Artifact: artifact },
    ...{ "Opens-At": `${opensAtMs}`, "Closes-At": `${closesAtMs}` },
  }
  return { tags: Object.entries(fields).map(([name, value]) => ({ name, value })), data: "" }
}

/** As `lua/campaign.lua` reads it. */
function creditText({ epoch, rows }: Extract<Order, { kind: "credit" }>) {
  assert(rows.length > 0 && rows.length <= CREDIT_ROWS, "a credit has 1 to 100 rows")
  const texts = rows.map(({ index, account, amount }) => ({
    ...{ index: `${index}`, account, amount: `${amount}` },
  }))
  return {
    tags: [{ name: "Action", value: "Credit" }],
    data: JSON.stringify({ epoch: `${epoch}`, rows: texts }),
  }
}
