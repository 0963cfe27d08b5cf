// Brings books back from a backup, into a database that has none, and notes that the chains know more than they do.

import { ASSET_NAMES, type ChainName } from "../../core/assets.ts"
import { BridgeError } from "../../core/errors.ts"
import { isBalanced } from "../../core/ledger.ts"
import { type BackupHeader, type BackupSummary, checkBackup, linesOf, MARK } from "./backup.ts"
import type { Queries, Sql } from "./database.ts"
import { failureOf } from "./failure.ts"
import { balancesNow, balancesRecounted } from "./ledger.ts"
import { migrate } from "./migrate.ts"

/**
 * Fills the database, all or nothing, and brings it up to this build. `chains` are those that the bridge serves: each
 * must tell what happened since the backup was taken before anything is paid on it. Throws `bad-request` for a file
 * that is not whole and a database that has books already, `bad-config` for the backup of a build that this one does
 * not know, `ledger-unbalanced` when the books that came back do not add up.
 */
export async function restore(
  sql: Sql,
  file: string,
  chains: readonly ChainName[],
): Promise<BackupSummary> {
  const { header, summary } = await checkBackup(file)
  await demandEmpty(sql)
  const last = header.migrations.at(-1)?.[0]
  await migrate(sql, undefined, last)
  await demandSame(sql, header)
  try {
    await sql.begin(async (queries) => {
      await load(queries, file, header)
      await queries`set constraints all immediate`
      for (const { name } of header.tables)
        await queries`alter table ${queries(name)} enable trigger user`
      for (const [name, value] of Object.entries(header.sequences))
        await queries`select setval(${name}::regclass, ${value}::text::bigint)`
    })
  } catch (error) {
    throw failureOf(error)
  }
  await migrate(sql)
  await sql`insert into restorations (taken_at) values (${header.takenAt})`
  await sql`
    insert into recoveries (chain) select unnest(${[...chains]}::text[])
    on conflict on constraint recoveries_pkey
    do update set height = null, is_read = false, ended_at = null`
  await demandBalanced(sql)
  return summary
}

async function load(sql: Queries, file: string, { tables }: BackupHeader): Promise<void> {
  const lines = linesOf(file)
  await lines.next() // The header.
  for (const { name, columns } of tables) {
    // What they would do has been done, and its result is in the backup.
    await sql`alter table ${sql(name)} disable trigger user`
    let waiting: string[] = []
    let size = 0
    const flush = async () => {
      const some = `[${waiting.join(",")}]`
      ;[waiting, size] = [[], 0]
      await sql`
        insert into ${sql(name)} (${sql([...columns])}) overriding system value
        select ${sql([...columns])}
        from json_populate_recordset(null::${sql(name)}, ${some}::text::json)`
    }
    for (let next = await lines.next(); ; next = await lines.next()) {
      if (next.done) throw new BridgeError("bad-request", { backup: "not whole", missing: name })
      if (next.value.equals(MARK)) break
      waiting.push(next.value.toString("utf8"))
      size += next.value.length
      if (size > CHUNK) await flush()
    }
    if (waiting.length > 0) await flush()
  }
  await lines.return(undefined)
}

/** Bytes written at once. */
const CHUNK = 1024 * 1024

async function demandEmpty(sql: Sql): Promise<void> {
  const [found] = await sql<{ books: string | null }[]>`
    select to_regclass('public.blocks')::text as books`
  if (!found?.books) return
  const [row] = await sql<{ filled: boolean }[]>`
    select exists (select from sightings) or exists (select from blocks) as filled`
  if (row?.filled) throw new BridgeError("bad-request", { database: "has books already" })
}

async function demandSame(sql: Sql, header: BackupHeader): Promise<void> {
  const rows = await sql<{ name: string; sha256: string }[]>`select name, sha256 from migrations`
  const known = new Map(rows.map(({ name, sha256 }) => [name, sha256]))
  const strange = header.migrations.find(([name, sha256]) => known.get(name) !== sha256)
  if (strange) throw new BridgeError("bad-config", { unknownMigration: strange[0] })
}

async function demandBalanced(sql: Sql): Promise<void> {
  for (const asset of ASSET_NAMES) {
    const [now, recounted] = [await balancesNow(sql, asset), await balancesRecounted(sql, asset)]
    const isSame = Object.entries(now).every(
      ([account, amount]) => recounted[account as keyof typeof now] === amount,
    )
    if (!isSame || !isBalanced(now)) throw new BridgeError("ledger-unbalanced", { asset })
  }
}
