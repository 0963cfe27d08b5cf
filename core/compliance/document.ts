// A policy as a document: canonical JSON, named by its hash, linked to the one before, never edited.

import { canonical, type Json } from "./canonical.ts"
import {
  bad,
  bool,
  DIGEST,
  distinct,
  type Form,
  fields,
  form,
  items,
  KEY,
  members,
  NAME,
  orNull,
  text,
  whole,
} from "./form.ts"
import { listsOf, type Rule, ruleIn } from "./rules.ts"
import type { Hash } from "./seals.ts"

export interface PolicyDocument {
  /** Which bridge's policy it is; the same in all its versions. */
  readonly id: string
  /** 1, 2, 3, … without gaps. */
  readonly version: number
  /** Name (hash) of the version before; null in the first. */
  readonly prev: string | null
  /** In force from then until the next version is, milliseconds since 1970. */
  readonly effectiveMs: number
  /** Who must sign the next version. */
  readonly officers: Quorum
  /** Whose word about a person counts at a signer, and how many of them it takes; null: nobody's. */
  readonly attestors: Quorum | null
  readonly lists: Readonly<Record<string, Pin>>
  readonly rules: readonly Rule[]
  readonly exceptions: readonly Exception[]
}

export interface Quorum {
  readonly needed: number
  /** Ed25519 keys (base64url of 32 bytes) by name. */
  readonly keys: Readonly<Record<string, string>>
}

/** A list that every decision needs; without it, everything is held. */
export interface Pin {
  readonly digest: string
  readonly publishedAt: string
  /** This version alone. Otherwise it is the oldest that will do: a newer one takes effect without a new policy. */
  readonly exact: boolean
  /** Milliseconds since its publisher was last asked, after which it is stale; null for a list that we own. */
  readonly maxAgeMs: number | null
}

/** A party that rules (never one that blocks) do not apply to, for a time: officers have looked. */
export interface Exception {
  readonly party: string
  readonly rules: readonly string[]
  readonly untilMs: number
  readonly reason: string
}

/** The name of a document: SHA-256 of its canonical text. */
export function nameOf(document: PolicyDocument, hash: Hash): string {
  return hash(textOf(document))
}

export function textOf(document: PolicyDocument): string {
  // Interfaces have no index signature, so the compiler cannot see that this is plain data.
  return canonical(document as unknown as Json)
}

/** Reads a document's parsed JSON; throws `bad-config` with the place that is wrong. */
export function documentIn(json: unknown): PolicyDocument {
  const from = form(json, "policy")
  const file = fields(from, [
    "id",
    "version",
    "prev",
    "effectiveMs",
    "officers",
    "attestors",
    "lists",
    "rules",
    "exceptions",
  ])
  const document: PolicyDocument = {
    id: text(file.id, NAME),
    version: whole(file.version, 1),
    prev: orNull(file.prev, (prev) => text(prev, DIGEST)),
    effectiveMs: whole(file.effectiveMs),
    // One officer alone changes nothing, and one attestor alone vouches for nobody.
    officers: quorumIn(file.officers, 2),
    attestors: orNull(file.attestors, (quorum) => quorumIn(quorum, 2)),
    lists: Object.fromEntries(members(file.lists, NAME).map(([id, pin]) => [id, pinIn(pin)])),
    rules: items(file.rules).map(ruleIn),
    exceptions: items(file.exceptions).map(exceptionIn),
  }
  if ((document.version === 1) !== (document.prev === null))
    bad(file.prev, "null in version 1 only")
  demandWhole(document, from)
  return document
}

/** What no field tells alone. */
function demandWhole({ rules, lists, exceptions }: PolicyDocument, from: Form): void {
  const byId = new Map(rules.map((rule) => [rule.id, rule]))
  if (byId.size !== rules.length) bad(from, "no two rules have one id")
  for (const rule of rules)
    for (const list of listsOf(rule))
      if (!Object.hasOwn(lists, list)) bad(from, `rule ${rule.id} needs the list ${list}`)
  for (const { rules: named } of exceptions)
    for (const id of named) {
      const rule = byId.get(id)
      if (!rule) bad(from, `an exception names the rule ${id}, which is none`)
      else if (listsOf(rule).length === 0) bad(from, `${id} is not about a party's address`)
      // What is blocked is let go by a licence or a delisting, not by a line in a policy.
      else if (Object.values(rule.effects).includes("block"))
        bad(from, `${id} blocks: no exceptions`)
    }
}

function quorumIn(from: Form, neededMin: number): Quorum {
  const file = fields(from, ["needed", "keys"])
  const keys = Object.fromEntries(
    members(file.keys, NAME).map(([name, key]) => [name, text(key, KEY)]),
  )
  const count = Object.keys(keys).length
  if (new Set(Object.values(keys)).size !== count) bad(file.keys, "each has a key of their own")
  const needed = whole(file.needed, neededMin)
  if (needed > count) bad(file.needed, `at most ${count}, or nobody could`)
  return { needed, keys }
}

function pinIn(from: Form): Pin {
  const file = fields(from, ["digest", "publishedAt", "exact", "maxAgeMs"])
  return {
    digest: text(file.digest, DIGEST),
    publishedAt: text(file.publishedAt),
    exact: bool(file.exact),
    maxAgeMs: orNull(file.maxAgeMs, (age) => whole(age, 1)),
  }
}

function exceptionIn(from: Form): Exception {
  const file = fields(from, ["party", "rules", "untilMs", "reason"])
  return {
    party: text(file.party),
    rules: distinct(file.rules, (rule) => text(rule, NAME)),
    untilMs: whole(file.untilMs),
    reason: text(file.reason),
  }
}
