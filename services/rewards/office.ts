// What the bridge itself says of accounts: who signed in on which terms, and whom compliance lets have rewards.

import { evmAddress } from "../../chains/address.ts"
import { keyOf } from "../../chains/party.ts"
import { judge } from "../../chains/screening.ts"
import { seals } from "../../chains/seals.ts"
import { type Action, worse } from "../../core/compliance/decision.ts"
import { digestOfRecord, recordOf } from "../../core/compliance/evidence.ts"
import type { Campaign } from "../../core/rewards/campaign.ts"
import type { RewardEvent } from "../../core/rewards/event.ts"
import { accountFacts } from "../compliance/account-reward.ts"
import type { Compliance } from "../compliance/compliance.ts"
import type { Sql } from "../store/database.ts"
import { rewardsRefused } from "../store/reward-events.ts"
import { addFacts, factsBefore, type NewFact, signInsAfter } from "../store/rewards.ts"
import { sessionsOf } from "../store/sessions.ts"

/** Accounts that are judged at once. */
const STRETCH = 2_000

/**
 * Adds what is new: safe to repeat, and by several processes. Without a policy nobody can be judged, and everybody
 * stays on hold.
 */
export async function askOffice(
  sql: Sql,
  campaign: Campaign,
  compliance: Compliance | null,
  events: readonly RewardEvent[],
  nowMs: number,
): Promise<void> {
  const known = await factsBefore(sql, campaign.id, Number.MAX_SAFE_INTEGER)
  await addSignIns(sql, campaign, known, nowMs)
  if (compliance) await addStandings(sql, campaign, compliance, { events, known, nowMs })
}

async function addSignIns(
  sql: Sql,
  campaign: Campaign,
  known: readonly RewardEvent[],
  nowMs: number,
): Promise<void> {
  const told = new Set(
    known.flatMap((one) => (one.kind === "terms" ? [`${one.account} ${one.version}`] : [])),
  )
  let last = 0n
  for (;;) {
    const rows = await signInsAfter(sql, last)
    const fresh = rows.flatMap(({ party, terms }): NewFact[] => {
      const account = accountOf(party)
      if (account === null || told.has(`${account} ${terms}`)) return []
      told.add(`${account} ${terms}`)
      return [
        { key: `terms ${account} ${terms}`, fact: { kind: "terms", account, version: terms } },
      ]
    })
    await addFacts(sql, campaign.id, Math.floor(nowMs / 1_000), fresh)
    if (rows.length === 0) return
    last = rows.at(-1)!.number
  }
}

/** The account on AO that a wallet of that key has; null when it has none. */
export function accountOf(key: string): string | null {
  const [, id] = /^ar:([A-Za-z0-9_-]{43})$/.exec(key) ?? []
  if (id !== undefined) return id
  const [, hex] = /^evm:(0x[0-9a-f]{40})$/.exec(key) ?? []
  return hex === undefined ? null : evmAddress(hex)
}

interface Known {
  readonly events: readonly RewardEvent[]
  readonly known: readonly RewardEvent[]
  readonly nowMs: number
}

async function addStandings(
  sql: Sql,
  campaign: Campaign,
  { desk, whereabouts }: Compliance,
  { events, known, nowMs }: Known,
): Promise<void> {
  await desk.shelf.refresh()
  const standing = desk.shelf.at(nowMs)
  const said = new Map<string, { readonly action: Action; readonly count: number }>()
  for (const one of known)
    if (one.kind === "standing" && one.epoch === null)
      said.set(one.account, {
        action: one.action,
        count: (said.get(one.account)?.count ?? 0) + 1,
      })
  const refused = await rewardsRefused(sql)
  const accounts = [...holdersIn(events)]
  for (let from = 0; from < accounts.length; from += STRETCH) {
    const stretch = accounts.slice(from, from + STRETCH)
    const sessions = await sessionsOf(sql, stretch.map(keyOf))
    const fresh = stretch.flatMap((account): NewFact[] => {
      const before = said.get(account)
      const facts = accountFacts(account, sessions.get(keyOf(account)) ?? null)
      const decision = judge(standing, facts, nowMs)
      const action = worse(decision.reward, refused.get(account) ?? "allow")
      // Who is on hold and of whom nothing was said: it is the same.
      if (action === (before?.action ?? "hold")) return []
      const record = recordOf({
        ...{ transfer: `account:${account}`, atMs: nowMs, policy: standing?.policy ?? "none" },
        ...{
          lists: standing?.lists ?? desk.shelf.lists.lists,
          places: whereabouts.files,
          facts,
          decision,
        },
      })
      const evidence = digestOfRecord(record, seals.hash)
      return [
        {
          key: `standing ${account} ${before?.count ?? 0}`,
          fact: { kind: "standing", account, action, epoch: null, evidence },
        },
      ]
    })
    if (fresh.length === 0) continue
    // In the log before anything follows from it; digests alone.
    const rows = fresh.map(({ fact }) =>
      fact.kind === "standing" ? { evidence: fact.evidence, action: fact.action } : {},
    )
    await desk.audit.append("rewards", nowMs, { campaign: campaign.id, rows })
    await addFacts(sql, campaign.id, Math.floor(nowMs / 1_000), fresh)
  }
}

/** Everybody who has, or had, something that counts. */
function holdersIn(events: readonly RewardEvent[]): ReadonlySet<string> {
  const accounts = new Set<string>()
  for (const event of events) {
    if (event.kind === "mint" || event.kind === "refund") accounts.add(event.account)
    if (event.kind === "mint" && event.referrer !== null) accounts.add(event.referrer)
    if (event.kind === "move") accounts.add(event.to)
  }
  return accounts
}
