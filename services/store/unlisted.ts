// Deposits of tokens that the bridge file does not name: kept until it does, so that none is ever without a trace.

import type { UnlistedDeposit } from "../../chains/vault.ts"
import type { ChainName } from "../../core/assets.ts"
import type { TransferId } from "../../core/ids.ts"
import type { Queries, Sql } from "./database.ts"
import { answer } from "./failure.ts"

export interface KeptDeposit extends UnlistedDeposit {
  readonly chain: ChainName
  readonly height: number
}

/** In the commit of the blocks that hold them; read again they are the same. */
export async function keepUnlisted(sql: Queries, kept: readonly KeptDeposit[]): Promise<void> {
  const rows = kept.map(({ refundTo, amount, ...row }) => ({
    ...{ ...row, refund_to: refundTo, amount: `${amount}` },
  }))
  if (rows.length === 0) return
  await sql`
    insert into unlisted_deposits (id, chain, token, height, sender, refund_to, amount)
    select id, chain, token, height, sender, refund_to, amount
    from json_populate_recordset(null::unlisted_deposits, ${JSON.stringify(rows)}::text::json)
    on conflict on constraint a_deposit_is_unlisted_once do update set height = excluded.height`
}

/** Those of blocks that are the chain's no more. */
export async function loseUnlisted(sql: Queries, chain: ChainName, from: number): Promise<void> {
  await sql`
    delete from unlisted_deposits where chain = ${chain} and height >= ${from} and ended_at is null`
}

/** Of a chain, or of all, oldest first: what nobody is credited for. */
export async function unlistedDeposits(
  sql: Sql,
  chain: ChainName | null = null,
): Promise<readonly KeptDeposit[]> {
  const rows = await answer(sql<Row[]>`
    select id, chain, token, height, sender, refund_to as "refundTo", amount
    from unlisted_deposits
    where ended_at is null and (${chain}::text is null or chain = ${chain})
    order by seen_at, id limit 1000`)
  return rows.map(({ height, amount, ...row }) => ({
    ...{ ...row, height: Number(height), amount: BigInt(amount) },
  }))
}

/** They are transfers from now on. */
export async function endUnlisted(sql: Sql, ids: readonly TransferId[]): Promise<void> {
  await answer(sql`update unlisted_deposits set ended_at = now() where id = any(${[...ids]})`)
}

interface Row extends Omit<KeptDeposit, "height" | "amount"> {
  readonly height: bigint
  readonly amount: bigint | string
}
