// A process of the local network: started, waited for, watched, and stopped in order, never orphaned.

import { type ChildProcess, spawn } from "node:child_process"
import { createWriteStream } from "node:fs"
import { createInterface } from "node:readline"
import { BridgeError } from "../core/errors.ts"
import { bundle } from "../mpc/bundle.ts"

export interface ChildOptions {
  readonly name: string
  /** A program of ours, in TypeScript. */
  readonly script: URL
  readonly args: readonly string[]
  /** Of Node itself. */
  readonly flags?: readonly string[]
  /** Where its log goes; appended. */
  readonly logFile: string
  /** First line of its standard input: the only way that a secret reaches a child. */
  readonly secret?: string
  readonly environment?: Readonly<Record<string, string>>
}

export interface Child {
  readonly name: string
  readonly pid: number
  /** What it said when it was ready: the first line of its standard output, as JSON. */
  readonly ready: Readonly<Record<string, unknown>>
  /** Ends when the process does, however it does. */
  readonly ended: Promise<Ending>
  /** Asks it to finish, and insists after a while. */
  stop(): Promise<void>
  /** Ends it at once, as a power cut would. */
  kill(): Promise<void>
}

export interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

const STOP_MS = 15_000

/**
 * Starts a child and waits until it is ready. It lives no longer than we do: its standard input ends with
 * us, and it watches that (`devnet/live.ts`). Throws `child-died` with the end of its log.
 */
export async function startChild(options: ChildOptions): Promise<Child> {
  const { name, script, args, flags = [], logFile, secret, environment } = options
  const program = await bundle(script)
  const log = createWriteStream(logFile, { flags: "a" })
  const child = spawn(process.execPath, [...flags, program, ...args], {
    stdio: ["pipe", "pipe", "pipe"],
    // Its own group: Ctrl-C reaches us alone, and we stop each part in its turn.
    detached: true,
    env: { ...process.env, ...environment },
  })
  const tail: string[] = []
  child.stderr.on("data", (chunk: Buffer) => {
    log.write(chunk)
    tail.push(String(chunk))
    if (tail.length > 20) tail.shift()
  })
  child.stdin.on("error", () => {})
  if (secret !== undefined) child.stdin.write(`${secret}\n`)
  const ended = new Promise<Ending>((resolve) => {
    child.once("exit", (code, signal) => {
      log.end()
      resolve({ code, signal })
    })
    child.once("error", () => resolve({ code: null, signal: null }))
  })
  const ready = await Promise.race([
    firstLine(child),
    ended.then(({ code, signal }) => {
      throw new BridgeError("child-died", { name, code, signal, said: tail.join("").slice(-2_000) })
    }),
  ])
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal)
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS)
    await ended
    clearTimeout(timer)
  }
  return {
    name,
    pid: child.pid!,
    ready,
    ended,
    stop: () => end("SIGTERM"),
    kill: () => end("SIGKILL"),
  }
}

async function firstLine(child: ChildProcess): Promise<Record<string, unknown>> {
  const lines = createInterface({ input: child.stdout! })
  return await new Promise((resolve) => {
    lines.once("line", (line) => {
      // Whatever else it says must not fill the pipe.
      lines.on("line", () => {})
      try {
        resolve(JSON.parse(line) as Record<string, unknown>)
      } catch {
        resolve({ said: line })
      }
    })
  })
}
