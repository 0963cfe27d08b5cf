// What comes back from a backup is what went in, and a file that is not whole brings nothing back.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gunzipSync, gzipSync } from "node:zlib"
import { beforeAll, expect, test } from "vitest"
import type { ChainName } from "../../../core/assets.ts"
import { advance } from "../../../services/store/advance.ts"
import { backup, checkBackup } from "../../../services/store/backup.ts"
import type { Sql } from "../../../services/store/database.ts"
import { attemptsLost, recoveries } from "../../../services/store/recoveries.ts"
import { restore } from "../../../services/store/restore.ts"
import { findTransfer } from "../../../services/store/transfers.ts"
import { aSighting, pathTo } from "../../builders.ts"
import { testDatabase } from "../../database.ts"

const CHAINS: readonly ChainName[] = ["arweave", "ao"]
/** What a table copied out as text could stumble over. */
const AWKWARD = '\\. \t \\n \u2028 \r\n {"kind":'

let sql: Sql
let folder: string
let file: string

beforeAll(async () => {
  sql = (await testDatabase()).sql
  folder = mkdtempSync(join(tmpdir(), "causeway-backup-"))
  file = join(folder, "books.backup")
  const sightings = [aSighting({ forward: { "X-Note": AWKWARD } }), aSighting(), aSighting()]
  const states = ["held", "ready", "dropped"] as const
  for (const [at, sighting] of sightings.entries())
    await advance(
      sql,
      pathTo(states[at]!, sighting).map((event) => {
        return { transfer: sighting.id, key: event.kind, event }
      }),
    )
  // More than one fetch, and more than a buffer holds.
  const long = JSON.stringify({ sightings: [], settlements: ["x".repeat(3_000)] })
  await sql`
    insert into blocks (chain, height, id, parent, facts)
    select 'arweave', n, 'b' || n, 'b' || (n - 1), ${long}::text::jsonb
    from generate_series(1, 1200) n`
  await backup(sql, file)
  return () => rmSync(folder, { recursive: true })
})

async function contentOf(books: Sql): Promise<string> {
  const rows = await Promise.all(
    [
      "sightings",
      "transfers",
      "events",
      "entries",
      "balances",
      "deposits",
      "outbox",
      "slots",
      "blocks",
    ].map((table) => books`select to_jsonb(t)::text as row from ${books(table)} t order by 1`),
  )
  return JSON.stringify(rows)
}

test("every row comes back as it was, and the books go on from there", async () => {
  const { sql: copy } = await testDatabase()

  const { rows } = await restore(copy, file, CHAINS)

  expect(rows).toBeGreaterThan(10)
  expect(await contentOf(copy)).toBe(await contentOf(sql))
  const next = aSighting()
  await advance(copy, [{ transfer: next.id, key: "Seen", event: pathTo("seen", next)[0]! }])
  const [{ most }] = (await sql`select max(number) as most from sightings`) as never as [
    { most: bigint },
  ]
  expect((await findTransfer(copy, next.id))!.number).toBeGreaterThan(most)
})

test("a backup is as of one moment, whatever is written meanwhile", async () => {
  const { sql: busy } = await testDatabase()
  const { sql: copy } = await testDatabase()
  await restore(busy, file, CHAINS)
  const late = aSighting()
  const slow = new Proxy(busy, {
    get: (target, name) =>
      name === "begin"
        ? (options: string, work: (queries: Sql) => Promise<unknown>) =>
            target.begin(options, async (queries) => {
              await queries`select count(*) from sightings`
              const event = pathTo("seen", late)[0]!
              await advance(busy, [{ transfer: late.id, key: "Seen", event }])
              return work(queries as never)
            })
        : Reflect.get(target, name),
  })

  await backup(slow, join(folder, "busy.backup"))

  await restore(copy, join(folder, "busy.backup"), CHAINS)
  expect(await findTransfer(busy, late.id)).not.toBeNull()
  expect(await findTransfer(copy, late.id)).toBeNull()
})

test("books that came back pay nothing before the chains were asked, and give no order of before again", async () => {
  const { sql: copy } = await testDatabase()

  await restore(copy, file, CHAINS)

  expect(
    (await recoveries(copy))
      .filter(({ isOver }) => !isOver)
      .map(({ chain }) => chain)
      .sort(),
  ).toEqual([...CHAINS].sort())
  expect(await attemptsLost(copy, "ao")).toBeGreaterThan(0)
  expect(await attemptsLost(copy, "arweave")).toBe(0)
  expect(await recoveries(sql)).toEqual([])
})

test("a backup comes back into an empty database only", async () => {
  const { sql: copy } = await testDatabase()
  await restore(copy, file, CHAINS)

  await expect(restore(copy, file, CHAINS)).rejects.toMatchObject({ code: "bad-request" })
})

const DAMAGES: Readonly<Record<string, (text: string) => string>> = {
  "an amount in it was changed": (text) => text.replace("1000000000000", "9000000000000"),
  "a line is missing": (text) => text.split("\n").toSpliced(3, 1).join("\n"),
  "it ends too early": (text) => text.slice(0, text.length >> 1),
  "its last line is missing": (text) => `${text.trimEnd().split("\n").slice(0, -1).join("\n")}\n`,
  "it is something else": () => "a letter\n",
  "it is empty": () => "",
}

test.each(Object.entries(DAMAGES))("nothing comes back when %s", async (_, damage) => {
  const { sql: copy } = await testDatabase()
  const other = join(folder, "damaged.backup")
  writeFileSync(other, gzipSync(damage(gunzipSync(readFileSync(file)).toString("utf8"))))

  await expect(restore(copy, other, CHAINS)).rejects.toMatchObject({ code: "bad-request" })

  const [{ none }] = (await copy`select not exists (select from sightings) as none`) as never as [
    { none: boolean },
  ]
  expect(none).toBe(true)
})

test("a file that was cut off on its way is no backup", async () => {
  const other = join(folder, "cut.backup")
  writeFileSync(other, readFileSync(file).subarray(0, -20))

  await expect(checkBackup(other)).rejects.toMatchObject({ code: "bad-request" })
})
