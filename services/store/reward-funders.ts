// Who paid for what depositors do: those who sent somebody's deposit, and who first paid an account at all.

import type { Funder } from "../../chains/chain.ts"
import type { ChainName } from "../../core/assets.ts"
import type { TransferId } from "../../core/ids.ts"
import type { Sql } from "./database.ts"
import { answer } from "./failure.ts"

/** Senders of deposits from a chain that were paid out, and of whom nobody has asked yet, in no order. */
export async function unasked(
  sql: Sql,
  chain: ChainName,
  limit: number,
): Promise<readonly string[]> {
  const rows = await answer(sql<{ sender: string }[]>`
    select sender from (
      select distinct s.sender from transfers t join sightings s using (number)
      where t.source = ${chain} and t.state = 'paid' and not exists (
        select from reward_funders f where f.chain = ${chain} and f.account = s.sender
      )
    ) as senders order by random() limit ${limit}`)
  return rows.map(({ sender }) => sender)
}

/** Null: nobody was seen to have done it. Whoever is written down stays so. */
export async function keepFunder(
  sql: Sql,
  chain: ChainName,
  account: string,
  found: Funder | null,
): Promise<void> {
  const atS = found && `${Math.floor(found.atMs / 1_000)}`
  await answer(sql`
    insert into reward_funders (chain, account, funder, transaction, at_s)
    values (${chain}, ${account}, ${found?.account ?? null}, ${found?.transaction ?? null},
      ${atS}::text::bigint)
    on conflict on constraint an_account_is_looked_up_once do nothing`)
}

/** Accounts as `chain:address`; `atS`: seconds since 1970. */
export interface Funding {
  readonly account: string
  readonly funder: string
  readonly atS: number
}

/** In the order of accounts. */
export async function fundings(sql: Sql): Promise<readonly Funding[]> {
  const rows = await answer(sql<{ chain: string; account: string; funder: string; at: bigint }[]>`
    select chain, account, funder, at_s as at from reward_funders
    where funder is not null order by chain, account`)
  return rows.map(({ chain, account, funder, at }) => ({
    ...{ account: `${chain}:${account}`, funder: `${chain}:${funder}`, atS: Number(at) },
  }))
}

/** Deposits that another account sent than the one whose money it was, as through a contract: who paid their gas. */
export async function submitters(sql: Sql): Promise<ReadonlyMap<TransferId, string>> {
  const rows = await answer(sql<{ id: TransferId; source: string; by: string }[]>`
    select id, source, senders ->> -1 as by from sightings
    where senders is not null and source not like 'ao%'`)
  return new Map(rows.map(({ id, source, by }) => [id, `${source}:${by}`]))
}
