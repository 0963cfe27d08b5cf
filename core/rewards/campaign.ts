// A campaign: tasks, the curve and its tables, caps and dates, all as data with one hash; published before it begins.

import type { AssetName } from "../assets.ts"
import { canonical, type Json } from "../compliance/canonical.ts"
import type { Hash } from "../compliance/seals.ts"
import type { Curve } from "./curve.ts"
import type { SybilRules } from "./sybil.ts"

export interface Campaign {
  /** As a claim names it: `[a-z0-9][a-z0-9-]{0,31}`. */
  readonly id: string
  readonly version: number
  /** The day on which its terms were last read, and who gave them. */
  readonly asOf: string
  readonly authority: string
  readonly startS: number
  /** Length of an epoch, and how many there are. */
  readonly epochS: number
  readonly epochs: number
  /** Whoever has not signed in so long after an epoch's end loses that epoch's share. */
  readonly pendingS: number
  /** So long after its closing an epoch's root may be disputed before it counts. */
  readonly challengeS: number
  /** Never more than this is given, base units of the token. */
  readonly allocation: bigint
  readonly tasks: TaskRules | null
  readonly accrual: Accrual | null
  /** By what accounts are held to be one person's; left out where nobody is. */
  readonly sybil?: SybilRules | undefined
  /** Whose word counts for external tasks: Ed25519 keys, base64url, by name. */
  readonly issuers: Readonly<Record<string, string>>
}

export interface TaskRules {
  /** Part of the allocation. */
  readonly budget: bigint
  /** Points of one person: in all, and in one day (UTC); what a day has no room for is given on another. */
  readonly personMax: bigint
  readonly dayMax: bigint
  /** Who moves up to this much of an asset gains nothing by spreading it over wallets: no cap may be tighter. */
  readonly whole: Readonly<Partial<Record<AssetName, bigint>>>
  readonly list: readonly Task[]
}

export interface Task {
  readonly id: string
  readonly title: string
  readonly predicate: Predicate
  /** For each full minimum, base units of the token. */
  readonly points: bigint
  /** So many full minimums count for one person in all. */
  readonly repeat: number
  /** Points of one person by this task in one day. */
  readonly cap: bigint
  /** Only what happens in it counts, seconds since 1970: from, inclusive, until, exclusive. */
  readonly window: readonly [fromS: number, untilS: number]
  /** Tasks of which the account must have done one full minimum before. */
  readonly needs: readonly string[]
}

/**
 * Each counts full minimums of one asset, so that what is spread over wallets counts no more than what is not.
 * `terms` and `external` count what the account has bridged once the word is given.
 */
export type Predicate = { readonly asset: AssetName; readonly min: bigint } & (
  | { readonly kind: "first-bridge" }
  | { readonly kind: "bridge" }
  | { readonly kind: "hold"; readonly days: number }
  | { readonly kind: "round-trip" }
  | { readonly kind: "days"; readonly days: number }
  | { readonly kind: "use"; readonly process: string }
  | { readonly kind: "referral" }
  | { readonly kind: "terms"; readonly version: string }
  | { readonly kind: "external" }
)

export const PREDICATES = [
  "first-bridge",
  "bridge",
  "hold",
  "round-trip",
  "days",
  "use",
  "referral",
  "terms",
  "external",
] as const satisfies readonly Predicate["kind"][]

export interface Accrual {
  readonly curve: Curve
  /** The part of what the curve mints that is shared here. */
  readonly part: readonly [numerator: bigint, denominator: bigint]
  /** Each holds from its epoch on; the first is of epoch 1. */
  readonly tables: readonly Table[]
}

export interface Table {
  readonly fromEpoch: number
  /** Where its figures are from. */
  readonly source: string
  readonly rows: Readonly<Partial<Record<AssetName, TableRow>>>
}

export interface TableRow {
  /** Millionths of a US dollar for a whole unit. */
  readonly price: bigint
  /** Parts of a million a year. */
  readonly yield: bigint
}

/** Start and end of an epoch, seconds; it holds what is at or after the one and before the other. */
export function boundsOf({ startS, epochS }: Campaign, epoch: number): readonly [number, number] {
  return [startS + (epoch - 1) * epochS, startS + epoch * epochS]
}

/** The epoch of a moment, 0 before the first. */
export function epochAt({ startS, epochS }: Campaign, atS: number): number {
  return atS < startS ? 0 : Math.floor((atS - startS) / epochS) + 1
}

export function tableAt({ tables }: Accrual, epoch: number): Table {
  return tables.findLast(({ fromEpoch }) => fromEpoch <= epoch)!
}

/** As JSON: amounts are text. `campaignIn` reads it again. */
export function campaignJson(campaign: Campaign): Json {
  return textOf(campaign)
}

/** The name of a campaign's rules: SHA-256 of their canonical JSON. */
export function rulesHash(campaign: Campaign, hash: Hash): string {
  return hash(canonical(campaignJson(campaign)))
}

function textOf(value: unknown): Json {
  if (typeof value === "bigint") return `${value}`
  if (Array.isArray(value)) return value.map(textOf)
  if (typeof value !== "object" || value === null) return value as Json
  const known = Object.entries(value).filter(([, inner]) => inner !== undefined)
  return Object.fromEntries(known.map(([key, inner]) => [key, textOf(inner)]))
}
