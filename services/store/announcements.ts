// What wallets say that they have just sent: shown until a block holds it or a day has passed, and believed in nothing.

import type { Announcement } from "../../sdk/schemas/aox.ts"
import type { Sql } from "./database.ts"
import { answer } from "./failure.ts"
import { encode } from "./json.ts"

/** A wallet's word is shown for so long. */
const HOURS = 24

/** The first word about a transaction counts: whoever comes later cannot put others in its place. */
export async function keepAnnouncement(sql: Sql, said: Announcement): Promise<void> {
  await answer(sql`delete from announcements where at < now() - ${HOURS}::int * interval '1 hour'`)
  await answer(sql`
    insert into announcements (transaction, body)
    values (${said.txId}, ${JSON.stringify(encode(said))}::text::jsonb) on conflict do nothing`)
}

export async function announcementOf(sql: Sql, transaction: string): Promise<Announcement | null> {
  const rows = await answer(sql<{ body: Announcement }[]>`
    select body from announcements
    where transaction = ${transaction} and at > now() - ${HOURS}::int * interval '1 hour'`)
  return rows[0]?.body ?? null
}
