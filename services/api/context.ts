// What answers are made from: the bridge's public facts, how far its chains have been read, what is paused, its books.

import type { Connection, Deployment } from "../../chains/chain.ts"
import { assetsOf, servedBy } from "../../chains/served.ts"
import type { AssetName, ChainName } from "../../core/assets.ts"
import type { Balances } from "../../core/ledger.ts"
import type { Policy } from "../../core/policy.ts"
import type { Compliance } from "../compliance/compliance.ts"
import type { OwnKey } from "../own-key.ts"
import * as blocks from "../store/blocks.ts"
import { type Pause, pauses } from "../store/controls.ts"
import { balancesNow } from "../store/ledger.ts"
import { unbackedNow } from "../store/unbacked.ts"
import type { StreamLimits } from "./events.ts"
import type { Ordering } from "./orders.ts"

export interface Api extends Ordering {
  /** To the chains themselves, for what is in no table. */
  readonly connections: Readonly<
    Partial<Record<ChainName, Pick<Connection, "unattributed" | "claim">>>
  >
  /** Null for a bridge without a policy about whom it serves. */
  readonly screening: Compliance | null
  /** Signs quotes, and makes the secrets of webhooks; without it there are neither. */
  readonly key?: OwnKey
  /** Who comes in, and how often. */
  readonly door?: {
    /** Proxies whose word on where a request comes from is believed. */
    readonly proxies?: readonly string[]
    readonly perMinute?: number
  }
  readonly webhooks?: {
    /** Where messages may go: to addresses that are not public, too. */
    readonly allowPrivate: boolean
    /** Another process does it. */
    readonly delivers?: false
  }
  /** Where events files of closed epochs lie; null or left out: with others. */
  readonly rewardsFolder?: string | null
  /** Every answer is compared with its schema before it is sent. */
  readonly checked?: boolean
  /** Others than the usual ones: for tests. */
  readonly streams?: Partial<StreamLimits>
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

export async function contextOf({ sql, deployment, policy }: Api): Promise<Context> {
  const [heads, stopped] = await Promise.all([blocks.heads(sql), pauses(sql)])
  const known = new Map(heads.map(({ chain, height }) => [chain, height]))
  const heights: Heights = Object.fromEntries(
    servedBy(deployment).map((chain) => [chain, known.get(chain) ?? null]),
  )
  return { deployment, policy, heights, pauses: stopped, nowMs: Date.now() }
}

export async function balancesOf({
  sql,
  deployment,
}: Pick<Api, "sql" | "deployment">): Promise<
  ReadonlyMap<AssetName, Balances & { readonly unbacked: bigint }>
> {
  const unbacked = await unbackedNow(sql)
  const rows = assetsOf(deployment).map(async (asset) => {
    const balances = await balancesNow(sql, asset)
    return [asset, { ...balances, unbacked: unbacked.get(asset) ?? 0n }] as const
  })
  return new Map(await Promise.all(rows))
}
