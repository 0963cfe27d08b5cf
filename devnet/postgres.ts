// A private PostgreSQL server for one machine: starts, is shared by whoever opens the same folder, stops in order.
// Anybody on this machine may connect to it (trust on 127.0.0.1): for local networks and tests only.

import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs"
import { createServer, type Socket } from "node:net"
import path from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import postgres from "postgres"
import { BridgeError } from "../core/errors.ts"
import { postgresBinaries } from "./postgres-binaries.ts"

export interface PostgresServer {
  readonly url: string
  /** True when another living process runs it; then `stop` leaves it alone. */
  readonly shared: boolean
  stop(): Promise<void>
}

export interface PostgresOptions {
  /** Created when absent. */
  readonly database?: string
  /** False: data may be lost when the machine dies. Twice as fast; for tests. */
  readonly durable?: boolean
}

const USER = "causeway"
const ATTEMPTS = 5
const STOP_MS = 15_000

/**
 * The server of the data folder `folder`, made at first use. When we are killed, a guard stops it; a server
 * that outlived its owner and the guard is adopted. Throws `bad-config` without programs to run,
 * `database-unavailable` when it does not start.
 */
export async function startPostgres(
  folder: string,
  { database = "causeway", durable = true }: PostgresOptions = {},
): Promise<PostgresServer> {
  const data = path.resolve(folder)
  mkdirSync(data, { recursive: true, mode: 0o700 })
  const runner = asOrdinaryUser(data)
  const { initdb, postgres: program } = postgresBinaries()
  if (!existsSync(path.join(data, "PG_VERSION"))) createCluster(runner, initdb, data)
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const running = await alreadyRunning(data)
    if (running) {
      const shared = ownerOf(data) !== null
      if (!shared && (await isGuarded(running.pid, data))) continue
      await createDatabase(running.port, database)
      const stop = shared ? async () => {} : owned(running.pid, data)
      return { url: urlOf(running.port, database), shared, stop }
    }
    const port = await freePort()
    const child = await launch(runner, program, data, port, durable)
    if (child) {
      const stop = owned(child.pid!, data)
      await createDatabase(port, database)
      return { url: urlOf(port, database), shared: false, stop }
    }
    await delay(200 * attempt)
  }
  throw new BridgeError("database-unavailable", { log: textOf(logOf(data)).slice(-2_000) })
}

/** A port of 127.0.0.1 that nobody listens on at this moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once("error", reject)
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0))
    })
  })
}

interface Runner {
  readonly command: readonly string[]
  readonly options: { readonly uid?: number; readonly gid?: number }
}

/** PostgreSQL refuses to run as root: a namespace in which root is somebody else, or the user nobody. */
function asOrdinaryUser(data: string): Runner {
  if (process.getuid?.() !== 0) return { command: [], options: {} }
  const command = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]
  if (spawnSync(command[0]!, [...command.slice(1), "true"]).status === 0)
    return { command, options: {} }
  const nobody = 65_534
  chownSync(data, nobody, nobody)
  return { command: [], options: { uid: nobody, gid: nobody } }
}

function createCluster({ command, options }: Runner, initdb: string, data: string): void {
  const line = [...command, initdb, "-D", data, "-U", USER, "--auth=trust", "--encoding=UTF8"]
  line.push("--locale=C", "--data-checksums", "--no-sync", "--no-instructions")
  const { status, stderr, error } = spawnSync(line[0]!, line.slice(1), {
    ...options,
    encoding: "utf8",
  })
  if (status !== 0)
    throw new BridgeError("database-unavailable", { initdb: error?.message ?? stderr })
}

/** The child once it accepts connections, or null when it died first (the port was taken, say). */
async function launch(
  { command, options }: Runner,
  program: string,
  data: string,
  port: number,
  durable: boolean,
): Promise<ChildProcess | null> {
  const settings = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "max_connections=200",
    "checkpoint_timeout=15min",
    "max_wal_size=2GB",
    // Taken as it is used: a bridge of a hundred thousand transfers is in memory.
    "shared_buffers=512MB",
    ...(durable ? [] : ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]),
  ]
  const line = [...command, program, "-D", data, "-p", String(port)]
  line.push(...settings.flatMap((setting) => ["-c", setting]))
  const log = openSync(logOf(data), "w")
  if (options.uid !== undefined) chownSync(logOf(data), options.uid, options.uid)
  // Detached: Ctrl-C in a terminal reaches us alone, and we stop the server after its clients.
  const stdio: ("ignore" | number)[] = ["ignore", log, log]
  const child = spawn(line[0]!, line.slice(1), { ...options, stdio, detached: true })
  closeSync(log)
  let dead = false
  child.once("error", () => {
    dead = true
  })
  child.once("exit", () => {
    dead = true
  })
  while (!dead && statusOf(data)?.pid !== child.pid) await delay(5)
  if (dead) return null
  child.unref()
  return child
}

interface Status {
  readonly pid: number
  readonly port: number
}

/** What a server that accepts connections wrote into its pid file. */
function statusOf(data: string): Status | null {
  const lines = textOf(path.join(data, "postmaster.pid")).split("\n")
  return lines[7]?.trim() === "ready" ? { pid: Number(lines[0]), port: Number(lines[3]) } : null
}

async function alreadyRunning(data: string): Promise<Status | null> {
  const file = path.join(data, "postmaster.pid")
  for (let round = 0; round < 200 && existsSync(file); round++) {
    const status = statusOf(data)
    if (status && isAlive(status.pid)) return status
    const pid = pidIn(file)
    // A dead server's file; the next one clears it away.
    if (pid !== null && !isAlive(pid)) return null
    await delay(50)
  }
  return null
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM"
  }
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"))
  } catch {
    return true
  }
}

const ownerFile = (data: string) => path.join(data, "causeway.owner")
const guardFile = (data: string) => path.join(data, "causeway.guard")
const logOf = (data: string) => path.join(data, "server.log")

/** Makes us the one who stops the server; returns how. */
function owned(pid: number, data: string): () => Promise<void> {
  writeFileSync(ownerFile(data), `${process.pid}\n`)
  const guard = startGuard(pid, data)
  return async () => {
    await stopProcess(pid, data)
    guard.kill("SIGKILL")
    rmSync(guardFile(data), { force: true })
  }
}

/** Waits for our end at the other side of a pipe, however it comes, and stops the server then. */
function startGuard(pid: number, data: string): ChildProcess {
  const script = 'read _; read pid <"$2" && [ "$pid" = "$1" ] && kill -INT "$1"'
  const guard = spawn("sh", ["-c", script, "sh", `${pid}`, path.join(data, "postmaster.pid")], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  })
  writeFileSync(guardFile(data), `${guard.pid}\n`)
  // Neither it nor the pipe to it keeps us alive.
  guard.unref()
  ;(guard.stdin as unknown as Socket).unref()
  return guard
}

/** Whether a guard stops the server of a dead owner; resolves when it has. */
async function isGuarded(pid: number, data: string): Promise<boolean> {
  const guard = pidIn(guardFile(data))
  if (guard === null || !isAlive(guard)) return !isAlive(pid)
  for (const until = Date.now() + STOP_MS; isAlive(pid) && Date.now() < until; ) await delay(10)
  return !isAlive(pid)
}

/** The living process that will stop the server, or null when nobody will. */
function ownerOf(data: string): number | null {
  const pid = pidIn(ownerFile(data))
  return pid !== null && isAlive(pid) ? pid : null
}

function pidIn(file: string): number | null {
  const pid = Number.parseInt(textOf(file), 10)
  return pid > 0 ? pid : null
}

/** Empty when there is no such file, or none any more. */
function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8")
  } catch {
    return ""
  }
}

async function stopProcess(pid: number, data: string): Promise<void> {
  const signal = (name: NodeJS.Signals) => isAlive(pid) && process.kill(pid, name)
  const until = Date.now() + STOP_MS
  signal("SIGINT") // Fast shutdown: sessions are ended, data is written.
  while (isAlive(pid) && Date.now() < until) await delay(10)
  signal("SIGQUIT")
  while (isAlive(pid)) await delay(10)
  rmSync(ownerFile(data), { force: true })
}

function urlOf(port: number, database: string): string {
  return `postgres://${USER}@127.0.0.1:${port}/${database}`
}

async function createDatabase(port: number, database: string): Promise<void> {
  const sql = postgres(urlOf(port, "postgres"), { max: 1, onnotice: () => {} })
  try {
    const found = await sql`select from pg_database where datname = ${database}`
    if (found.length === 0) await sql`create database ${sql(database)}`
  } finally {
    await sql.end()
  }
}
