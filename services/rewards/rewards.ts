// The rewards of a bridge at work: asks who may have them, shows points, closes epochs, and has what nobody disputed count.

import { setTimeout as delay } from "node:timers/promises"
import type { Bridge } from "../../chains/bridge.ts"
import { assetsOf } from "../../chains/served.ts"
import { assert } from "../../core/assert.ts"
import type { Artifact } from "../../core/rewards/artifact.ts"
import { claimantsOf } from "../../core/rewards/barred.ts"
import { boundsOf, type Campaign } from "../../core/rewards/campaign.ts"
import type { RewardEvent } from "../../core/rewards/event.ts"
import { artifactIn } from "../../core/rewards/events-file.ts"
import type { Compliance } from "../compliance/compliance.ts"
import type { Connections } from "../connecting.ts"
import type { Log } from "../log.ts"
import { type Holding, holdBarred } from "../payout/holds.ts"
import { planEpoch } from "../payout/rewards.ts"
import type { Sql } from "../store/database.ts"
import {
  activate,
  artifactOfEpoch,
  epochsOf,
  keepPoints,
  type StoredEpoch,
} from "../store/reward-epochs.ts"
import { ledgerEvents } from "../store/reward-events.ts"
import { rewardsFolderOf } from "../store/reward-files.ts"
import { controlOf } from "../store/rewards.ts"
import { campaignsIn, publish } from "./campaigns.ts"
import { type Closing, closeNext, eventsBefore } from "./close.ts"
import { startAsking } from "./funders.ts"
import { pointsNow } from "./live.ts"
import { askOffice } from "./office.ts"
import { askForClusters } from "./sybils.ts"

export interface Rewarding extends Closing {
  readonly compliance: Compliance | null
  readonly log: Log
  /** Where the claims of whoever may have no rewards any more are held; left out for nowhere. */
  readonly holding?: Holding | undefined
  /** An epoch is about to count: whoever pays it is told, perhaps more than once. */
  readonly onActive?: (campaign: Campaign, epoch: StoredEpoch) => Promise<void>
}

/**
 * One look at a campaign. Safe to repeat and to break off anywhere. A campaign that operators have frozen or killed
 * shows its points, and nothing of it is closed or begins to count.
 */
export async function lookAt(
  rewarding: Rewarding,
  campaign: Campaign,
  nowMs: number,
): Promise<void> {
  const { sql, compliance, log, onActive } = rewarding
  const nowS = Math.floor(nowMs / 1_000)
  const chains = await ledgerEvents(sql, rewarding.assets)
  const before = await eventsBefore(rewarding, campaign, nowS + 1, chains)
  await askOffice(sql, campaign, compliance, before, nowMs)
  await askForClusters(sql, campaign, compliance, before, nowMs)
  const events = await eventsBefore(rewarding, campaign, nowS + 1, chains)
  await keepPoints(sql, campaign.id, pointsNow(campaign, events, nowS + 1), new Date(nowMs))
  await holdClaims(rewarding, campaign, events, nowMs)
  const control = await controlOf(sql, campaign.id)
  if (control && control.state !== "running") return
  for (;;) {
    const closed = await closeNext(rewarding, campaign, nowMs)
    if (!closed) break
    const { epoch, hash, root } = closed
    log.info({ campaign: campaign.id, epoch, hash, root }, "an epoch is closed")
  }
  const due = (await epochsOf(sql, campaign.id)).filter(
    ({ state, activeAt }) => state === "pending" && activeAt.getTime() <= nowMs,
  )
  for (const epoch of due) {
    // First, so that a crash in between has it told twice and not never.
    await onActive?.(campaign, epoch)
    if (await activate(sql, epoch))
      log.info({ campaign: campaign.id, epoch: epoch.epoch }, "an epoch counts")
  }
}

/** Whatever is stopped, this is not: it gives nothing. What fails waits for the next look, and stops nothing else. */
async function holdClaims(
  { sql, holding, log }: Rewarding,
  campaign: Campaign,
  events: readonly RewardEvent[],
  nowMs: number,
): Promise<void> {
  const { id } = campaign
  if (holding?.campaign.id !== id) return
  const closed = await epochsOf(sql, id)
  const newest = closed.findLastIndex(({ state }) => state === "active")
  const epochs = closed.slice(Math.max(0, newest)).map(({ epoch }) => epoch)
  const [oldest] = epochs
  if (oldest === undefined) return
  const claimants = async (accounts: readonly string[]) => {
    const found: string[] = []
    for (const epoch of epochs)
      found.push(...claimantsOf(await artifactIs(sql, id, epoch), accounts))
    return found
  }
  try {
    const seen = { events, epoch: epochs.at(-1)!, sinceS: boundsOf(campaign, oldest)[1] }
    await holdBarred(holding, { ...seen, claimantsOf: claimants }, nowMs)
  } catch (error) {
    log.warn({ campaign: id, error: String(error) }, "claims that must wait are not held yet")
  }
}

async function artifactIs(sql: Sql, campaign: string, epoch: number): Promise<Artifact> {
  const artifact = artifactIn((await artifactOfEpoch(sql, campaign, epoch)) ?? "null")
  assert(artifact !== null, "an epoch that stands has its artifact")
  return artifact
}

/** A look that takes long is followed by a pause of so many times its length. */
const PART = 10

export interface CampaignParts {
  readonly sql: Sql
  readonly log: Log
  readonly compliance: Compliance | null
  readonly bridge: Bridge
  /** Where it is asked who paid depositors. */
  readonly connections: Connections
  /** The services' own. */
  readonly folder: string
  /** So long after its end an epoch is closed, seconds. */
  readonly settleS: number
  /** Of the campaign that the bridge has a token for. */
  readonly holding: Holding | undefined
}

/** Reads the campaigns and looks after them until it is stopped. Throws `bad-config` before it has begun. */
export async function startCampaigns(
  { folder, bridge, connections, ...parts }: CampaignParts,
  lookMs: number,
): Promise<() => Promise<void>> {
  const { sql, log } = parts
  const found = await campaignsIn(folder)
  await publish(sql, found)
  const rewarding: Rewarding = {
    ...{ ...parts, folder: rewardsFolderOf(folder), assets: assetsOf(bridge.deployment) },
    onActive: (campaign, epoch) => tellToken(sql, bridge, campaign, epoch),
  }
  const looksForGas = found.some(({ sybil }) => sybil && sybil.says.gas > 0)
  const stopAsking = looksForGas ? startAsking({ sql, connections, log }, lookMs) : null
  const stop = new AbortController()
  const running = (async () => {
    while (!stop.signal.aborted) {
      const started = performance.now()
      for (const campaign of found)
        await lookAt(rewarding, campaign, Date.now()).catch((error: unknown) =>
          log.warn({ campaign: campaign.id, error: String(error) }, "rewards wait"),
        )
      const pauseMs = Math.max(lookMs, PART * (performance.now() - started))
      await delay(pauseMs, undefined, { signal: stop.signal }).catch(() => {})
    }
  })()
  return async () => {
    stop.abort()
    await Promise.all([running, stopAsking?.()])
  }
}

/** The campaign that the bridge has a token for is paid by it; of any other, claims are only shown. */
async function tellToken(
  sql: Sql,
  { campaign: facts }: Bridge,
  { id, challengeS }: Campaign,
  { epoch, hash }: StoredEpoch,
): Promise<void> {
  if (facts?.id !== id) return
  const made = await artifactIs(sql, id, epoch)
  const previous = epoch === 1 ? null : await artifactIs(sql, id, epoch - 1)
  await planEpoch(sql, facts, { epoch: made, artifact: hash, previous, challengeS })
}
