// What the bridge's token for a campaign is told of an epoch: its root, and the small amounts that nobody need claim.

import { assert } from "../assert.ts"

/** The public facts of a campaign, in the bridge file: the same on every side. */
export interface CampaignFacts {
  /** As its claims name it. */
  readonly id: string
  /** Hash of the campaign's file (`rulesHash`): no epoch of other rules is signed. */
  readonly rules: string
  /** Process of its token on AO. */
  readonly process: string
  /** Never more than this is given, base units. */
  readonly allocation: bigint
  /** A root pays for so many seconds, from the end of its challenge on. */
  readonly claimS: number
  /** Whoever was given this much or less has it credited without a claim; 0: nobody. */
  readonly pushMax: bigint
}

/** All that a root says; the same for everybody who made the epoch's artifact again. */
export interface RootFacts {
  readonly epoch: number
  /** 64 hexadecimal digits, like `artifact`, the hash of the artifact. */
  readonly root: string
  /** All that its claims were ever given, base units. */
  readonly total: bigint
  readonly opensAtMs: number
  readonly closesAtMs: number
  readonly artifact: string
}

/** One claim that the cluster makes for somebody. `amount` is cumulative, as in every claim. */
export interface CreditRow {
  readonly index: number
  readonly account: string
  readonly amount: bigint
}

/** Rows of one credit: more the token does not take. */
export const CREDIT_ROWS = 100

/** What the facts below are made of: an epoch's artifact, as far as it matters here. */
export interface Given {
  readonly epoch: number
  readonly untilS: number
  readonly rows: readonly {
    readonly account: string
    /** Decimal text. */
    readonly given: string
    readonly index: number | null
  }[]
  readonly root: string | null
}

/** Null when the epoch has nothing to claim. `challengeS`: of the campaign's file. */
export function rootFactsOf(
  { epoch, untilS, rows, root }: Given,
  artifact: string,
  { claimS }: CampaignFacts,
  challengeS: number,
): RootFacts | null {
  if (root === null) return null
  const opensAtMs = 1000 * (untilS + challengeS)
  const total = rows.reduce((sum, { given }) => sum + BigInt(given), 0n)
  return { epoch, root, total, opensAtMs, closesAtMs: opensAtMs + 1000 * claimS, artifact }
}

/**
 * The credits of an epoch, in their order: whoever was given something in it, and in all no more than `pushMax`.
 * Whoever is not allowed was given nothing since, and so has no row.
 */
export function creditsOf(
  epoch: Given,
  previous: Given | null,
  { pushMax }: CampaignFacts,
): readonly (readonly CreditRow[])[] {
  assert((previous?.epoch ?? 0) === epoch.epoch - 1, "an epoch follows the one before")
  const before = new Map(previous?.rows.map(({ account, given }) => [account, given]))
  const rows = epoch.rows.flatMap(({ account, given, index }): CreditRow[] => {
    const isNew = index !== null && (before.get(account) ?? "0") !== given
    return isNew && BigInt(given) <= pushMax ? [{ index, account, amount: BigInt(given) }] : []
  })
  const batches: CreditRow[][] = []
  for (let at = 0; at < rows.length; at += CREDIT_ROWS)
    batches.push(rows.slice(at, at + CREDIT_ROWS))
  return batches
}
