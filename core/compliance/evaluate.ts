// Judges a transfer: policy, lists and facts in, one decision for each purpose out. The same at every signer.

import { unreachable } from "../assert.ts"
import {
  type Action,
  type Decision,
  decisionOf,
  type Effects,
  HOLD_ALL,
  type Reason,
  SCOPES,
  type Scope,
} from "./decision.ts"
import type { Exception, PolicyDocument } from "./document.ts"
import type { Facts, Party, Place, Session } from "./facts.ts"
import type { Lists } from "./lists.ts"
import { INPUT_NAMES } from "./presets.ts"
import { type Condition, isFromSession, type Rule } from "./rules.ts"

/** A policy made ready to judge with: `rulebookOf` a document, once, and then any number of evaluations. */
export interface Rulebook {
  readonly document: PolicyDocument
  readonly pins: readonly (readonly [list: string, pin: PolicyDocument["lists"][string]])[]
  readonly rules: readonly ReadyRule[]
  /** Every code that some rule names: most people are in none of them. */
  readonly codes: ReadonlySet<string>
  readonly exceptions: ReadonlyMap<string, readonly Exception[]>
}

interface ReadyRule extends Rule {
  /** What is left of `effects` for a burn. */
  readonly onExit: Effects
}

/** Clocks differ. A list that was checked later than this in our future was checked by a clock that is wrong. */
const SKEW_MS = 600_000

export function rulebookOf(document: PolicyDocument): Rulebook {
  const exceptions = new Map<string, Exception[]>()
  for (const one of document.exceptions)
    exceptions.set(one.party, [...(exceptions.get(one.party) ?? []), one])
  return {
    document,
    pins: Object.entries(document.lists),
    rules: document.rules.map((rule) => ({ ...rule, onExit: onExit(rule) })),
    codes: new Set(document.rules.flatMap(({ when }) => (when.kind === "place" ? when.codes : []))),
    exceptions,
  }
}

/**
 * Whether a rule acts on this scope by what no chain shows: a session, or a source outside. Whoever sees neither, a
 * signer, needs the word of those who do, since the lack of a finding is no finding there.
 */
export function isBlind({ rules }: Rulebook, direction: Facts["direction"], scope: Scope): boolean {
  return rules.some((rule) => {
    const effects = direction === "out" ? rule.onExit : rule.effects
    return effects[scope] !== undefined && !isOnChain(rule)
  })
}

function isOnChain(rule: Rule): boolean {
  const { when } = rule
  if (when.kind === "answered" || when.kind === "unanswered") return when.source === INPUT_NAMES
  return !isFromSession(rule)
}

/** Geography stops nobody from leaving: of what a session tells, only `block` acts on a burn. */
function onExit(rule: Rule): Effects {
  if (!isFromSession(rule)) return rule.effects
  const { reward } = rule.effects
  const blocked = SCOPES.filter((scope) => rule.effects[scope] === "block")
  return { ...(reward && { reward }), ...Object.fromEntries(blocked.map((s) => [s, "block"])) }
}

/**
 * What is to be done, scope by scope, and why. Pure: the same arguments give the same answer for ever, which is
 * what makes a decision evidence. Lists that are missing, stale or not those of the policy, a policy that is not
 * yet in force, and facts that name nobody hold every scope.
 */
export function evaluate(
  { document, pins, rules, codes, exceptions }: Rulebook,
  lists: Lists,
  facts: Facts,
  nowMs: number,
): Decision {
  const reasons: Reason[] = []
  if (nowMs < document.effectiveMs) reasons.push(unknown("data.not-in-force", document.id))
  for (const [list, pin] of pins) {
    const trouble = troubleWith(lists, list, pin, nowMs)
    if (trouble) reasons.push(unknown(trouble, list))
  }
  if (facts.parties.length === 0) reasons.push(unknown("facts.no-party", "nobody"))
  const hits = hitsIn(lists, facts.parties)
  const session = sessionOf(facts)
  const known: Known = { facts, hits, session, places: placesNamed(codes, session), nowMs }
  const isExit = facts.direction === "out"
  for (const rule of rules) {
    const about = foundBy(rule, known, exceptions)
    if (about !== null)
      reasons.push({ rule: rule.id, about, effects: isExit ? rule.onExit : rule.effects })
  }
  return decisionOf(reasons)
}

/** The action for the one thing that is about to be done. */
export function actionFor(
  decision: Decision,
  act: "mint" | "release" | "refund" | "reward",
): Action {
  return act === "mint" || act === "release" ? decision.bridge : decision[act]
}

interface Known {
  readonly facts: Facts
  readonly hits: readonly Hit[]
  /** The session, if it is one of a party here. */
  readonly session: Session | null
  /** Those of its places that any rule is about. */
  readonly places: readonly Place[]
  readonly nowMs: number
}

interface Hit {
  readonly party: Party
  readonly kind: "listed" | "same-key"
  readonly lists: readonly string[]
}

function troubleWith(
  lists: Lists,
  list: string,
  pin: PolicyDocument["lists"][string],
  nowMs: number,
): string | null {
  const held = lists.versions.get(list)
  if (!held) return "data.missing"
  const isPinned = held.digest === pin.digest
  if (!isPinned && (pin.exact || held.publishedAt <= pin.publishedAt)) return "data.other-version"
  if (pin.maxAgeMs === null) return null
  const age = nowMs - held.checkedMs
  return age > pin.maxAgeMs || age < -SKEW_MS ? "data.stale" : null
}

function unknown(rule: string, about: string): Reason {
  return { rule, about, effects: HOLD_ALL }
}

const NO_HITS: readonly Hit[] = []

function hitsIn({ exact, kin }: Lists, parties: readonly Party[]): readonly Hit[] {
  let hits: Hit[] | null = null
  for (const party of parties) {
    const listed = exact.get(party.key)
    if (listed) {
      hits ??= []
      hits.push({ party, kind: "listed", lists: listed })
    }
    for (const one of party.kin) {
      // Whoever is listed is found in their own kin too; that adds nothing.
      const related = kin.get(one)?.filter((list) => !listed?.includes(list))
      if (related && related.length > 0) {
        hits ??= []
        hits.push({ party, kind: "same-key", lists: related })
      }
    }
  }
  return hits ?? NO_HITS
}

const NOWHERE: readonly Place[] = []

function placesNamed(codes: ReadonlySet<string>, session: Session | null): readonly Place[] {
  let named: Place[] | null = null
  for (const place of session?.places ?? NOWHERE)
    for (const code of place.codes)
      if (codes.has(code)) {
        named ??= []
        named.push(place)
        break
      }
  return named ?? NOWHERE
}

/** A session of somebody who is no party here says nothing about this transfer. */
function sessionOf({ session, parties }: Facts): Session | null {
  if (session === null || session === "attested") return null
  for (const { key } of parties) if (key === session.by) return session
  return null
}

/** What the rule was found in, or null when it does not apply. */
function foundBy(rule: ReadyRule, known: Known, exceptions: Rulebook["exceptions"]): string | null {
  const { when } = rule
  switch (when.kind) {
    case "listed":
    case "same-key":
      return known.hits.length === 0 ? null : hitOf(rule.id, when, known, exceptions)
    case "place":
      return known.places.length === 0 ? null : placesIn(when, known.places)
    case "network": {
      for (const network of known.session?.networks ?? [])
        if (when.networks.includes(network)) return network
      return null
    }
    case "place-unknown":
      return known.session?.places.every(({ codes }) => codes.length === 0) ? "session" : null
    case "place-disputed":
      return known.session ? disputed(known.session.places) : null
    case "no-session":
      return withoutSession(known)
    case "terms":
      return known.session && known.session.terms !== when.version ? "session" : null
    case "unstated":
      return known.session && !known.session.statements.includes(when.statement) ? "session" : null
    default:
      return foundInFacts(when, known.facts)
  }
}

type OfFacts = Exclude<
  Condition,
  {
    kind: "listed" | "same-key" | "network" | "no-session" | "terms" | "unstated" | `place${string}`
  }
>

function foundInFacts(when: OfFacts, facts: Facts): string | null {
  const { usdCents, recentUsdCents } = facts
  switch (when.kind) {
    case "over":
      return usdCents !== null && usdCents > when.usdCents ? "amount" : null
    case "recent-over": {
      const sum = (usdCents ?? 0) + (recentUsdCents ?? 0)
      return sum > when.usdCents ? "amount" : null
    }
    case "unpriced":
      return usdCents === null ? "amount" : null
    case "paused": {
      const isMeant =
        (when.asset === null || when.asset === facts.asset) &&
        (when.chain === null || facts.chains.includes(when.chain))
      return isMeant ? (when.chain ?? when.asset ?? "all") : null
    }
    case "answered": {
      for (const { source, said, about } of facts.answers)
        if (source === when.source && said === "listed" && (when.about ?? about) === about)
          return `${about} by ${source}`
      return null
    }
    case "unanswered": {
      if (usdCents !== null && usdCents < when.usdCentsMin) return null
      const all = facts.answers.filter(({ source }) => source === when.source)
      // Whoever attests has asked; the answers stay there, as the session does.
      const isAsked = all.length > 0 || facts.session === "attested"
      return !isAsked || all.some(({ said }) => said === "none") ? when.source : null
    }
    default:
      return unreachable(when)
  }
}

function hitOf(
  id: string,
  when: { readonly kind: "listed" | "same-key"; readonly lists: readonly string[] },
  { hits, nowMs }: Known,
  exceptions: Rulebook["exceptions"],
): string | null {
  const hit = hits.find(
    ({ kind, lists, party }) =>
      kind === when.kind &&
      lists.some((list) => when.lists.includes(list)) &&
      !exceptions.get(party.key)?.some((one) => one.rules.includes(id) && nowMs < one.untilMs),
  )
  if (!hit) return null
  const named = hit.lists.filter((list) => when.lists.includes(list))
  return `${hit.party.role} ${hit.party.key} in ${named.join(", ")}`
}

/** Sources count, not codes: one source that names a country and its province is one voice. */
function placesIn(
  when: { readonly codes: readonly string[]; readonly sourcesMin: number },
  places: readonly Place[],
): string | null {
  const found = places.filter(({ codes }) => codes.some((code) => when.codes.includes(code)))
  const sources = new Set(found.map(({ source }) => source))
  if (sources.size < when.sourcesMin) return null
  const code = found[0]!.codes.find((one) => when.codes.includes(one))
  return `${code} by ${[...sources].join(", ")}`
}

function disputed(places: readonly Place[]): string | null {
  let country: string | null = null
  for (const { codes } of places) {
    const [named = null] = codes
    if (named === null || named === country) continue
    if (country !== null) return `${country} or ${named}`
    country = named
  }
  return null
}

function withoutSession({ facts, session, nowMs }: Known): string | null {
  if (facts.session === "attested") return null
  if (!session) return facts.session === null ? "nobody signed in" : "no party signed in"
  return nowMs < session.untilMs ? null : "signed in too long ago"
}
