// A database on a disk of its own, small enough to be filled: for what the bridge does when nothing can be written.

import { execFileSync, spawnSync } from "node:child_process"
import { chown, mkdtemp, open, rm, stat } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { openDatabase } from "../../services/store/database.ts"

export interface TightDisk {
  /** Takes all the room that is left, at once. */
  fill(): Promise<void>
  makeRoom(): Promise<void>
  /** Moves the database back to where it was; nobody else may be connected. */
  close(): Promise<void>
}

const SIZE = "256m"

/** Why no disk of a size of its own can be had here, or null. */
export function noTightDisk(): string | null {
  if (process.getuid?.() !== 0) return "only root can mount a small disk"
  const { status } = spawnSync("unshare", ["--mount", "mount", "-t", "tmpfs", "none", tmpdir()])
  return status === 0 ? null : "no small disk can be mounted here"
}

/** Moves the database there; nobody else may be connected. */
export async function tightDisk(databaseUrl: string): Promise<TightDisk> {
  const mount = await mkdtemp(join(tmpdir(), "causeway-tight-"))
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${SIZE},mode=0777`, "none", mount])
  const name = new URL(databaseUrl).pathname.slice(1)
  const tablespace = `tight_${name}`
  const filler = join(mount, "filler")
  const admin = () => openDatabase(new URL("/postgres", databaseUrl).href, { connections: 1 })
  const move = async (to: string) => {
    const sql = admin()
    await sql`
      select pg_terminate_backend(pid) from pg_stat_activity where datname = ${name}`
    await sql`alter database ${sql(name)} set tablespace ${sql(to)}`
    await sql.end()
  }
  const home = join(mount, "tablespace")
  execFileSync("mkdir", ["-m", "0700", home])
  const sql = admin()
  const [data] = await sql<{ folder: string }[]>`
    select setting as folder from pg_settings where name = 'data_directory'`
  const { uid, gid } = await stat(data!.folder)
  await chown(home, uid, gid)
  await sql.unsafe(`create tablespace ${tablespace} location '${home}'`)
  await sql.end()
  await move(tablespace)
  return {
    async fill() {
      const file = await open(filler, "a")
      const page = Buffer.alloc(1 << 20)
      try {
        for (let size = page.length; size >= 512; )
          await file.write(page, 0, size).catch(() => {
            size /= 2
          })
      } finally {
        await file.close()
      }
    },
    makeRoom: () => rm(filler, { force: true }),
    async close() {
      await rm(filler, { force: true })
      await move("pg_default")
      const sql = admin()
      await sql.unsafe(`drop tablespace ${tablespace}`)
      await sql.end()
      execFileSync("umount", [mount])
      await rm(mount, { recursive: true })
    },
  }
}
