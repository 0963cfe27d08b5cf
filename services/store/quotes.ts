// Terms that were promised, which of them still hold, and how long transfers of that way took lately.

import type { AssetName, ChainName } from "../../core/assets.ts"
import type { TransferId } from "../../core/ids.ts"
import type { Promised, Terms } from "../../core/quotes.ts"
import type { SignedQuote } from "../../sdk/schemas/quotes.ts"
import type { Sql } from "./database.ts"
import { answer } from "./failure.ts"
import { encode } from "./json.ts"

export interface StoredQuote extends Promised {
  readonly recipient: string
  readonly sender: string | null
  readonly signed: SignedQuote
  readonly issuedAt: Date
  readonly expiresAt: Date
}

export async function keepQuote(sql: Sql, quote: StoredQuote): Promise<void> {
  const { id, asset, source, target, recipient, sender, amount, fee, height, heightMax } = quote
  const { confirmations, payoutConfirmations, minimum, cap, refundFee } = quote
  const terms = { confirmations, payoutConfirmations, minimum, cap, refundFee }
  await answer(sql`
    insert into quotes (id, asset, source, target, recipient, sender, amount, fee, height,
      height_max, terms, signed, issued_at, expires_at)
    values (${id}, ${asset}, ${source}, ${target}, ${recipient}, ${sender}, ${`${amount}`},
      ${`${fee}`}, ${height}, ${heightMax}, ${JSON.stringify(encode(terms))}::text::jsonb,
      ${JSON.stringify(encode(quote.signed))}::text::jsonb, ${quote.issuedAt}, ${quote.expiresAt})`)
}

export async function findQuote(sql: Sql, id: string): Promise<StoredQuote | null> {
  const rows = await answer(sql<Row[]>`select * from quotes where id = ${id}`)
  return rows.map(quoteFrom)[0] ?? null
}

/** Those that hold now. */
export async function openQuotes(sql: Sql): Promise<readonly StoredQuote[]> {
  const rows = await answer(sql<Row[]>`select * from quotes where expires_at > now()`)
  return rows.map(quoteFrom)
}

/** What was over a month ago is of no use to anybody. */
export async function forgetQuotes(sql: Sql): Promise<void> {
  await answer(sql`delete from quotes where expires_at < now() - interval '30 days'`)
}

/** The first transfer that keeps a quote's terms, if there is one. */
export async function transferOfQuote(
  sql: Sql,
  { source, asset, recipient, sender, amount, issuedAt, expiresAt }: StoredQuote,
): Promise<TransferId | null> {
  const rows = await answer(sql<{ id: TransferId }[]>`
    select s.id from sightings s join events e on e.transfer = s.number and e.version = 1
    where s.number in (
      select number from generate_series(
        (select max(number) from sightings) >> 16, 0, -1
      ) as stretch, lateral (
        select number from sightings
        where number >> 16 = stretch and recipient = ${recipient}
        order by number desc limit 100
      ) as found limit 100
    ) and s.source = ${source} and s.asset = ${asset} and s.amount = ${`${amount}`}
      and (${sender}::text is null or s.sender = ${sender})
      and e.at between ${issuedAt} and ${expiresAt}
    order by s.number limit 1`)
  return rows[0]?.id ?? null
}

/** What a ledger's token charged for the newest burn that is final; null when there was none. */
export async function lastBurnFee(
  sql: Sql,
  { asset, source }: { readonly asset: AssetName; readonly source: ChainName },
): Promise<bigint | null> {
  const rows = await answer(sql<{ fee: bigint }[]>`
    select t.fee from transfers t join sightings s using (number)
    where t.source = ${source} and s.asset = ${asset} and not t.refund
      and t.state not in ('seen', 'dropped')
    order by t.number desc limit 1`)
  return rows[0]?.fee ?? null
}

export interface Pace {
  readonly medianMs: number
  readonly slowMs: number
  readonly samples: number
}

/** Newest transfers of a way that are looked at for its pace. */
const PACE_OF = 200

/** From when we saw the newest transfers of one way to when they were paid for good; null when there are too few. */
export async function paceOf(
  sql: Sql,
  { asset, source }: { readonly asset: AssetName; readonly source: ChainName },
): Promise<Pace | null> {
  const [row] = await answer(sql<Partial<Pace>[]>`
    with newest as (
      select t.number from transfers t join sightings s using (number)
      where t.state = 'paid' and not t.refund and t.source = ${source} and s.asset = ${asset}
      order by t.number desc limit ${PACE_OF}
    ), took as (
      select extract(epoch from max(e.at) - min(e.at)) * 1000 as ms
      from newest n join events e on e.transfer = n.number group by n.number
    )
    select count(*)::int as samples,
      round(percentile_cont(0.5) within group (order by ms))::float8 as "medianMs",
      round(percentile_cont(0.9) within group (order by ms))::float8 as "slowMs"
    from took`)
  const { samples = 0, medianMs, slowMs } = row ?? {}
  return samples >= SAMPLES_MIN ? { samples, medianMs: medianMs!, slowMs: slowMs! } : null
}

const SAMPLES_MIN = 5

interface Row {
  readonly id: string
  readonly asset: AssetName
  readonly source: ChainName
  readonly target: ChainName
  readonly recipient: string
  readonly sender: string | null
  readonly amount: bigint
  readonly fee: bigint
  readonly height: bigint
  readonly height_max: bigint | null
  readonly terms: Omit<Terms, "fee" | "heightMax">
  readonly signed: SignedQuote
  readonly issued_at: Date
  readonly expires_at: Date
}

function quoteFrom(row: Row): StoredQuote {
  const { height, height_max, terms, issued_at, expires_at, ...same } = row
  return {
    ...same,
    ...terms,
    height: Number(height),
    heightMax: height_max === null ? null : Number(height_max),
    ...{ issuedAt: issued_at, expiresAt: expires_at },
  }
}
