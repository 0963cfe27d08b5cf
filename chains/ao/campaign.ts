// The messages that a campaign's token takes from the bridge and its guardian, and what it answers: roots, credits and
// holds. Pure.

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

/** What the guardian says of accounts whose claims must wait. */
export interface Hold {
  /** 1 to `HOLD_ACCOUNTS`, none twice. */
  readonly accounts: readonly string[]
  /** Of the roots up to this epoch's. */
  readonly epoch: number
  readonly untilMs: number
  /** What people read, 1 to 200 characters. */
  readonly reason: string
}

/** Accounts of one hold: more the token does not take. */
export const HOLD_ACCOUNTS = 100

/** As `lua/campaign.lua` reads it; any wallet file of the guardian's signs it. */
export function holdText({ accounts, epoch, untilMs, reason }: Hold) {
  const fields = { Action: "Hold", Epoch: `${epoch}`, Until: `${untilMs}`, Reason: reason }
  const tags = Object.entries(fields).map(([name, value]) => ({ name, value }))
  return { tags: [...COMMON, ...tags], data: JSON.stringify(accounts) }
}

/** What the token made of an order or a hold: `done`, or the code of its refusal. */
export function orderOutcome(
  kind: Order["kind"] | "hold",
  id: string,
  result: Result,
): "done" | (string & {}) {
  if (result.error !== null) return "evaluation-failed"
  const [notice, error] = ANSWERS[kind]
  const isOurs = ({ tags }: Outgoing) => tagOf(tags, "Message-Id") === id
  const actions = result.messages.filter(isOurs)
  if (actions.some(({ tags }) => tagOf(tags, "Action") === notice)) return "done"
  const refusal = actions.find(({ tags }) => tagOf(tags, "Action") === error)
  return (refusal && tagOf(refusal.tags, "Error")) ?? "no-answer"
}

const ANSWERS = {
  root: ["Root-Notice", "Root-Error"],
  credit: ["Credited-Notice", "Credit-Error"],
  hold: ["Hold-Notice", "Hold-Error"],
} as const

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
