// Times that providers of a chain disagreed, as our processes heard it.

import type { Divergence } from "../../chains/divergence.ts"
import type { ChainName } from "../../core/assets.ts"
import { pause } from "./controls.ts"
import type { Sql } from "./database.ts"
import { answer } from "./failure.ts"
import { encode } from "./json.ts"

export interface Incident extends Divergence {
  readonly writer: string
  readonly at: Date
}

/** The reason of the pause that follows when they go on to disagree. */
export const DISAGREE = "providers-disagree"

/** Stops the chain first, where it does: what is stopped and not written down is safer than the other way round. */
export async function recordIncident(
  sql: Sql,
  { chain, request, answers, words, halts, writer }: Omit<Incident, "at">,
): Promise<void> {
  if (halts) await pause(sql, { chain, reason: DISAGREE, by: writer })
  await answer(sql`
    insert into incidents (chain, writer, request, answers, words, halts)
    values (${chain}, ${writer}, ${request}, ${JSON.stringify(encode(answers))}::text::jsonb, ${words}, ${halts})`)
}

/** The newest of each chain in the last day, and how many there were. */
export async function incidentsToday(
  sql: Sql,
): Promise<readonly { readonly chain: ChainName; readonly count: number; readonly last: Date }[]> {
  return await answer(sql<{ chain: ChainName; count: number; last: Date }[]>`
    select chain, count(*)::int as count, max(at) as last from incidents
    where at > now() - interval '24 hours' group by chain order by chain`)
}
