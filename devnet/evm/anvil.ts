// One anvil: the native program of npm on a free port, which lives no longer than we do.

import { type ChildProcess, spawn } from "node:child_process"
import { createRequire } from "node:module"
import path from "node:path"
import { createInterface } from "node:readline"
import { BridgeError } from "../../core/errors.ts"

export interface AnvilOptions {
  readonly chainId: number
  /** A port to keep over a restart; the kernel gives a free one otherwise. */
  readonly port?: number
  /** A block comes this often; null (the default): one with each transaction, and on command. */
  readonly blockTimeMs?: number | null
  /** Finality is two epochs of this many blocks behind the newest one. */
  readonly epochSlots?: number
  /** The chain is kept here over a restart; left out, it ends with the process. */
  readonly stateFile?: string
  /** `osaka` as on Ethereum by default. A block of `cancun` costs a hundredth of the time, for long chains. */
  readonly hardfork?: "cancun" | "osaka"
}

export interface Anvil {
  readonly url: string
  readonly port: number
  /** Ends when the process does. */
  readonly ended: Promise<void>
  /** Once is enough, and twice does no harm. */
  stop(): Promise<void>
}

/** Throws `child-died` with what it said, and `bad-config` where npm has brought no anvil. */
export async function startAnvil(options: AnvilOptions): Promise<Anvil> {
  const { chainId, port = 0, blockTimeMs = null, epochSlots = 1, hardfork = "osaka" } = options
  const args = [
    ...["--host", "127.0.0.1", "--port", `${port}`, "--chain-id", `${chainId}`],
    ...["--slots-in-an-epoch", `${epochSlots}`, "--hardfork", hardfork, "--accounts", "3"],
    ...["--order", "fifo", "--gas-limit", "30000000"],
    ...(blockTimeMs === null ? [] : ["--block-time", `${blockTimeMs / 1_000}`, "--mixed-mining"]),
    ...(options.stateFile ? ["--state", options.stateFile, "--preserve-historical-states"] : []),
  ]
  const child = spawn("sh", ["-c", GUARD, "sh", binary(), ...args], {
    stdio: ["pipe", "pipe", "pipe"],
    // Ctrl-C in a terminal reaches us alone, and we stop it in its turn.
    detached: true,
  })
  child.stdin.on("error", () => {})
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => {
      child.stdin.end()
      resolve()
    })
  })
  const found = await listening(child)
  return {
    url: `http://127.0.0.1:${found}`,
    port: found,
    ended,
    stop() {
      child.stdin.end()
      return ended
    },
  }
}

/** The shell becomes the program; its helper ends it when our end of the pipe closes, even when we are killed. */
const GUARD = 'exec 3<&0; (cat <&3; kill $$) >/dev/null 2>&1 & exec "$@" 3<&- </dev/null'

/** The port, from the line that says it. */
function listening(child: ChildProcess): Promise<number> {
  const said: string[] = []
  return new Promise((resolve, reject) => {
    const hear = (line: string) => {
      said.push(line)
      const port = /^Listening on [\d.]+:(\d+)/.exec(line)?.[1]
      if (port) resolve(Number(port))
      // What it says of each call must not fill the memory.
      if (said.length > 60) said.shift()
    }
    createInterface({ input: child.stdout! }).on("line", hear)
    createInterface({ input: child.stderr! }).on("line", hear)
    const died = () =>
      reject(new BridgeError("child-died", { name: "anvil", said: said.join("\n") }))
    child.once("close", died)
    child.once("error", died)
  })
}

function binary(): string {
  const machine = `${process.platform}-${process.arch === "x64" ? "amd64" : process.arch}`
  try {
    const manifest = createRequire(import.meta.url).resolve(
      `@foundry-rs/anvil-${machine}/package.json`,
    )
    return path.join(path.dirname(manifest), "bin", "anvil")
  } catch (cause) {
    throw new BridgeError(
      "bad-config",
      { missing: `anvil for ${machine}`, help: "npm install with optional dependencies" },
      { cause },
    )
  }
}
