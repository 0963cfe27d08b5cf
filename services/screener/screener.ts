// Decides which final deposits and burns go through, wait, or go back: by whom they come from, then by what they are.

import { codeFor, isUndecided } from "../../chains/screening.ts"
import { type Action, type Decision, worse } from "../../core/compliance/decision.ts"
import type { Policy } from "../../core/policy.ts"
import { verdictOn } from "../../core/policy.ts"
import type { Transfer } from "../../core/transfer.ts"
import type { Desk } from "../compliance/desk.ts"
import { undecided } from "../compliance/payout-screen.ts"
import { advance, type Change } from "../store/advance.ts"
import type { Sql } from "../store/database.ts"
import type { NewDecision } from "../store/decisions.ts"
import type { OutboxRow } from "../store/outbox.ts"
import { transfersById } from "../store/transfers.ts"

/**
 * Handles `screen` orders; a transfer that moved on meanwhile is left as it is. `desk` judges the parties; null where
 * the bridge has no policy about them. Throws `not-yet` when some could not be judged: the others have moved on.
 */
export function screener(sql: Sql, policy: Policy, desk: Desk | null) {
  return async (rows: readonly OutboxRow[]): Promise<void> => {
    const transfers = await transfersById(
      sql,
      rows.map(({ transfer }) => transfer),
    )
    const fresh = [...transfers.values()].filter(({ state }) => state === "confirmed")
    const decided: ReadonlyMap<string, NewDecision> = desk
      ? await desk.decide(fresh, "screen")
      : new Map()
    const waiting = new Set(
      fresh.filter(({ id }) => cannotTell(decided.get(id))).map(({ id }) => id),
    )
    const known = fresh.filter(({ id }) => !waiting.has(id))
    const changes = known.flatMap((transfer) =>
      changesFor(policy, transfer, decided.get(transfer.id)?.decision ?? null),
    )
    await advance(sql, changes, {
      done: rows.filter(({ transfer }) => !waiting.has(transfer)).map(({ id }) => id),
      decisions: known.flatMap(({ id }) => decided.get(id) ?? []),
    })
    // Their orders stay: nothing is wrong with these, and better data will tell.
    if (waiting.size > 0) throw undecided()
  }
}

function cannotTell(made: NewDecision | undefined): boolean {
  return made !== undefined && isUndecided(made.decision, "bridge")
}

/**
 * What becomes of one confirmed transfer; a refund is a flag and a redirection, both on record. Whoever may not be
 * paid is flagged, and the case that this opens says how it goes on.
 */
export function changesFor(
  policy: Policy,
  transfer: Transfer,
  decision: Decision | null,
): readonly Change[] {
  const { id, version } = transfer
  const verdict = verdictOn(policy, { ...transfer, fee: null }, transfer.fee)
  const flag = (reason: string): Change => ({
    transfer: id,
    key: `Flagged:${version}`,
    version,
    event: { kind: "Flagged", reason },
  })
  const stop = codeFor(stopIn(decision, verdict.kind))
  if (stop) return [flag(stop)]
  switch (verdict.kind) {
    case "clear":
      return [{ transfer: id, key: `Cleared:${version}`, version, event: { kind: "Cleared" } }]
    case "hold":
      return [flag(verdict.reason)]
    case "refund":
      return [
        flag(verdict.reason),
        {
          transfer: id,
          key: `Redirected:${version + 1}`,
          version: version + 1,
          event: { kind: "Redirected", by: ["policy"], fee: verdict.fee },
        },
      ]
  }
}

/** What cannot be carried anyway goes back only if that may be; its own rejection is no reason to keep it. */
function stopIn(decision: Decision | null, verdict: "clear" | "hold" | "refund"): Action {
  if (!decision) return "allow"
  if (verdict !== "refund") return decision.bridge
  const both = worse(decision.bridge, decision.refund)
  return both === "reject" ? decision.refund : both
}
