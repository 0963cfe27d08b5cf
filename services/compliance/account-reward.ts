// Whether an account may have rewards, by itself: there is no transfer that it is judged in.

import { keyOf, partyOf } from "../../chains/party.ts"
import { judge } from "../../chains/screening.ts"
import { type Action, worse } from "../../core/compliance/decision.ts"
import type { Facts, Session } from "../../core/compliance/facts.ts"
import { INPUT_NAMES } from "../../core/compliance/presets.ts"
import { standingNow } from "../store/reward-epochs.ts"
import { sessionsOf } from "../store/sessions.ts"
import type { Compliance } from "./compliance.ts"

export function accountFacts(account: string, session: Session | null): Facts {
  return {
    ...{ direction: "in", asset: "AR", chains: [], usdCents: null, recentUsdCents: null },
    parties: [partyOf("recipient", account)],
    answers: [{ source: INPUT_NAMES, said: "clear", about: "input" }],
    session,
  }
}

/**
 * What is said of an account at this moment: the worse of what the last look at the campaign found and what policy, lists
 * and its session say now. A look at a large campaign is many minutes old; who is listed meanwhile must not wait for the next.
 */
export async function standingAtOnce(
  { desk }: Pick<Compliance, "desk">,
  campaign: string,
  account: string,
): Promise<Action> {
  const { sql, shelf } = desk
  const nowMs = desk.now()
  await shelf.refresh()
  const party = keyOf(account)
  const session = (await sessionsOf(sql, [party])).get(party) ?? null
  const decision = judge(shelf.at(nowMs), accountFacts(account, session), nowMs)
  return worse(decision.reward, await standingNow(sql, campaign, account))
}
