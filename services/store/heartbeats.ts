// The last sign of life of each of the group's keys.

import type { SchemeName } from "../../chains/chain.ts"
import type { Sql } from "./database.ts"
import { answer } from "./failure.ts"

export interface Heartbeat {
  readonly scheme: SchemeName
  /** Of ten minutes, counted since 1970. */
  readonly period: number
  readonly signers: readonly number[]
  readonly at: Date
}

export async function heartbeats(sql: Sql): Promise<readonly Heartbeat[]> {
  const rows = await answer(sql<(Omit<Heartbeat, "period"> & { period: bigint })[]>`
    select scheme, period, signers, at from heartbeats order by scheme`)
  return rows.map((row) => ({ ...row, period: Number(row.period) }))
}

/** Kept when it is newer than what is there. */
export async function recordHeartbeat(
  sql: Sql,
  { scheme, period, signers }: Omit<Heartbeat, "at">,
  signature: Uint8Array,
): Promise<void> {
  await answer(sql`
    insert into heartbeats (scheme, period, signature, signers)
    values (${scheme}, ${period}, ${Buffer.from(signature)}, ${[...signers]})
    on conflict (scheme) do update
    set period = excluded.period, signature = excluded.signature,
        signers = excluded.signers, at = excluded.at
    where heartbeats.period < excluded.period`)
}
