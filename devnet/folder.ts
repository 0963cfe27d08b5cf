// The folder of a local network: one network at a time lives in it, and comes back at the ports that it had.

import { readFileSync, rmSync, writeFileSync } from "node:fs"
import { readFile, writeFile } from "node:fs/promises"
import { createServer } from "node:net"
import { join } from "node:path"
import { BridgeError } from "../core/errors.ts"

const LAUNCHER = "launcher.pid"
const PORTS = "ports.json"

/**
 * Takes the folder for this process until the returned function is called, or the process ends. Throws
 * `bad-config` when a living process has it: two networks would write into each other's chains.
 */
export function claimFolder(folder: string): () => void {
  const file = join(folder, LAUNCHER)
  for (;;) {
    try {
      writeFileSync(file, `${process.pid} ${startOf(process.pid)}\n`, { flag: "wx" })
      return () => rmSync(file, { force: true })
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error
    }
    const [pid = 0, start] = readFileSync(file, "utf8").trim().split(" ").map(Number)
    if (pid > 0 && isAlive(pid) && startOf(pid) === start)
      throw new BridgeError("bad-config", { folder, runsAlready: `process ${pid}` })
    rmSync(file, { force: true })
  }
}

/** By the name of the part. */
export type Ports = Readonly<
  Partial<Record<"arweave" | "ao" | "api" | "ethereum" | "bsc" | "bitcoin", number>>
>

/** The ports of the last start, without those that somebody else has taken meanwhile. */
export async function portsIn(folder: string): Promise<Ports> {
  const text = await readFile(join(folder, PORTS), "utf8").catch(() => "{}")
  const known = Object.entries(JSON.parse(text) as Ports)
  const free = await Promise.all(known.map(async ([, port]) => isFree(port)))
  return Object.fromEntries(known.filter((_, at) => free[at]))
}

export async function keepPorts(folder: string, ports: Ports): Promise<void> {
  await writeFile(join(folder, PORTS), JSON.stringify(ports))
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once("error", () => resolve(false))
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)))
  })
}

/** Another process can have the number of a dead one, but not its start; 0 where there is no `/proc`. */
function startOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1")
    // The name, in brackets, may hold anything; 20 fields on is the start.
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19])
  } catch {
    return 0
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM"
  }
}
