// A database of its own for a test file, or for one test: a clone of the migrated template.

import { randomBytes } from "node:crypto"
import { setTimeout as delay } from "node:timers/promises"
import { inject } from "vitest"
import { openDatabase, type Sql } from "../services/store/database.ts"
import { whenDone } from "./ending.ts"

export interface TestDatabase {
  readonly sql: Sql
  /** For processes and queues that open connections of their own. */
  readonly url: string
}

/**
 * Each call gives another database. Called in `beforeAll` or at the top of a file it is there for all tests, in a test or
 * in `beforeEach` for that one: a file of many tests would have too many connections open.
 */
export async function testDatabase(): Promise<TestDatabase> {
  const template = new URL(inject("template"))
  const name = `test_${randomBytes(8).toString("hex")}`
  const admin = openDatabase(new URL("/postgres", template).href, { connections: 1 })
  await cloneTemplate(admin, name, template.pathname.slice(1))
  await admin.end()
  const url = new URL(`/${name}`, template).href
  const sql = openDatabase(url)
  whenDone(() => sql.end({ timeout: 5 }))
  return { sql, url }
}

async function cloneTemplate(admin: Sql, name: string, template: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await admin`create database ${admin(name)} template ${admin(template)} strategy file_copy`
      return
    } catch (error) {
      // Two files cannot clone the template at the same moment.
      if (attempt === 100) throw error
      await delay(20 * Math.random() + 5)
    }
  }
}
