// Up to which version of each list the past has been looked through.

import type { Sql } from "./database.ts"
import { answer } from "./failure.ts"

/** Digests by list. */
export async function listsSeen(sql: Sql): Promise<ReadonlyMap<string, string>> {
  const rows = await answer(sql<{ list: string; digest: string }[]>`
    select list, digest from lists_seen`)
  return new Map(rows.map(({ list, digest }) => [list, digest]))
}

export async function seeList(
  sql: Sql,
  { list, digest, publishedAt }: { list: string; digest: string; publishedAt: string },
): Promise<void> {
  await answer(sql`
    insert into lists_seen (list, digest, published_at) values (${list}, ${digest}, ${publishedAt})
    on conflict on constraint lists_seen_pkey
    do update set digest = excluded.digest, published_at = excluded.published_at, at = now()`)
}
