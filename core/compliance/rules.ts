// The rules a policy is made of: when each applies, what it then does, and on whose authority.

import { unreachable } from "../assert.ts"
import { type Effects, SCOPES } from "./decision.ts"
import { NETWORKS, type Network, ROLES, type Role } from "./facts.ts"
import {
  bad,
  distinct,
  type Form,
  fields,
  members,
  NAME,
  oneOf,
  orNull,
  text,
  whole,
} from "./form.ts"

export interface Rule {
  readonly id: string
  /** The programme it comes from, as a person would look it up: what it does belongs to that, not to the kind. */
  readonly authority: string
  readonly when: Condition
  readonly effects: Effects
}

export type Condition =
  /** A party's address is on one of these lists. */
  | { readonly kind: "listed"; readonly lists: readonly string[] }
  /** A party's address is not, but has its key in common with one that is. */
  | { readonly kind: "same-key"; readonly lists: readonly string[] }
  /** A source outside says that a party (of that role, if one is named) is listed. */
  | { readonly kind: "answered"; readonly source: string; readonly about: Role | null }
  /** It did not answer, and this much or more, or something without a price, is at stake. */
  | { readonly kind: "unanswered"; readonly source: string; readonly usdCentsMin: number }
  /** So many sources of places put the person into one of these countries or subdivisions. */
  | { readonly kind: "place"; readonly codes: readonly string[]; readonly sourcesMin: number }
  | { readonly kind: "place-unknown" }
  /** Two sources name different countries. */
  | { readonly kind: "place-disputed" }
  | { readonly kind: "network"; readonly networks: readonly Network[] }
  /** Nobody signed in, or only a stranger to this transfer did, or too long ago. */
  | { readonly kind: "no-session" }
  /** Other terms than these were signed. */
  | { readonly kind: "terms"; readonly version: string }
  /** This was not signed. */
  | { readonly kind: "unstated"; readonly statement: string }
  | { readonly kind: "over"; readonly usdCents: number }
  /** This transfer and what moved in the window before it. */
  | { readonly kind: "recent-over"; readonly usdCents: number }
  | { readonly kind: "unpriced" }
  /** One asset or one chain stands still; null means any. */
  | { readonly kind: "paused"; readonly asset: string | null; readonly chain: string | null }

export type ConditionKind = Condition["kind"]

/** What only a session tells. None of it stops an exit, short of `block`: whoever is in may leave. */
const FROM_SESSION: readonly ConditionKind[] = [
  "place",
  "place-unknown",
  "place-disputed",
  "network",
  "no-session",
  "terms",
  "unstated",
]

export function isFromSession({ when }: Rule): boolean {
  return FROM_SESSION.includes(when.kind)
}

/** The lists that a rule looks into. */
export function listsOf({ when }: Rule): readonly string[] {
  return when.kind === "listed" || when.kind === "same-key" ? when.lists : []
}

/** Reads one rule; throws `bad-config`. */
export function ruleIn(from: Form): Rule {
  const { id, authority, when, effects } = fields(from, ["id", "authority", "when", "effects"])
  return {
    id: text(id, NAME),
    authority: text(authority),
    when: conditionIn(when),
    effects: effectsIn(effects),
  }
}

/** ISO 3166-1 or 3166-2. */
const PLACE = /^[A-Z]{2}(-[A-Z0-9]{1,3})?$/
const CENTS_MIN = 0

function conditionIn(from: Form): Condition {
  const kind = oneOf(kindIn(from), Object.keys(READERS) as ConditionKind[])
  return READERS[kind](from)
}

function kindIn(from: Form): Form {
  const value = (from.value as { kind?: unknown } | null)?.kind
  return { path: `${from.path}.kind`, value }
}

const READERS: { readonly [K in ConditionKind]: (from: Form) => Extract<Condition, { kind: K }> } =
  {
    listed: (from) => ({ kind: "listed", lists: namesIn(fields(from, ["kind", "lists"]).lists) }),
    "same-key": (from) => ({
      kind: "same-key",
      lists: namesIn(fields(from, ["kind", "lists"]).lists),
    }),
    answered: (from) => {
      const { source, about } = fields(from, ["kind", "source", "about"])
      return {
        kind: "answered",
        source: text(source, NAME),
        about: orNull(about, (role) => oneOf(role, ROLES)),
      }
    },
    unanswered: (from) => {
      const { source, usdCentsMin } = fields(from, ["kind", "source", "usdCentsMin"])
      return {
        kind: "unanswered",
        source: text(source, NAME),
        usdCentsMin: whole(usdCentsMin, CENTS_MIN),
      }
    },
    place: (from) => {
      const { codes, sourcesMin } = fields(from, ["kind", "codes", "sourcesMin"])
      return {
        kind: "place",
        codes: some(codes, (code) => text(code, PLACE)),
        sourcesMin: whole(sourcesMin, 1, 9),
      }
    },
    "place-unknown": (from) => bare(from, "place-unknown"),
    "place-disputed": (from) => bare(from, "place-disputed"),
    network: (from) => ({
      kind: "network",
      networks: some(fields(from, ["kind", "networks"]).networks, (one) => oneOf(one, NETWORKS)),
    }),
    "no-session": (from) => bare(from, "no-session"),
    terms: (from) => ({ kind: "terms", version: text(fields(from, ["kind", "version"]).version) }),
    unstated: (from) => ({
      kind: "unstated",
      statement: text(fields(from, ["kind", "statement"]).statement, NAME),
    }),
    over: (from) => ({
      kind: "over",
      usdCents: whole(fields(from, ["kind", "usdCents"]).usdCents, CENTS_MIN),
    }),
    "recent-over": (from) => ({
      kind: "recent-over",
      usdCents: whole(fields(from, ["kind", "usdCents"]).usdCents, CENTS_MIN),
    }),
    unpriced: (from) => bare(from, "unpriced"),
    paused: (from) => {
      const { asset, chain } = fields(from, ["kind", "asset", "chain"])
      return { kind: "paused", asset: orNull(asset, text), chain: orNull(chain, text) }
    },
  }

function bare<K extends ConditionKind>(from: Form, kind: K): { kind: K } {
  fields(from, ["kind"])
  return { kind }
}

function namesIn(from: Form): readonly string[] {
  return some(from, (name) => text(name, NAME))
}

function some<Value>(from: Form, read: (item: Form) => Value): readonly Value[] {
  const values = distinct(from, read)
  if (values.length === 0) bad(from, "at least one")
  return values
}

function effectsIn(from: Form): Effects {
  const effects = Object.fromEntries(
    members(from, /^(bridge|refund|reward)$/).map(([scope, action]) => [
      scope,
      oneOf(action, ["hold", "reject", "block"]),
    ]),
  )
  if (!SCOPES.some((scope) => scope in effects)) bad(from, "does something")
  return effects
}

/** A condition in words, for people who compare two policies. */
export function wordsFor(when: Condition): string {
  switch (when.kind) {
    case "listed":
      return `listed in ${when.lists.join(", ")}`
    case "same-key":
      return `same key as one listed in ${when.lists.join(", ")}`
    case "answered":
      return `${when.source} says listed${when.about ? ` of the ${when.about}` : ""}`
    case "unanswered":
      return `${when.source} silent, from ${when.usdCentsMin} US cents`
    case "place":
      return `in ${when.codes.join(", ")} by ${when.sourcesMin} source(s)`
    case "network":
      return `through ${when.networks.join(", ")}`
    case "terms":
      return `terms other than ${when.version}`
    case "unstated":
      return `without the statement ${when.statement}`
    case "over":
    case "recent-over":
      return `${when.kind === "over" ? "" : "with what moved lately "}over ${when.usdCents} US cents`
    case "paused":
      return `paused: ${when.asset ?? "every asset"} on ${when.chain ?? "every chain"}`
    case "place-unknown":
    case "place-disputed":
    case "no-session":
    case "unpriced":
      return when.kind
    default:
      return unreachable(when)
  }
}
