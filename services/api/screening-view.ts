// What everybody may see of how a transfer was judged: whether it is rewarded, and how its case stands; never why.

import type { Action } from "../../core/compliance/decision.ts"
import type { TransferId } from "../../core/ids.ts"
import type { ScreeningView } from "../../sdk/schemas/transfers.ts"
import { findCase } from "../store/cases.ts"
import type { Sql } from "../store/database.ts"
import { latestDecisions } from "../store/decisions.ts"

const REWARDS: Readonly<Record<Action, ScreeningView["reward"]>> = {
  ...{ allow: "counts", hold: "pending", reject: "none", block: "frozen" },
}

export async function screeningOf(sql: Sql, id: TransferId): Promise<ScreeningView | null> {
  const made = (await latestDecisions(sql, [id])).get(id)
  if (!made) return null
  const found = await findCase(sql, id)
  return {
    reward: REWARDS[made.decision.reward],
    case: found && {
      state: found.state,
      opened: new Date(found.openedMs).toISOString(),
      lapses: found.lapsesMs === null ? null : new Date(found.lapsesMs).toISOString(),
      appeals: found.appeals.length,
    },
  }
}
