// Lists of addresses: what is on them, by what an address is, which version, and how two versions differ.

import { assert } from "../assert.ts"
import { BridgeError } from "../errors.ts"
import { bad, distinct, fields, form, items, NAME, text, whole } from "./form.ts"
import type { Hash } from "./seals.ts"

/** One address of a list, however often and under however many labels the list names it. */
export interface ListEntry {
  /** What the address is (`chains/party.ts`). */
  readonly key: string
  /** What the list calls it. An asset label is not the chain, so nothing is ever decided by it. */
  readonly labels: readonly string[]
  /** The spellings in the list. */
  readonly raw: readonly string[]
}

/** One version of one list; entries are sorted by key, each key once. */
export interface AddressList {
  readonly list: string
  /** ISO 8601, UTC, a day or an instant: when its publisher issued it. Later is greater as a text. */
  readonly publishedAt: string
  readonly entries: readonly ListEntry[]
}

/** A version that a policy or a decision names. */
export interface ListVersion {
  readonly publishedAt: string
  /** `digestOf` the list. */
  readonly digest: string
}

/** SHA-256 of the sorted keys, one a line: equal for two lists that name the same addresses. */
export function digestOf({ entries }: AddressList, hash: Hash): string {
  return hash(entries.map(({ key }) => key).join("\n"))
}

/** Entries in any order, with repetitions, as a list. */
export function listOf(
  list: string,
  publishedAt: string,
  entries: Iterable<ListEntry>,
): AddressList {
  const byKey = new Map<string, { labels: Set<string>; raw: Set<string> }>()
  for (const { key, labels, raw } of entries) {
    const known = byKey.get(key) ?? { labels: new Set(), raw: new Set() }
    for (const label of labels) known.labels.add(label)
    for (const spelling of raw) known.raw.add(spelling)
    byKey.set(key, known)
  }
  const sorted = [...byKey].sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    list,
    publishedAt,
    entries: sorted.map(([key, { labels, raw }]) => ({
      key,
      labels: [...labels].sort(),
      raw: [...raw].sort(),
    })),
  }
}

export const LIST_SCHEMA = "addr-list/v1"
const PUBLISHED = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d{3})?Z)?$/

/** Reads the parsed JSON of a list in our own format; throws `bad-config`. */
export function listIn(json: unknown): AddressList {
  const file = fields(form(json, "list"), ["schema", "list", "publishedAt", "count", "entries"])
  if (file.schema.value !== LIST_SCHEMA) bad(file.schema, LIST_SCHEMA)
  const entries = items(file.entries).map((row) => {
    const { key, labels, raw } = fields(row, ["key", "kind", "labels", "raw"])
    return {
      key: text(key),
      labels: distinct(labels, (label) => text(label)),
      raw: distinct(raw, (spelling) => text(spelling)),
    }
  })
  if (whole(file.count) !== entries.length) bad(file.count, `${entries.length}, as many as entries`)
  for (const [at, { key }] of entries.entries())
    if (at > 0 && entries[at - 1]!.key >= key) bad(file.entries, `sorted, each key once: ${key}`)
  return { list: text(file.list, NAME), publishedAt: text(file.publishedAt, PUBLISHED), entries }
}

/** The same list as the value of its file; `kindOf` names the family of a key for people. */
export function listFile(
  { list, publishedAt, entries }: AddressList,
  kindOf: (key: string) => string,
) {
  return {
    schema: LIST_SCHEMA,
    list,
    publishedAt,
    count: entries.length,
    entries: entries.map((entry) => ({ ...entry, kind: kindOf(entry.key) })),
  }
}

export interface ListChange {
  readonly added: readonly string[]
  /** Delisted: what is held or frozen because of one of these is looked at again. */
  readonly removed: readonly string[]
}

export function changeBetween(before: AddressList, after: AddressList): ListChange {
  assert(before.list === after.list, "two versions are of one list")
  const old = new Set(before.entries.map(({ key }) => key))
  const fresh = new Set(after.entries.map(({ key }) => key))
  return {
    added: [...fresh].filter((key) => !old.has(key)),
    removed: [...old].filter((key) => !fresh.has(key)),
  }
}

/** One list as this operator holds it. */
export interface HeldList extends AddressList {
  readonly digest: string
  /** When its publisher last said that nothing newer exists, milliseconds since 1970. */
  readonly checkedMs: number
}

/** All lists of an operator, ready to be asked: address to the lists that name it. */
export interface Lists {
  readonly versions: ReadonlyMap<string, ListVersion & { readonly checkedMs: number }>
  readonly exact: ReadonlyMap<string, readonly string[]>
  readonly kin: ReadonlyMap<string, readonly string[]>
}

/** `kinOf` gives what an address has in common with others of the same key (`chains/party.ts`). */
export function indexOf(
  held: Iterable<HeldList>,
  kinOf: (key: string) => readonly string[],
): Lists {
  const versions = new Map<string, ListVersion & { checkedMs: number }>()
  const exact = new Map<string, string[]>()
  const kin = new Map<string, string[]>()
  for (const { list, publishedAt, digest, checkedMs, entries } of held) {
    if (versions.has(list)) throw new BridgeError("bad-config", { list, held: "twice" })
    versions.set(list, { publishedAt, digest, checkedMs })
    for (const { key } of entries) {
      add(exact, key, list)
      for (const one of kinOf(key)) add(kin, one, list)
    }
  }
  return { versions, exact, kin }
}

/** One text for the versions of all lists, the same at all who hold the same. */
export function versionsText({ versions }: Lists): string {
  return [...versions]
    .map(([list, { digest }]) => `${list} ${digest}`)
    .sort()
    .join("\n")
}

function add(map: Map<string, string[]>, key: string, list: string): void {
  const lists = map.get(key)
  if (!lists) map.set(key, [list])
  else if (!lists.includes(list)) lists.push(list)
}
