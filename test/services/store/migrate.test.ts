// Migrations go forward only, and a database that does not match the files is not touched.

import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { afterEach, beforeEach, expect, test } from "vitest"
import type { Sql } from "../../../services/store/database.ts"
import { migrate } from "../../../services/store/migrate.ts"
import { testDatabase } from "../../database.ts"

const shipped = path.resolve(import.meta.dirname, "../../../migrations")
let sql: Sql
let folder: string

beforeEach(async () => {
  sql = (await testDatabase()).sql
  folder = mkdtempSync(path.join(tmpdir(), "causeway-migrations-"))
  cpSync(shipped, folder, { recursive: true })
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const add = (name: string, text: string) => writeFileSync(path.join(folder, name), text)
const tableExists = async (name: string) =>
  (await sql`select to_regclass(${name}) as found`)[0]!.found !== null

test("what is applied is not applied again, and what is new is, in order", async () => {
  add("9002_second.sql", "insert into first values (2);")
  add("9001_first.sql", "create table first (n int); insert into first values (1);")

  expect(await migrate(sql, folder)).toEqual(["9001_first.sql", "9002_second.sql"])
  expect(await migrate(sql, folder)).toEqual([])
  expect(await sql`select n from first order by n`).toHaveLength(2)
})

test("several processes that start at once migrate once", async () => {
  add("9001_once.sql", "create table once (n int);")

  const applied = await Promise.all([1, 2, 3, 4].map(() => migrate(sql, folder)))

  expect(applied.flat()).toEqual(["9001_once.sql"])
})

test("an applied file that was edited is refused", async () => {
  add("9001_mine.sql", "create table mine (n int);")
  await migrate(sql, folder)
  add("9001_mine.sql", "create table mine (n bigint);")
  add("9002_more.sql", "create table more (n int);")

  await expect(migrate(sql, folder)).rejects.toMatchObject({
    code: "bad-config",
    detail: { editedMigration: "9001_mine.sql" },
  })
  expect(await tableExists("more")).toBe(false)
})

test("two files with one number are refused before anything is applied", async () => {
  add("9001_one.sql", "create table one (n int);")
  add("9001_other.sql", "create table other (n int);")

  await expect(migrate(sql, folder)).rejects.toMatchObject({
    code: "bad-config",
    detail: { numberedTwice: "9001_other.sql" },
  })
  expect(await tableExists("one")).toBe(false)
})

test("a database that is ahead of this build is refused", async () => {
  add("9001_future.sql", "create table future (n int);")
  await migrate(sql, folder)

  await expect(migrate(sql)).rejects.toMatchObject({
    code: "bad-config",
    detail: { unknownMigration: "9001_future.sql" },
  })
})

test("a file that fails leaves nothing of itself, and is applied when it is mended", async () => {
  add("9001_half.sql", "create table half (n int); select 1 / 0;")

  await expect(migrate(sql, folder)).rejects.toMatchObject({
    code: "bad-config",
    detail: { failedMigration: "9001_half.sql" },
  })
  expect(await tableExists("half")).toBe(false)
  add("9001_half.sql", "create table half (n int);")
  expect(await migrate(sql, folder)).toEqual(["9001_half.sql"])
})
