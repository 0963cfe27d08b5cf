// What a token said of a mint before the books knew its message: somebody else may have been quicker with the same bytes.

import { isLedger } from "../../core/assets.ts"
import type { Change } from "../store/advance.ts"
import { settlementsBy } from "../store/blocks.ts"
import type { Plan } from "../store/plans.ts"
import { transfersById } from "../store/transfers.ts"
import { refusedFacts } from "./batching.ts"
import type { Payer } from "./plan.ts"

/**
 * A refusal frees whoever waits for that message, and was told when nobody did: the token never answers it again. Nothing
 * where a refusal says nothing. Whoever asks has recorded the message before, so that a watcher that has not told it yet
 * finds it in the books.
 */
export async function answeredBefore(
  { sql, chain }: Payer,
  { id, payouts }: Plan,
): Promise<readonly Change[]> {
  if (!isLedger(chain.name)) return []
  const transfers = await transfersById(
    sql,
    payouts.map(({ transfer }) => transfer),
  )
  const sent = [...transfers.values()].find(({ plan, state }) => plan === id && state === "sent")
  if (!sent?.transaction) return []
  const settlements = await settlementsBy(sql, chain.name, sent.transaction)
  return settlements.flatMap((one) =>
    refusedFacts(one, (transfer) => transfers.get(transfer) ?? null).map((fact) => ({
      ...fact,
      version: transfers.get(fact.transfer)!.version,
    })),
  )
}
