// The passphrase of a signer's shares from a key service instead of from people: by a program or an address that its operator names.
//
// What lies in the folder is of no use without the service. The passphrase comes over a pipe or a connection
// and goes into memory alone: never an argument, an environment, a file, a log or an error.

import { spawn } from "node:child_process"
import { readFile, stat } from "node:fs/promises"
import { isAbsolute, join } from "node:path"
import { z } from "zod"
import { BridgeError } from "../core/errors.ts"
import { firstLineOf, PASSPHRASE_MAX, readPassphrase } from "./passphrase.ts"

export const UNSEAL_FILE = "unseal.json"

const common = {
  /** What the service opens, as it gave it: written to the program's standard input, or posted. */
  sealed: z.string().min(1).max(65_536),
  timeoutMs: z.number().int().min(100).max(300_000).default(30_000),
}

const shape = z.union([
  z.strictObject({
    ...common,
    /** A program by its whole path, and its arguments, which are no secret. */
    command: z.array(z.string().max(4_096)).min(1).max(64),
    /** Names of variables that it gets of our environment, beside PATH and HOME. */
    environment: z.array(z.string().regex(/^[A-Z][A-Z0-9_]*$/)).default([]),
  }),
  z.strictObject({
    ...common,
    url: z
      .url()
      .refine(
        isGuarded,
        "https, or an agent on this machine: http://127.0.0.1:PORT or http://[::1]:PORT",
      ),
  }),
])

type Hook = z.infer<typeof shape>

/**
 * The passphrase for a signer's folder: by its hook when there is one, else the first line of `input`. The
 * bytes are the caller's to wipe. Throws `bad-config` for a hook that is none or that others could change,
 * `share-locked` for one that fails, says nothing or takes too long.
 */
export async function passphraseFor(
  folder: string,
  input: NodeJS.ReadStream,
  ask?: (prompt: string) => void,
): Promise<Uint8Array> {
  const hook = await readHook(folder)
  return hook === null ? readPassphrase(input, ask) : unsealed(hook)
}

/** Null when the folder has none. */
export async function readHook(folder: string): Promise<Hook | null> {
  const path = join(folder, UNSEAL_FILE)
  const text = await readFile(path, "utf8").catch(() => null)
  if (text === null) return null
  const hook = shape.safeParse(jsonOf(text))
  if (!hook.success) throw refused(`\n${z.prettifyError(hook.error)}`)
  await checkOwned(path)
  if ("command" in hook.data) {
    const [program] = hook.data.command
    if (!isAbsolute(program!)) throw refused("the program needs its whole path")
    await checkOwned(program!)
  }
  return hook.data
}

/** Runs it. */
export async function unsealed(hook: Hook): Promise<Uint8Array> {
  const said = "url" in hook ? await posted(hook) : await ran(hook)
  try {
    const passphrase = firstLineOf(said)
    if (passphrase === null) throw locked("the unseal hook gave no passphrase")
    return passphrase
  } finally {
    said.fill(0)
  }
}

/** The whole of what a program writes; wiped by the caller. */
function ran({ command, sealed, timeoutMs, environment }: Extract<Hook, { command: unknown }>) {
  const [program, ...args] = command
  const names = ["PATH", "HOME", ...environment]
  const env = Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  )
  return new Promise<Buffer>((resolve, reject) => {
    // What it says on standard error is not ours to keep: it may be more than it should.
    const child = spawn(program!, args, { env, stdio: ["pipe", "pipe", "ignore"] })
    const held: Buffer[] = []
    let size = 0
    let isLate = false
    const late = setTimeout(() => {
      isLate = true
      child.kill("SIGKILL")
    }, timeoutMs)
    const end = (reason: string | null) => {
      clearTimeout(late)
      const whole = Buffer.concat(held)
      for (const chunk of held) chunk.fill(0)
      if (reason === null) return resolve(whole)
      whole.fill(0)
      reject(locked(reason))
    }
    child.stdin.on("error", () => {})
    child.stdin.end(`${sealed}\n`)
    child.stdout.on("data", (chunk: Buffer) => {
      size += chunk.length
      held.push(chunk)
      if (size > ANSWER_MAX) child.kill("SIGKILL")
    })
    child.once("error", () => end("the unseal hook can't be started"))
    child.once("close", (code) => {
      if (isLate) return end("the unseal hook takes too long")
      if (size > ANSWER_MAX) return end("the unseal hook says too much")
      end(code === 0 ? null : `the unseal hook failed, exit code ${code ?? "none"}`)
    })
  })
}

async function posted({ url, sealed, timeoutMs }: Extract<Hook, { url: unknown }>) {
  const reply = await fetch(url, {
    method: "POST",
    body: sealed,
    redirect: "error",
    signal: AbortSignal.timeout(timeoutMs),
  }).catch((error: unknown) => {
    const isLate = error instanceof Error && error.name === "TimeoutError"
    throw locked(isLate ? "the unseal hook takes too long" : "the unseal hook can't be reached")
  })
  if (!reply.ok) throw locked(`the unseal hook failed, status ${reply.status}`)
  const said = Buffer.from(await reply.arrayBuffer())
  if (said.length <= ANSWER_MAX) return said
  said.fill(0)
  throw locked("the unseal hook says too much")
}

/** Whoever may change what runs, or what is asked for, may have the passphrase. */
async function checkOwned(path: string): Promise<void> {
  const about = await stat(path).catch(() => null)
  if (about === null) throw refused(`there is no ${path}`)
  const own = process.getuid?.() ?? about.uid
  if ((about.mode & 0o022) !== 0) throw refused(`others may change ${path}: chmod go-w`)
  if (about.uid !== 0 && about.uid !== own) throw refused(`${path} belongs to somebody else`)
}

function isGuarded(text: string): boolean {
  const { protocol, hostname } = new URL(text)
  return protocol === "https:" || ["127.0.0.1", "[::1]", "localhost"].includes(hostname)
}

const ANSWER_MAX = 2 * PASSPHRASE_MAX

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function refused(problems: string): BridgeError {
  return new BridgeError("bad-config", { file: UNSEAL_FILE, problems })
}

function locked(reason: string): BridgeError {
  return new BridgeError("share-locked", { reason })
}
