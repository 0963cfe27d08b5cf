// The record of one decision: everything it was made from, so that anybody can make it again and compare.

import { canonical, type Json } from "./canonical.ts"
import type { Decision } from "./decision.ts"
import { nameOf, type PolicyDocument } from "./document.ts"
import { evaluate, rulebookOf } from "./evaluate.ts"
import type { Facts } from "./facts.ts"
import type { Lists, ListVersion } from "./lists.ts"
import type { Hash } from "./seals.ts"

export interface DecisionRecord {
  readonly transfer: string
  readonly atMs: number
  /** Name of the policy. */
  readonly policy: string
  readonly lists: Readonly<Record<string, ListVersion & { readonly checkedMs: number }>>
  /** SHA-256 of each file of places, by its source. The places themselves are in the facts, the address is not. */
  readonly places: Readonly<Record<string, string>>
  readonly facts: Facts
  readonly decision: Decision
}

/** The record of a decision that was made from these. */
export function recordOf(
  made: Omit<DecisionRecord, "lists"> & { readonly lists: Lists },
): DecisionRecord {
  const { lists, ...rest } = made
  return { ...rest, lists: Object.fromEntries(lists.versions) }
}

/** The digest by which the audit log and a case name a record; the record itself may be erased one day. */
export function digestOfRecord(record: DecisionRecord, hash: Hash): string {
  // Interfaces have no index signature, so the compiler cannot see that this is plain data.
  return hash(canonical(record as unknown as Json))
}

export type Replay =
  | { readonly kind: "same" }
  | { readonly kind: "other-policy" }
  | { readonly kind: "other-lists"; readonly lists: readonly string[] }
  | { readonly kind: "other-decision"; readonly decision: Decision }

/** Makes a decision again, from the policy and the lists that its record names. */
export function replay(
  record: DecisionRecord,
  document: PolicyDocument,
  lists: Lists,
  hash: Hash,
): Replay {
  if (nameOf(document, hash) !== record.policy) return { kind: "other-policy" }
  const named = Object.keys(record.lists)
  const other = [...new Set([...named, ...lists.versions.keys()])].filter(
    (list) => lists.versions.get(list)?.digest !== versionOf(record, list)?.digest,
  )
  if (other.length > 0) return { kind: "other-lists", lists: other.sort() }
  const asThen: Lists = { ...lists, versions: new Map(Object.entries(record.lists)) }
  const decision = evaluate(rulebookOf(document), asThen, record.facts, record.atMs)
  return canonical(decision as unknown as Json) === canonical(record.decision as unknown as Json)
    ? { kind: "same" }
    : { kind: "other-decision", decision }
}

function versionOf({ lists }: DecisionRecord, list: string) {
  return Object.hasOwn(lists, list) ? lists[list] : undefined
}
