// What changes from one policy to the next: in its words, and in decisions that were made.

import { canonical, type Json } from "./canonical.ts"
import { type Action, type Decision, SCOPES, type Scope } from "./decision.ts"
import type { Exception, Pin, PolicyDocument, Quorum } from "./document.ts"
import { evaluate, rulebookOf } from "./evaluate.ts"
import type { Facts } from "./facts.ts"
import type { Lists } from "./lists.ts"
import { type Rule, wordsFor } from "./rules.ts"

export interface Change {
  readonly part: "rule" | "order" | "list" | "officers" | "attestors" | "exception" | "effective"
  readonly id: string
  /** In words; null where there was none. */
  readonly before: string | null
  /** In words; null where there is none any more. */
  readonly after: string | null
}

/** Every difference between two versions, in words that an officer can check before signing. */
export function changesBetween(before: PolicyDocument, after: PolicyDocument): readonly Change[] {
  return [
    ...tables("rule", byId(before.rules), byId(after.rules), ruleInWords),
    ...orderOf(before.rules, after.rules),
    ...tables("list", before.lists, after.lists, pinInWords),
    ...tables("officers", { quorum: before.officers }, { quorum: after.officers }, quorumInWords),
    ...tables(
      "attestors",
      before.attestors ? { quorum: before.attestors } : {},
      after.attestors ? { quorum: after.attestors } : {},
      quorumInWords,
    ),
    ...tables("exception", byParty(before), byParty(after), exceptionInWords),
    ...tables("effective", { ms: before.effectiveMs }, { ms: after.effectiveMs }, String),
  ]
}

/** A decision of the past with what it was made from. */
export interface Judged {
  readonly transfer: string
  readonly atMs: number
  readonly facts: Facts
  readonly decision: Readonly<Record<Scope, Action>>
}

export interface Turned {
  readonly transfer: string
  readonly scope: Scope
  readonly before: Action
  readonly after: Action
  /** The rules of the draft that now act in this scope. */
  readonly rules: readonly string[]
}

export interface DryRun {
  readonly judged: number
  /** How many went from one action to another: `bridge allow hold` and so on. */
  readonly counts: Readonly<Record<string, number>>
  readonly turned: readonly Turned[]
}

/**
 * What a draft would have made of past decisions, each at its own time, with the lists of today taken as fresh.
 * Whether the draft is in force yet plays no part.
 */
export function dryRun(draft: PolicyDocument, lists: Lists, past: Iterable<Judged>): DryRun {
  const book = rulebookOf({ ...draft, effectiveMs: 0 })
  const counts: Record<string, number> = {}
  const turned: Turned[] = []
  let judged = 0
  for (const { transfer, atMs, facts, decision: before } of past) {
    judged += 1
    const after = evaluate(book, freshAt(lists, atMs), facts, atMs)
    for (const scope of SCOPES) {
      if (after[scope] === before[scope]) continue
      const key = `${scope} ${before[scope]} ${after[scope]}`
      counts[key] = (counts[key] ?? 0) + 1
      turned.push({
        transfer,
        scope,
        before: before[scope],
        after: after[scope],
        rules: rulesIn(after, scope),
      })
    }
  }
  return { judged, counts, turned }
}

function freshAt(lists: Lists, checkedMs: number): Lists {
  const versions = [...lists.versions].map(([id, one]) => [id, { ...one, checkedMs }] as const)
  return { ...lists, versions: new Map(versions) }
}

function rulesIn({ reasons }: Decision, scope: Scope): readonly string[] {
  return reasons.filter(({ effects }) => effects[scope]).map(({ rule }) => rule)
}

function tables<Value>(
  part: Change["part"],
  before: Readonly<Record<string, Value>>,
  after: Readonly<Record<string, Value>>,
  words: (value: Value) => string,
): Change[] {
  const ids = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  const valueIn = (table: Readonly<Record<string, Value>>, id: string) =>
    Object.hasOwn(table, id) ? (table[id] as Value) : null
  return ids.flatMap((id) => {
    const [old, fresh] = [valueIn(before, id), valueIn(after, id)]
    if (canonical(old as Json) === canonical(fresh as Json)) return []
    return [
      {
        part,
        id,
        before: old === null ? null : words(old),
        after: fresh === null ? null : words(fresh),
      },
    ]
  })
}

/** The order of rules changes no action, but the order in which reasons are told. */
function orderOf(before: readonly Rule[], after: readonly Rule[]): Change[] {
  const kept = (rules: readonly Rule[], others: readonly Rule[]) =>
    rules.filter(({ id }) => others.some((other) => other.id === id)).map(({ id }) => id)
  const [old, fresh] = [kept(before, after).join(", "), kept(after, before).join(", ")]
  return old === fresh ? [] : [{ part: "order", id: "rules", before: old, after: fresh }]
}

function byId(rules: readonly Rule[]): Record<string, Rule> {
  return Object.fromEntries(rules.map((rule) => [rule.id, rule]))
}

function byParty({ exceptions }: PolicyDocument): Record<string, Exception> {
  return Object.fromEntries(
    exceptions.map((one, at) => [
      exceptions.findIndex(({ party }) => party === one.party) === at
        ? one.party
        : `${one.party} (${at})`,
      one,
    ]),
  )
}

function ruleInWords({ when, effects, authority }: Rule): string {
  const acts = SCOPES.flatMap((scope) => (effects[scope] ? [`${scope} ${effects[scope]}`] : []))
  return `${wordsFor(when)}: ${acts.join(", ")} (${authority})`
}

function pinInWords({ digest, publishedAt, exact, maxAgeMs }: Pin): string {
  const age = maxAgeMs === null ? "never stale" : `stale after ${maxAgeMs} ms`
  return `${digest} of ${publishedAt}${exact ? " exactly" : " or newer"}, ${age}`
}

function quorumInWords({ needed, keys }: Quorum): string {
  const names = Object.entries(keys).map(([name, key]) => `${name} ${key}`)
  return `${needed} of ${names.sort().join(", ")}`
}

function exceptionInWords({ rules, untilMs, reason }: Exception): string {
  return `${rules.join(", ")} until ${untilMs} ms: ${reason}`
}
