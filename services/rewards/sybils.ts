// Whose accounts are one person's, by the campaign's published rules: found at each look, kept with its reasons, and said.

import { seals } from "../../chains/seals.ts"
import { canonical, type Json } from "../../core/compliance/canonical.ts"
import { type Campaign, epochAt } from "../../core/rewards/campaign.ts"
import { OFFICE, type RewardEvent } from "../../core/rewards/event.ts"
import { clustersOf, type Trace } from "../../core/rewards/sybil.ts"
import { newsOf } from "../../core/rewards/verdicts.ts"
import type { Compliance } from "../compliance/compliance.ts"
import type { Sql } from "../store/database.ts"
import { keepClusters, refundAddresses, sessionTraces } from "../store/reward-clusters.ts"
import { type Funding, fundings, submitters } from "../store/reward-funders.ts"
import { addFacts, type NewFact } from "../store/rewards.ts"
import { accountOf } from "./office.ts"

/**
 * Says what is new of accounts: safe to repeat. Nothing where the campaign has no rules for it, or has not begun. A
 * cluster is on the disk, with every reason, before anything is said by it.
 */
export async function askForClusters(
  sql: Sql,
  campaign: Campaign,
  compliance: Compliance | null,
  events: readonly RewardEvent[],
  nowMs: number,
): Promise<void> {
  const { sybil } = campaign
  const nowS = Math.floor(nowMs / 1_000)
  const epoch = epochAt(campaign, nowS)
  if (!sybil || epoch < 1 || epoch > campaign.epochs) return
  const known = events.filter(({ chain }) => chain === OFFICE)
  const clusters = clustersOf(events, await tracesOf(sql, events), sybil)
  const news = newsOf(known, clusters, epoch, seals.hash)
  if (news.length === 0) return
  const meant = new Set(news.map(({ evidence }) => evidence))
  const found = clusters
    .map((cluster) => ({ cluster, evidence: seals.hash(canonical(cluster as unknown as Json)) }))
    .filter(({ evidence }) => meant.has(evidence))
  await keepClusters(sql, campaign.id, found, nowMs)
  const said = new Map<string, number>()
  for (const one of known)
    if (one.kind === "verdict") said.set(one.account, (said.get(one.account) ?? 0) + 1)
  const facts = news.map((fact): NewFact => {
    const { account } = fact
    const key =
      fact.kind === "standing"
        ? `cluster hold ${account} ${epoch}`
        : `verdict ${account} ${said.get(account) ?? 0}`
    return { key, fact }
  })
  // Digests alone: what the log has, nobody erases.
  const rows = news.map(({ kind, evidence }) => ({ kind, evidence }))
  await compliance?.desk.audit.append("clusters", nowMs, { campaign: campaign.id, rows })
  await addFacts(sql, campaign.id, nowS, facts)
}

async function tracesOf(sql: Sql, events: readonly RewardEvent[]): Promise<readonly Trace[]> {
  const refunds = await refundAddresses(sql)
  return [
    ...(await sessionTraces(sql, accountOf)),
    ...gasTraces(events, await fundings(sql), await submitters(sql)),
    ...events.flatMap((event): Trace[] => {
      const { account, atS } = event
      if (event.kind === "mint") {
        const to = refunds.get(event.transfer)
        return to === undefined ? [] : [{ kind: "refund", account, to, atS }]
      }
      // Operators have heard it: an appeal that was granted, in whatever epoch.
      const isHeard = event.kind === "standing" && event.epoch !== null && event.action === "allow"
      return isHeard ? [{ kind: "appeal-granted", account, evidence: event.evidence, atS }] : []
    }),
  ]
}

/**
 * Who paid for what an account did: the transaction of its deposit where another sent it, and the first coins of
 * whoever deposited for it. Who gave such first coins, and deposits too, is in the tree of those whom they gave to.
 */
function gasTraces(
  events: readonly RewardEvent[],
  funded: readonly Funding[],
  sentBy: ReadonlyMap<string, string>,
): readonly Trace[] {
  const ofAccount = new Map(funded.map((one) => [one.account, one]))
  const byFunder = new Map<string, number[]>()
  for (const { funder, atS } of funded) byFunder.set(funder, [...(byFunder.get(funder) ?? []), atS])
  const told = new Set<string>()
  const trace = (account: string, source: string, atS: number): Trace[] => {
    const key = `${account} ${source} ${atS}`
    if (told.has(key)) return []
    told.add(key)
    return [{ kind: "gas", account, source, atS }]
  }
  return events.flatMap((event): Trace[] => {
    if (event.kind !== "mint") return []
    const { account, transfer, atS } = event
    const payer = `${event.source}:${event.sender}`
    const [own, by] = [ofAccount.get(payer), sentBy.get(transfer)]
    return [
      ...(by === undefined ? [] : trace(account, by, atS)),
      ...(own === undefined ? [] : trace(account, own.funder, own.atS)),
      ...(byFunder.get(payer) ?? []).flatMap((at) => trace(account, payer, at)),
    ]
  })
}
