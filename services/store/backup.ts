// A backup of the books: every table as it was at one moment, in one file that says by its hash whether it is whole.
//
// The file is compressed text: one line of JSON that says what follows, each table with a row of JSON a line, ended by a
// line with a point, and one line of JSON with the rows of each and the SHA-256 of all before it.

import { createHash, type Hash } from "node:crypto"
import { createReadStream, createWriteStream } from "node:fs"
import { rename, rm, stat } from "node:fs/promises"
import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import { createGunzip, createGzip } from "node:zlib"
import { z } from "zod"
import { BridgeError } from "../../core/errors.ts"
import type { Queries, Sql } from "./database.ts"
import { failureOf } from "./failure.ts"

export interface BackupHeader {
  readonly takenAt: Date
  /** Of the build that wrote it, with the hash of each file. */
  readonly migrations: readonly (readonly [name: string, sha256: string])[]
  readonly sequences: Readonly<Record<string, string>>
  /** In an order in which they can be filled. */
  readonly tables: readonly { readonly name: string; readonly columns: readonly string[] }[]
}

export interface BackupSummary {
  readonly takenAt: Date
  readonly rows: number
  /** Of the file as it lies there. */
  readonly bytes: number
  readonly sha256: string
}

const KIND = "causeway-backup-1"
/** Rows fetched at once. */
const ROWS = 500

/** Writes all to `file` (mode 0600), whole or not at all; the bridge goes on meanwhile. */
export async function backup(sql: Sql, file: string): Promise<BackupSummary> {
  const part = `${file}.part`
  const hash = createHash("sha256")
  const rows: Record<string, number> = {}
  try {
    const header = await sql.begin("isolation level repeatable read read only", async (queries) => {
      const about = await headerOf(queries)
      const text = contentOf(queries, about, hash, rows)
      await pipeline(
        Readable.from(text),
        createGzip(),
        createWriteStream(part, { mode: 0o600, flush: true }),
      )
      return about
    })
    await rename(part, file)
    const sha256 = hash.digest("hex")
    const { size } = await stat(file)
    return { takenAt: header.takenAt, rows: sum(rows), bytes: size, sha256 }
  } catch (error) {
    await rm(part, { force: true })
    throw failureOf(error)
  }
}

/** Reads a backup from end to end; throws `bad-request` unless it is whole. */
export async function checkBackup(
  file: string,
): Promise<{ readonly header: BackupHeader; readonly summary: BackupSummary }> {
  const hash = createHash("sha256")
  let header: BackupHeader | null = null
  let held: Buffer | null = null
  const rows: Record<string, number> = {}
  let [at, count] = [0, 0]
  for await (const line of linesOf(file)) {
    // The last line is about all before it.
    if (held) hash.update(held).update("\n")
    if (header === null) header = headerIn(line)
    else if (count > 1) {
      const table = header.tables[at]
      if (held?.equals(MARK)) at += 1
      else if (table) rows[table.name] = (rows[table.name] ?? 0) + 1
    }
    held = line
    count += 1
  }
  const sha256 = hash.digest("hex")
  if (header === null || held === null) throw broken("it is empty")
  const footer = footerIn(held)
  if (footer.sha256 !== sha256) throw broken("its hash is another")
  if (at !== header.tables.length || sum(rows) !== sum(footer.rows))
    throw broken("rows are missing")
  const { size } = await stat(file)
  return { header, summary: { takenAt: header.takenAt, rows: sum(rows), bytes: size, sha256 } }
}

/** The lines of a backup without their ends; in JSON there is none within a value. */
export async function* linesOf(file: string): AsyncGenerator<Buffer> {
  const source = createReadStream(file)
  const text = createGunzip()
  source.once("error", (error) => text.destroy(error))
  source.pipe(text)
  let rest: Buffer = Buffer.alloc(0)
  try {
    for await (const chunk of text) {
      let from = 0
      const bytes = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer])
      for (let to = bytes.indexOf(10); to >= 0; to = bytes.indexOf(10, from)) {
        yield bytes.subarray(from, to)
        from = to + 1
      }
      rest = bytes.subarray(from)
    }
  } catch (cause) {
    throw broken("it cannot be read", cause)
  }
  if (rest.length > 0) throw broken("it is cut off")
}

/** What ends a table, as a line. */
export const MARK = Buffer.from(".")

async function* contentOf(
  sql: Queries,
  header: BackupHeader,
  hash: Hash,
  rows: Record<string, number>,
): AsyncGenerator<Buffer> {
  const said = (bytes: Buffer) => {
    hash.update(bytes)
    return bytes
  }
  yield said(Buffer.from(`${JSON.stringify({ kind: KIND, ...header })}\n`))
  for (const { name, columns } of header.tables) {
    rows[name] = 0
    const found = sql<{ row: string }[]>`
      select row_to_json(t)::text as row
      from (select ${sql([...columns])} from ${sql(name)}) t`
    for await (const some of found.cursor(ROWS)) {
      rows[name] += some.length
      yield said(Buffer.from(some.map(({ row }) => `${row}\n`).join("")))
    }
    yield said(Buffer.from(`${MARK}\n`))
  }
  const sha256 = hash.copy().digest("hex")
  yield Buffer.from(`${JSON.stringify({ rows, sha256 })}\n`)
}

async function headerOf(sql: Queries): Promise<BackupHeader> {
  const [now] = await sql<{ at: Date }[]>`select now() as at`
  const migrations = await sql<{ name: string; sha256: string }[]>`
    select name, sha256 from migrations order by name`
  const columns = await sql<{ name: string; columns: string[] }[]>`
    select c.relname as name, array_agg(a.attname::text order by a.attnum) as columns
    from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attnum > 0
      and not a.attisdropped and a.attgenerated = '' and c.relname <> 'migrations'
    group by c.relname order by c.relname`
  const needs = await sql<{ name: string; needed: string }[]>`
    select conrelid::regclass::text as name, confrelid::regclass::text as needed
    from pg_constraint where contype = 'f' and not condeferred and conrelid <> confrelid`
  const sequences = await sql<{ name: string; value: string }[]>`
    select schemaname || '.' || sequencename as name, last_value::text as value
    from pg_sequences where schemaname = 'public' and last_value is not null`
  return {
    takenAt: now!.at,
    migrations: migrations.map(({ name, sha256 }) => [name, sha256] as const),
    sequences: Object.fromEntries(sequences.map(({ name, value }) => [name, value])),
    tables: inOrderOfNeed(columns, needs),
  }
}

/** Each table behind those that its rows refer to. */
function inOrderOfNeed(
  tables: BackupHeader["tables"],
  needs: readonly { readonly name: string; readonly needed: string }[],
): BackupHeader["tables"] {
  const placed: BackupHeader["tables"][number][] = []
  const isPlaced = (name: string) => placed.some((table) => table.name === name)
  while (placed.length < tables.length) {
    const next = tables.find(
      ({ name }) =>
        !isPlaced(name) && needs.every((need) => need.name !== name || isPlaced(need.needed)),
    )
    if (!next)
      throw new BridgeError("assertion", { claim: "tables refer to each other in one order" })
    placed.push(next)
  }
  return placed
}

const headerShape = z.object({
  kind: z.literal(KIND),
  takenAt: z.coerce.date(),
  migrations: z.array(z.tuple([z.string(), z.string()])),
  sequences: z.record(z.string(), z.string()),
  tables: z.array(z.object({ name: z.string(), columns: z.array(z.string()) })),
})
const footerShape = z.object({ rows: z.record(z.string(), z.number()), sha256: z.string() })

/** The first line of a backup; throws `bad-request` for anything else. */
export function headerIn(line: Buffer): BackupHeader {
  return read(headerShape, line, "it is no backup")
}

function footerIn(line: Buffer): z.infer<typeof footerShape> {
  return read(footerShape, line, "it is cut off")
}

function read<Value>(shape: z.ZodType<Value>, line: Buffer, why: string): Value {
  try {
    return shape.parse(JSON.parse(line.toString("utf8")))
  } catch (cause) {
    throw broken(why, cause)
  }
}

function broken(why: string, cause?: unknown): BridgeError {
  if (cause instanceof BridgeError) return cause
  return new BridgeError("bad-request", { backup: "not whole", why }, { cause })
}

function sum(rows: Readonly<Record<string, number>>): number {
  return Object.values(rows).reduce((total, count) => total + count, 0)
}
