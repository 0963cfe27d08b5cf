// Sessions: who signed in on which terms, and from where; an address itself leaves within three days.

import type { Proof, SignIn } from "../../chains/sign-in.ts"
import type { Network, Place, Session } from "../../core/compliance/facts.ts"
import type { Sql } from "./database.ts"
import { answer } from "./failure.ts"
import { encode } from "./json.ts"

export interface NewSession {
  /** Key of the wallet. */
  readonly party: string
  readonly signIn: SignIn
  readonly text: string
  readonly proof: Proof
  readonly places: readonly Place[]
  readonly networks: readonly Network[]
  /** SHA-256 of the files of places, by source. */
  readonly files: Readonly<Record<string, string>>
  readonly tag: string | null
  /** The address as it came, and how long it may stay. */
  readonly raw: { readonly address: string; readonly hours: number } | null
}

/** Keeps a session; false when the same text was signed in with before. */
export async function keepSession(sql: Sql, session: NewSession): Promise<boolean> {
  const { party, signIn, text, proof, places, networks, files, tag, raw } = session
  return await answer(
    sql.begin(async (queries) => {
      const json = (value: unknown) => JSON.stringify(encode(value))
      const [row] = await queries<{ number: bigint }[]>`
        insert into sessions (party, signed, proof, terms, statements, refund_to, nonce, issued_ms,
          until_ms, places, networks, files, tag)
        values (${party}, ${text}, ${json(proof)}::text::jsonb, ${signIn.terms},
          ${json(signIn.statements)}::text::jsonb, ${signIn.refundTo}, ${signIn.nonce},
          ${`${signIn.issuedMs}`}::text::bigint, ${`${signIn.untilMs}`}::text::bigint,
          ${json(places)}::text::jsonb, ${json(networks)}::text::jsonb, ${json(files)}::text::jsonb,
          ${tag})
        on conflict on constraint a_text_is_signed_in_with_once do nothing
        returning number`
      if (!row) return false
      if (raw)
        await queries`
          insert into raw_addresses (session, address, expires_at)
          values (${`${row.number}`}::text::bigint, ${raw.address},
            now() + ${raw.hours}::int * interval '1 hour')`
      return true
    }),
  )
}

/** The session of each of these parties that holds longest. */
export async function sessionsOf(
  sql: Sql,
  parties: readonly string[],
): Promise<ReadonlyMap<string, Session>> {
  if (parties.length === 0) return new Map()
  const rows = await answer(sql<Row[]>`
    select distinct on (party) party, until_ms, places, networks, terms, statements
    from sessions where party = any(${[...parties]}) order by party, until_ms desc, number desc`)
  return new Map(
    rows.map(({ party, until_ms, ...rest }) => [
      party,
      { ...rest, by: party, untilMs: Number(until_ms) },
    ]),
  )
}

/** Deletes the addresses whose time is up; returns how many. */
export async function forgetAddresses(sql: Sql): Promise<number> {
  const { count } = await answer(sql`delete from raw_addresses where expires_at <= now()`)
  return count
}

interface Row {
  readonly party: string
  readonly until_ms: bigint
  readonly places: readonly Place[]
  readonly networks: readonly Network[]
  readonly terms: string
  readonly statements: readonly string[]
}
