// The two queues that the tests run on: PostgreSQL always, Redis when its server is on this machine.

import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { Redis } from "ioredis"
import { freePort } from "../../../devnet/postgres.ts"
import type { Sql } from "../../../services/store/database.ts"

export interface QueueServer {
  /** As `openQueue` takes it; null for PostgreSQL. */
  readonly redis: string | null
  /** Everything that the queue knows is gone, as after a lost disk. */
  flush(sql: Sql): Promise<void>
  /** It dies and comes back, with what it has on its disk; left out where other tests share it. */
  restart?(): Promise<void>
  stop(): Promise<void>
}

export const BACKENDS = ["PostgreSQL", "Redis"] as const
export type Backend = (typeof BACKENDS)[number]

/** Why the tests cannot run on a backend here, or null. */
export function missing(backend: Backend): string | null {
  if (backend === "PostgreSQL") return null
  return spawnSync("redis-server", ["--version"]).status === 0
    ? null
    : "no redis-server here: apt-get install redis-server"
}

export async function startQueueServer(backend: Backend): Promise<QueueServer> {
  return backend === "Redis" ? await startRedis() : postgres
}

const postgres: QueueServer = {
  redis: null,
  async flush(sql) {
    const tables = await sql<{ name: string }[]>`
      select table_name as name from information_schema.tables
      where table_schema = 'bullmq' and table_name <> 'migration'`
    // One by one: truncating all of them together would wait in a circle with the jobs that run.
    for (const { name } of tables) await sql`delete from ${sql(`bullmq.${name}`)}`
  },
  async stop() {},
}

async function startRedis(): Promise<QueueServer> {
  const folder = mkdtempSync(path.join(tmpdir(), "causeway-redis-"))
  const port = await freePort()
  const launch = () =>
    spawn(
      "redis-server",
      ["--port", `${port}`, "--bind", "127.0.0.1", "--dir", folder, "--appendonly", "yes"],
      { stdio: ["ignore", "pipe", "inherit"] },
    )
  let child = launch()
  await ready(child)
  const redis = `redis://127.0.0.1:${port}`
  const admin = new Redis(redis, { maxRetriesPerRequest: null })
  admin.on("error", () => {})
  return {
    redis,
    async flush() {
      await admin.flushall()
    },
    async restart() {
      const gone = once(child, "exit")
      child.kill("SIGKILL")
      await gone
      child = launch()
      await ready(child)
    },
    async stop() {
      admin.disconnect()
      const gone = once(child, "exit")
      child.kill("SIGTERM")
      await gone
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = ""
    child.once("exit", () => reject(new Error(`redis-server died: ${said}`)))
    child.stdout?.on("data", (text) => {
      said += text
      if (said.includes("Ready to accept connections")) resolve()
    })
  })
}
