// When a block of an EVM chain counts for the bridge: what several providers' heads amount to. Pure.

import type { Heads } from "./node.ts"

export interface FinalityRule {
  /** A block counts when it is finalized and at least this many blocks below the newest one. */
  readonly depthMin: number
  /** Finality that is further behind the newest block than this stands still: time for people to look. */
  readonly lagMax: number
  /** A provider whose newest block is further behind the others' than this is out of date. */
  readonly spreadMax: number
}

/** Finality comes after two epochs of 32 slots, and the third is under way: at most 96 blocks. */
export const ETHEREUM: FinalityRule = { depthMin: 0, lagMax: 160, spreadMax: 5 }

/**
 * Votes make a block final after two more (BEP-126). When they fail, the tag stands still, and we wait: 120
 * blocks deep is asked for in addition, never instead. 60 s are 133 blocks of 0.45 s.
 */
export const BSC: FinalityRule = { depthMin: 120, lagMax: 133, spreadMax: 60 }

/** A chain on one machine, whose blocks come on command. */
export const DEVNET: FinalityRule = { depthMin: 0, lagMax: 1_000, spreadMax: 5 }

/**
 * The highest block that `quorum` providers call final and deep enough; null when fewer have said
 * anything, or nothing is deep enough yet. One that runs ahead or lags behind moves it by nothing.
 */
export function finalHeight(
  heads: readonly Heads[],
  quorum: number,
  { depthMin }: FinalityRule,
): number | null {
  const finalized = nthHighest(
    heads.map((one) => one.finalized.height),
    quorum,
  )
  const latest = nthHighest(
    heads.map((one) => one.latest),
    quorum,
  )
  if (finalized === null || latest === null) return null
  const height = Math.min(finalized, latest - depthMin)
  return height < 0 ? null : height
}

/** Whether finality lags so far that it has stopped, by the word of `quorum` providers. */
export function isStalled(
  heads: readonly Heads[],
  quorum: number,
  { lagMax }: FinalityRule,
): boolean {
  const lags = heads.map(({ latest, finalized }) => latest - finalized.height)
  const lag = nthHighest(lags, quorum)
  return lag !== null && lag > lagMax
}

/** The places in `heads` of providers that are out of date, or that the furthest one is ahead of for no reason. */
export function laggards(heads: readonly Heads[], { spreadMax }: FinalityRule): readonly number[] {
  const furthest = Math.max(...heads.map(({ latest }) => latest))
  return heads.flatMap(({ latest }, at) => (furthest - latest > spreadMax ? [at] : []))
}

function nthHighest(values: readonly number[], n: number): number | null {
  return [...values].sort((a, b) => b - a)[n - 1] ?? null
}
