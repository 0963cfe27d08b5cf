// Brings the tables up to this build: plain SQL files, forward only, each applied once and never edited.

import { createHash } from "node:crypto"
import { readdir, readFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { BridgeError } from "../../core/errors.ts"
import type { Queries, Sql } from "./database.ts"

const FOLDER = fileURLToPath(new URL("../../migrations", import.meta.url))
const LOCK = 7_283_190

/**
 * Applies what is missing, one transaction a file, one migrator at a time; returns the files it applied.
 * Throws `bad-config` when an applied file was edited or is one that this build does not know, and when two
 * files have one number: their order would be an accident. Stops after the file `last` where one is named.
 */
export async function migrate(
  sql: Sql,
  folder: string = FOLDER,
  last?: string,
): Promise<readonly string[]> {
  const files = (await readdir(folder))
    .filter((name) => /^\d{4}_[a-z0-9_]+\.sql$/.test(name))
    .filter((name) => last === undefined || name <= last)
    .sort()
  const twice = files.find((name, at) => name.slice(0, 4) === files[at - 1]?.slice(0, 4))
  if (twice) throw new BridgeError("bad-config", { numberedTwice: twice })
  const bodies = await Promise.all(files.map((name) => readFile(`${folder}/${name}`, "utf8")))
  const known = await sql.begin(applied)
  for (const name of known.keys())
    if (!files.includes(name)) throw new BridgeError("bad-config", { unknownMigration: name })
  const fresh: string[] = []
  for (const [at, name] of files.entries()) {
    const body = bodies[at]!
    const sha256 = createHash("sha256").update(body).digest("hex")
    if (!known.has(name)) {
      if (await apply(sql, name, body, sha256)) fresh.push(name)
    } else if (known.get(name) !== sha256)
      throw new BridgeError("bad-config", { editedMigration: name })
  }
  return fresh
}

/** What was applied, and the lock: whoever asks next waits until we are done with it. */
async function applied(sql: Queries): Promise<Map<string, string>> {
  await sql`select pg_advisory_xact_lock(${LOCK})`
  await sql`
    create table if not exists migrations (
      name text primary key,
      sha256 text not null,
      applied_at timestamptz not null default now()
    )`
  const rows = await sql<{ name: string; sha256: string }[]>`select name, sha256 from migrations`
  return new Map(rows.map(({ name, sha256 }) => [name, sha256]))
}

/** One transaction; false when another process was faster. */
async function apply(sql: Sql, name: string, body: string, sha256: string): Promise<boolean> {
  try {
    return await sql.begin(async (queries) => {
      const known = (await applied(queries)).get(name)
      if (known === sha256) return false
      if (known !== undefined) throw new BridgeError("bad-config", { editedMigration: name })
      await queries.unsafe(body)
      await queries`insert into migrations (name, sha256) values (${name}, ${sha256})`
      return true
    })
  } catch (error) {
    if (error instanceof BridgeError) throw error
    throw new BridgeError("bad-config", { failedMigration: name }, { cause: error })
  }
}
