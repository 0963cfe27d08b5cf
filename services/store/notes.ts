// Notes of addresses that are one depositor's own: who may pay us where, and who has.

import type { NewNotes, PaidNote } from "../../chains/chain.ts"
import type { ChainName } from "../../core/assets.ts"
import { originOf, type TransferId } from "../../core/ids.ts"
import type { Sql } from "./database.ts"
import { answer, failureOf } from "./failure.ts"

/** Keeps a note for ever; a known one stays as it is. */
export async function keepNote(sql: Sql, chain: ChainName, note: string): Promise<void> {
  try {
    await sql.begin(async (transaction) => {
      // One at a time, so that whoever reads on from a number never passes one that is still to be committed.
      await transaction`select pg_advisory_xact_lock(hashtext(${`notes of ${chain}`}))`
      await transaction`
        insert into notes (chain, note) values (${chain}, ${note}) on conflict do nothing`
    })
  } catch (cause) {
    throw failureOf(cause)
  }
}

/** Every note of a chain once, and then those that came since. */
export function newNotes(sql: Sql, chain: ChainName): NewNotes {
  let last = 0n
  return async () => {
    const rows = await answer(sql<{ number: bigint; note: string }[]>`
      select number, note from notes
      where chain = ${chain} and number > ${`${last}`}::text::bigint order by number`)
    last = rows.at(-1)?.number ?? last
    return rows.map(({ note }) => note)
  }
}

/** A deposit to an address of its own, as a signer must be told of it. */
export interface Paid extends PaidNote {
  /** Of the transfer. */
  readonly number: bigint
}

/** Deposits from `source` to such addresses, in the order in which we saw them, after that of a number. */
export async function paidNotes(
  sql: Sql,
  source: ChainName,
  { after, limit }: { readonly after: bigint; readonly limit: number },
): Promise<readonly Paid[]> {
  const rows = await answer(sql<Row[]>`
    select number, s.note, s.id from sightings s join transfers t using (number)
    where s.source = ${source} and s.note is not null and t.state <> 'dropped'
      and number > ${`${after}`}::text::bigint
    order by number limit ${limit}`)
  return rows.map(paidIn)
}

/** As `paidNotes`, also of deposits that a chain has dropped: they may come back, and nobody is told twice. */
export async function notesPaid(
  sql: Sql,
  source: ChainName,
  { after, limit }: { readonly after: bigint; readonly limit: number },
): Promise<readonly Paid[]> {
  const rows = await answer(sql<Row[]>`
    select number, note, id from sightings
    where source = ${source} and note is not null and number > ${`${after}`}::text::bigint
    order by number limit ${limit}`)
  return rows.map(paidIn)
}

interface Row {
  readonly number: bigint
  readonly note: string
  readonly id: TransferId
}

function paidIn({ number, note, id }: Row): Paid {
  return { number, note, transaction: originOf(id).transaction }
}
