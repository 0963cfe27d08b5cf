// What answers are made from: the bridge's public facts, how far its chains have been read, what is paused.

import type { Connection, Deployment } from "../../chains/chain.ts"
import { servedBy } from "../../chains/served.ts"
import type { Places } from "../../chains/strangers.ts"
import type { ChainName } from "../../core/assets.ts"
import type { Policy } from "../../core/policy.ts"
import type { CampaignFacts } from "../../core/rewards/payable.ts"
import type { Compliance } from "../compliance/compliance.ts"
import type { OwnKey } from "../own-key.ts"
import type { Pause } from "../store/controls.ts"
import type { Sql } from "../store/database.ts"
import type { StreamLimits } from "./events.ts"
import type { Ordering } from "./orders.ts"
import { chainsNow, type Reads } from "./reads.ts"

export interface Api extends Ordering {
  /** To the chains themselves, for what is in no table. */
  readonly connections: Readonly<
    Partial<Record<ChainName, Pick<Connection, "unattributed" | "claim">>>
  >
  /** Null for a bridge without a policy about whom it serves. */
  readonly screening: Compliance | null
  /** The campaign that the bridge has a token for. */
  readonly campaign?: Pick<CampaignFacts, "id"> | undefined
  /** Signs quotes, and makes the secrets of webhooks; without it there are neither. */
  readonly key?: OwnKey
  /** Who comes in, and how often. */
  readonly door?: {
    /** Proxies whose word on where a request comes from is believed. */
    readonly proxies?: readonly string[]
    readonly perMinute?: number
    /** Connections together, and of one network where no proxy stands before us. */
    readonly places?: Places
  }
  readonly webhooks?: {
    /** Where messages may go: to addresses that are not public, too. */
    readonly allowPrivate: boolean
    /** Another process does it. */
    readonly delivers?: false
  }
  /** Where events files of closed epochs lie; null or left out: with others. */
  readonly rewardsFolder?: string | null
  /** Where most requests look things up by a key; left out: `sql`. */
  readonly lookups?: Sql
  /** Every answer is compared with its schema before it is sent. */
  readonly checked?: boolean
  /** What many ask for at one time is read by it once; the server makes it. */
  readonly reads?: Reads
  /** Others than the usual ones: for tests. */
  readonly streams?: Partial<StreamLimits>
}

/** Answers to many at one time. */
export interface Reading extends Api {
  readonly reads: Reads
}

/** Tips of the chains that are served, as our watchers have them; null before the first block. */
export type Heights = Readonly<Partial<Record<ChainName, number | null>>>

export interface Context {
  readonly deployment: Deployment
  readonly policy: Policy
  readonly heights: Heights
  readonly pauses: readonly Pause[]
  readonly nowMs: number
}

export async function contextOf({ sql, reads, deployment, policy }: Api): Promise<Context> {
  const { heads, pauses: stopped } = await (reads?.chains() ?? chainsNow(sql))
  const known = new Map(heads.map(({ chain, height }) => [chain, height]))
  const heights: Heights = Object.fromEntries(
    servedBy(deployment).map((chain) => [chain, known.get(chain) ?? null]),
  )
  return { deployment, policy, heights, pauses: stopped, nowMs: Date.now() }
}
