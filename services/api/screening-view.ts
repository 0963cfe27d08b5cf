// What everybody may see of how a transfer was judged: whether it is rewarded, and how its case stands; never why.

import type { Action } from "../../core/compliance/decision.ts"
import type { TransferId } from "../../core/ids.ts"
import type { ScreeningView } from "../../sdk/schemas/transfers.ts"
import { casesOf } from "../store/cases.ts"
import type { Sql } from "../store/database.ts"
import { latestDecisions } from "../store/decisions.ts"

const REWARDS: Readonly<Record<Action, ScreeningView["reward"]>> = {
  ...{ allow: "counts", hold: "pending", reject: "none", block: "frozen" },
}

/** Of each of `ids`; null for one about whose parties nothing was decided. */
export async function screeningsOf(
  sql: Sql,
  ids: readonly TransferId[],
): Promise<(id: TransferId) => ScreeningView | null> {
  const made = await latestDecisions(sql, ids)
  const cases = await casesOf(sql, [...made.keys()])
  return (id) => {
    const latest = made.get(id)
    if (!latest) return null
    const found = cases.get(id)
    return {
      reward: REWARDS[latest.decision.reward],
      case: found
        ? {
            state: found.state,
            opened: new Date(found.openedMs).toISOString(),
            lapses: found.lapsesMs === null ? null : new Date(found.lapsesMs).toISOString(),
            appeals: found.appeals.length,
          }
        : null,
    }
  }
}
