// Decides which final deposits and burns go through, wait, or go back: `core/policy` applied, and written down.

import type { Policy } from "../../core/policy.ts"
import { verdictOn } from "../../core/policy.ts"
import type { Transfer } from "../../core/transfer.ts"
import { advance, type Change } from "../store/advance.ts"
import type { Sql } from "../store/database.ts"
import type { OutboxRow } from "../store/outbox.ts"
import { transfersById } from "../store/transfers.ts"

/** Handles `screen` orders; a transfer that moved on meanwhile is left as it is. */
export function screener(sql: Sql, policy: Policy) {
  return async (rows: readonly OutboxRow[]): Promise<void> => {
    const transfers = await transfersById(
      sql,
      rows.map(({ transfer }) => transfer),
    )
    const changes = [...transfers.values()]
      .filter(({ state }) => state === "confirmed")
      .flatMap((transfer) => changesFor(policy, transfer))
    await advance(sql, changes, { done: rows.map(({ id }) => id) })
  }
}

/** What the policy makes of one confirmed transfer; a refund is a flag and a redirection, both on record. */
export function changesFor(policy: Policy, transfer: Transfer): readonly Change[] {
  const { id, version } = transfer
  const verdict = verdictOn(policy, { ...transfer, fee: null }, transfer.fee)
  const flag = (reason: string): Change => ({
    transfer: id,
    key: `Flagged:${version}`,
    version,
    event: { kind: "Flagged", reason },
  })
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
