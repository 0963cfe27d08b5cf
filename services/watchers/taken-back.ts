// Deposits that their owners took back, and those that they did not after all, as the block that said so is gone.

import type { TakenBack } from "../../chains/chain.ts"
import type { Sql } from "../store/database.ts"
import { transfersById } from "../store/transfers.ts"
import { type Fact, seenFact, takenBackFact } from "./facts.ts"
import type { Watcher } from "./follow.ts"

/** From its first confirmation on nothing is paid for such a deposit. `seen`: what is to be written before. */
export async function takenBackFacts(
  sql: Sql,
  back: readonly TakenBack[],
  seen: readonly Fact[],
): Promise<readonly Fact[]> {
  const known = await transfersById(
    sql,
    back.map(({ transfer }) => transfer),
  )
  const news = new Set(seen.map(({ transfer }) => transfer))
  return back.flatMap((one) => {
    const { transfer } = one
    return takenBackFact(known.get(transfer) ?? null, one, news.has(transfer)) ?? []
  })
}

/** Of an orphaned block: what stands unspent again is seen where it stood. */
export async function comeBack(
  { sql, connection, policy }: Pick<Watcher, "sql" | "connection" | "policy">,
  back: readonly TakenBack[],
): Promise<readonly Fact[]> {
  const known = await transfersById(
    sql,
    back.map(({ transfer }) => transfer),
  )
  const facts = [...known.values()].map(async (transfer) => {
    const located = transfer.state === "dropped" ? await connection.locate(transfer.id) : null
    if (located?.block.id !== transfer.block.id) return []
    return seenFact(transfer, located.sighting, located.block, policy.fees) ?? []
  })
  return (await Promise.all(facts)).flat()
}
