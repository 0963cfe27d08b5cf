// The signers of a local network: one process each, in a folder each, started, killed, restarted and stopped.

import { type ChildProcess, spawn } from "node:child_process"
import { createWriteStream } from "node:fs"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { BridgeError } from "../core/errors.ts"
import { bundle } from "../mpc/bundle.ts"
import type { DealtSigner } from "../mpc/ceremony/devnet.ts"
import { FILES, parseSettings, settingsJson } from "../mpc/config.ts"
import type { Ready } from "../mpc/process.ts"
import { replaceFile } from "../mpc/replace-file.ts"

export interface ClusterOptions {
  readonly signers: readonly DealtSigner[]
  /** The program of a signer; only tests have another one. */
  readonly program?: URL
  /** A line that a signer wrote; it is in `signer.log` of the signer's folder as well. */
  readonly onLog?: (index: number, line: string) => void
  /** A signer has ended, and nobody told it to. */
  readonly onDeath?: (index: number, reason: string) => void
}

export interface SignerCluster {
  /** `host:port` of each signer, by its index; it keeps its address when it is started again. */
  readonly addresses: Readonly<Record<number, string>>
  readonly pids: Readonly<Record<number, number>>
  /** Ends it at once, as a power cut would. */
  kill(index: number): Promise<void>
  /** Starts one that is down. */
  start(index: number): Promise<void>
  /** Asks all to finish, and insists after a while; resolves when none is left. */
  stop(): Promise<void>
}

const SIGNER = new URL("../mpc/node.ts", import.meta.url)
const STOP_MS = 10_000

/**
 * Starts a process for each signer and waits until all are ready. Each ends when this process does. Throws
 * `child-died` with what the signer said last; the others are ended then.
 */
export async function startCluster(options: ClusterOptions): Promise<SignerCluster> {
  const program = await bundle(options.program ?? SIGNER)
  const running = new Map<number, Running>()
  const addresses: Record<number, string> = {}
  const launch = async (signer: DealtSigner) => {
    const one = await startOne(program, signer, addresses[signer.index], options)
    addresses[signer.index] = one.ready.address
    running.set(signer.index, one)
  }
  const stop = async () => {
    await Promise.all([...running.values()].map((one) => one.end("SIGTERM")))
    running.clear()
  }
  const started = await Promise.allSettled(options.signers.map(launch))
  const failed = started.find((one) => one.status === "rejected")
  if (failed) {
    await stop()
    throw failed.reason
  }
  await Promise.all(options.signers.map(({ folder }) => tellPeers(folder, addresses)))
  return {
    addresses,
    get pids() {
      return Object.fromEntries([...running].map(([index, { pid }]) => [index, pid]))
    },
    kill: async (index) => {
      const one = running.get(index)
      running.delete(index)
      await one?.end("SIGKILL")
    },
    start: async (index) => {
      const signer = options.signers.find((one) => one.index === index)
      if (!signer || running.has(index)) throw new BridgeError("bad-request", { start: index })
      await launch(signer)
    },
    stop,
  }
}

/** Where the others are, which is known only now; each looks there before it asks them. */
export async function tellPeers(folder: string, peers: SignerCluster["addresses"]): Promise<void> {
  const path = join(folder, FILES.settings)
  const text = await readFile(path, "utf8").catch(() => null)
  if (text === null) return
  await replaceFile(path, settingsJson({ ...parseSettings(JSON.parse(text)), peers }))
}

interface Running {
  readonly pid: number
  readonly ready: Ready
  end(signal: NodeJS.Signals): Promise<void>
}

async function startOne(
  program: string,
  { index, folder, passphraseFile }: DealtSigner,
  listen: string | undefined,
  { onLog, onDeath }: ClusterOptions,
): Promise<Running> {
  const where = listen ? ["--listen", listen] : []
  // Small, because there are many of them on one machine; less than this and they do nothing but collect.
  const flags = ["--max-semi-space-size=8", "--max-old-space-size=512"]
  const child = spawn(
    process.execPath,
    [...flags, program, "--folder", folder, "--with-parent", ...where],
    // Its own group: Ctrl-C reaches us alone, and each part is stopped in its turn.
    { stdio: ["pipe", "pipe", "pipe"], detached: true, env: {} },
  )
  const said: string[] = []
  const log = createWriteStream(join(folder, "signer.log"), { flags: "a" })
  child.stderr.pipe(log)
  createInterface({ input: child.stderr }).on("line", (line) => {
    onLog?.(index, line)
    said.push(line)
    if (said.length > 10) said.shift()
  })
  let isTold = false
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message))
    child.once("exit", (code, signal) => resolve(signal ?? `exit code ${code}`))
  })
  child.stdin.on("error", () => {})
  child.stdin.write(`${(await readFile(passphraseFile, "utf8")).trim()}\n`)
  const death = (reason: string) =>
    new BridgeError("child-died", { name: `signer ${index}`, reason, said: said.join("\n") })
  const ready = await Promise.race([
    readiness(child),
    ended.then((reason) => {
      throw death(reason)
    }),
  ])
  void ended.then((reason) => {
    if (!isTold) onDeath?.(index, reason)
  })
  return {
    pid: child.pid!,
    ready,
    end: async (signal) => {
      isTold = true
      child.kill(signal)
      const insist = setTimeout(() => child.kill("SIGKILL"), STOP_MS)
      await ended
      clearTimeout(insist)
    },
  }
}

async function readiness({ stdout }: ChildProcess): Promise<Ready> {
  for await (const line of createInterface({ input: stdout! })) {
    // Whatever else it may say must not fill the pipe.
    stdout!.resume()
    return JSON.parse(line) as Ready
  }
  // It has closed its output, so it is ending: the caller hears of that.
  return new Promise(() => {})
}
