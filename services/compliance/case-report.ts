// One case as a document: what a regulator asks for, and from what anybody can make the decision again.

import type { CaseEvent } from "../../core/compliance/case.ts"
import type { Transfer } from "../../core/transfer.ts"
import { caseHistory, type StoredCase } from "../store/cases.ts"
import type { Sql } from "../store/database.ts"
import { decisionsOf, type StoredDecision } from "../store/decisions.ts"
import { findTransfer } from "../store/transfers.ts"

export interface CaseReport {
  readonly transfer: {
    readonly id: string
    readonly asset: string
    /** Base units. */
    readonly amount: string
    readonly from: string
    readonly to: string
    readonly sender: string
    readonly recipient: string | null
    readonly refundTo: string
    readonly state: string
    readonly reason: string | null
    readonly block: string
    readonly transaction: string | null
  }
  readonly case: {
    readonly round: number
    readonly state: string
    readonly version: number
    readonly opened: string
    readonly lapses: string | null
    readonly reportDue: string | null
    readonly resolved: {
      readonly resolution: string
      readonly by: string
      readonly authority: string
      readonly at: string
    } | null
  }
  /** What was found, in the order of the policy. */
  readonly findings: readonly {
    readonly rule: string
    readonly authority: string
    readonly about: string
    readonly effects: string
  }[]
  readonly evidence: readonly {
    readonly digest: string
    readonly by: string
    readonly about: string
    readonly at: string
  }[]
  readonly history: readonly {
    readonly at: string
    readonly event: string
    readonly by: string
    readonly says: string
  }[]
  readonly decisions: readonly {
    readonly at: string
    readonly stage: string
    readonly bridge: string
    readonly refund: string
    readonly reward: string
    readonly policy: string
    readonly lists: Readonly<Record<string, string>>
    readonly digest: string
    readonly record: StoredDecision["record"]
  }[]
}

/** Null when there is no such transfer. `authorities` of the policy's rules, by their ids. */
export async function caseReport(
  sql: Sql,
  found: StoredCase,
  authorities: ReadonlyMap<string, string>,
): Promise<CaseReport | null> {
  const transfer = await findTransfer(sql, found.transfer)
  if (!transfer) return null
  const [history, decisions] = await Promise.all([
    caseHistory(sql, found),
    decisionsOf(sql, found.transfer),
  ])
  const { resolved } = found
  return {
    transfer: transferPart(transfer),
    case: {
      ...{ round: found.round, state: found.state, version: found.version },
      opened: iso(found.openedMs),
      lapses: isoOrNull(found.lapsesMs),
      reportDue: isoOrNull(found.reportDueMs),
      resolved: resolved && {
        ...{ resolution: resolved.resolution, authority: resolved.authority },
        ...{ by: resolved.by.join(", ") || "the policy", at: iso(resolved.atMs) },
      },
    },
    findings: found.decision.reasons.map(({ rule, about, effects }) => ({
      ...{ rule, about, authority: authorities.get(rule) ?? "" },
      effects: Object.entries(effects)
        .map(([scope, action]) => `${scope} ${action}`)
        .join(", "),
    })),
    evidence: found.evidence.map(({ digest, by, about, atMs }) => ({
      digest,
      by,
      about,
      at: iso(atMs),
    })),
    history: history.map(({ event, at }) => ({
      ...{ at: at.toISOString(), event: event.kind },
      ...{ by: "by" in event ? event.by : "policy", says: wordsOf(event) },
    })),
    decisions: decisions.map(({ at, stage, decision, record, digest }) => ({
      ...{ at: at.toISOString(), stage, digest, policy: record.policy, record },
      ...{ bridge: decision.bridge, refund: decision.refund, reward: decision.reward },
      lists: Object.fromEntries(Object.entries(record.lists).map(([id, one]) => [id, one.digest])),
    })),
  }
}

function transferPart(transfer: Transfer): CaseReport["transfer"] {
  const { id, asset, sender, recipient, refundTo, state, reason, transaction } = transfer
  return {
    ...{ id, asset, sender, recipient, refundTo, state, reason, transaction },
    ...{ amount: `${transfer.amount}`, from: transfer.source, to: transfer.target },
    block: `${transfer.block.height} ${transfer.block.id}`,
  }
}

function wordsOf(event: CaseEvent): string {
  switch (event.kind) {
    case "Appealed":
      return event.document ? `${event.statement} (document ${event.document})` : event.statement
    case "Proposed":
      return `${event.resolution}: ${event.authority}`
    case "EvidenceAdded":
      return `${event.evidence.about} ${event.evidence.digest}`
    case "Opened":
    case "Rescreened": {
      const { bridge, refund, reward } = event.decision
      return `bridge ${bridge}, refund ${refund}, reward ${reward}`
    }
    case "Lapsed":
      return "its time was up"
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}

function isoOrNull(ms: number | null): string | null {
  return ms === null ? null : iso(ms)
}
