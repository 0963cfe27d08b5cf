// What every test run shares, brought up once before the first file and taken down after the last:
// one PostgreSQL server with a migrated database that each test file clones.

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import type { TestProject } from "vitest/node"
import { startPostgres } from "../devnet/postgres.ts"
import { openDatabase } from "../services/store/database.ts"
import { migrate } from "../services/store/migrate.ts"

export default async function setup(project: TestProject) {
  const folder = mkdtempSync(path.join(tmpdir(), "causeway-test-"))
  const server = await startPostgres(path.join(folder, "postgres"), {
    database: "template",
    durable: false,
  })
  const sql = openDatabase(server.url, { connections: 1 })
  await migrate(sql)
  await sql.end() // A database with open connections cannot be cloned.
  project.provide("template", server.url)
  return async () => {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

declare module "vitest" {
  interface ProvidedContext {
    /** URL of the migrated database that `testDatabase` clones. */
    template: string
  }
}
