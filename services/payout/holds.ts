// Has a campaign's token hold the claims of whoever may have no rewards any more, by its guardian's key: what the API
// refuses to hand in, the token then refuses too. Nothing is taken by it: docs/rewards.md has the rule.

import { readFile, stat } from "node:fs/promises"
import { join } from "node:path"
import { signByWallet, type WalletFile } from "../../chains/ao/by-wallet.ts"
import { HOLD_ACCOUNTS, holdText } from "../../chains/ao/campaign.ts"
import { type CampaignLink, connectCampaign } from "../../chains/ao/campaign-link.ts"
import { assert } from "../../core/assert.ts"
import { BridgeError } from "../../core/errors.ts"
import { barredSince } from "../../core/rewards/barred.ts"
import type { RewardEvent } from "../../core/rewards/event.ts"
import type { ServicesConfig } from "../config.ts"
import type { Log } from "../log.ts"
import type { Sql } from "../store/database.ts"
import { keepHold, keepHoldOutcome, rewardHolds, type StoredHold } from "../store/reward-holds.ts"

export interface Holding {
  readonly sql: Sql
  /** Whose token it is, and its process. */
  readonly campaign: { readonly id: string; readonly process: string }
  readonly link: Pick<CampaignLink, "submit" | "outcome" | "close">
  /** Of the token's guardian. */
  readonly key: WalletFile
  readonly log: Log
}

/** What a look knows when it asks whose claims must wait. */
export interface Seen {
  /** In their order. */
  readonly events: readonly RewardEvent[]
  /** The newest epoch that is closed. */
  readonly epoch: number
  /** When the oldest one ended of those whose claims are paid, or will be: of the newest that counts. */
  readonly sinceS: number
  /** Of these accounts, those that one of these epochs has a claim for. */
  claimantsOf(accounts: readonly string[]): Promise<readonly string[]>
}

/** A hold lasts so long, and is said again when half of it is over: services may be down for a week. */
const HOLD_MS = 14 * 86_400_000
/** What the token refused is not tried again before. */
const AGAIN_MS = 3_600_000

/**
 * Plans what is missing and hands in what has no answer; safe to repeat. Whoever was held once stays so for as long as they
 * are barred, whatever roots come: the token is not asked which of them it knows.
 */
export async function holdBarred(holding: Holding, seen: Seen, nowMs: number): Promise<void> {
  const { sql, campaign, key } = holding
  const { epoch } = seen
  const due = await accountsDue(seen, await rewardHolds(sql, campaign.id), nowMs)
  const untilMs = nowMs + HOLD_MS
  for (let from = 0; from < due.length; from += HOLD_ACCOUNTS) {
    const accounts = due.slice(from, from + HOLD_ACCOUNTS)
    const text = holdText({ accounts, epoch, untilMs, reason: REASON })
    const sealed = signByWallet(key, { target: campaign.process, ...text })
    await keepHold(sql, { campaign: campaign.id, accounts, epoch, untilMs, sealed }, nowMs)
  }
  for (const one of await rewardHolds(sql, campaign.id))
    if (one.outcome === null) await bringOn(holding, one)
}

/** What people read who ask the token. */
const REASON = "compliance lets this account have no rewards; claims are held, and not lost"

async function accountsDue(seen: Seen, known: readonly StoredHold[], nowMs: number) {
  const barred = new Set(barredSince(seen.events, 0))
  const fresh = barredSince(seen.events, seen.sinceS)
  const wanted = new Set([
    ...(fresh.length > 0 ? await seen.claimantsOf(fresh) : []),
    ...known.flatMap(({ accounts }) => accounts).filter((account) => barred.has(account)),
  ])
  for (const { accounts, outcome, untilMs, plannedMs } of known) {
    const isHeld = (outcome ?? "done") === "done" && untilMs > nowMs + HOLD_MS / 2
    const isRefused = outcome !== null && outcome !== "done" && plannedMs > nowMs - AGAIN_MS
    if (isHeld || isRefused) for (const account of accounts) wanted.delete(account)
  }
  return [...wanted].sort()
}

async function bringOn({ sql, link, log }: Holding, one: StoredHold): Promise<void> {
  const known = await link.outcome("hold", one.sealed.id)
  if (known === null) await link.submit(one.sealed)
  const outcome = known ?? (await link.outcome("hold", one.sealed.id))
  if (outcome === null) return
  await keepHoldOutcome(sql, one, outcome)
  const told = { campaign: one.campaign, accounts: one.accounts.length, epoch: one.epoch, outcome }
  if (outcome === "done") log.info(told, "claims are held")
  else log.error(told, "the campaign's token refuses to hold claims")
}

/** As the settings have it; undefined where no campaign has a token here, or nobody's claims are to be held. */
export async function openHolding(
  { folder, bridge: { campaign }, settings }: ServicesConfig,
  sql: Sql,
  log: Log,
): Promise<Holding | undefined> {
  const { guardian } = settings.rewards
  if (!campaign || guardian === null) return undefined
  const key = await guardianIn(folder, guardian)
  const link = connectCampaign(settings.endpoints.ao!, campaign.process)
  return { sql, campaign, link, key, log }
}

/** The guardian's wallet file. Throws `bad-config` for one that is none, or that others may read. */
export async function guardianIn(folder: string, file: string): Promise<WalletFile> {
  const path = join(folder, file)
  const about = await stat(path).catch(() => null)
  if (about && (about.mode & 0o077) !== 0)
    throw new BridgeError("bad-config", { guardian: file, reason: "others may read it: chmod 600" })
  try {
    const key = JSON.parse(await readFile(path, "utf8")) as WalletFile & {
      d?: string
    }
    assert(typeof key.n === "string" && typeof key.d === "string", "it is an RSA key")
    return key
  } catch {
    // Whatever is wrong with it is not repeated: it is a key.
    throw new BridgeError("bad-config", { guardian: file, needed: "a wallet file of an RSA key" })
  }
}
