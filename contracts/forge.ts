// Forge on our contracts: the native binary and the compiler, both of npm. `npm run forge -- test -vv`
//
// The command that npm links as `forge` is a shim that answers 0 whatever the tests say: it is never called.

import { spawn } from "node:child_process"
import { existsSync, realpathSync } from "node:fs"
import path from "node:path"

export interface Run {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export const ROOT = path.resolve(import.meta.dirname, "..")

/** Why there is no forge here, or null when there is one. */
export function forgeMissing(): string | null {
  return existsSync(BINARY)
    ? null
    : "forge is not here: npm brings it for Linux on x64 (@foundry-rs/forge-linux-amd64)"
}

/** Runs forge in `root`, a folder with `contracts/` and `node_modules/` in it, and waits for its end. */
export async function forge(
  args: readonly string[],
  { root = ROOT, inherit = false, env = {} }: Options = {},
): Promise<Run> {
  const child = spawn(BINARY, args, {
    cwd: root,
    env: { ...process.env, ...env, FOUNDRY_CONFIG: "contracts/foundry.toml" },
    stdio: inherit ? "inherit" : ["ignore", "pipe", "pipe"],
  })
  const [stdout, stderr] = await Promise.all([textOf(child.stdout), textOf(child.stderr)])
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject)
    if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode)
    else child.once("exit", resolve)
  })
  return { code, stdout, stderr }
}

export interface Options {
  readonly root?: string
  /** Whether it speaks to our terminal itself. */
  readonly inherit?: boolean
  readonly env?: Readonly<Record<string, string>>
}

const BINARY = path.join(ROOT, "node_modules/@foundry-rs/forge-linux-amd64/bin/forge")

async function textOf(stream: NodeJS.ReadableStream | null): Promise<string> {
  let text = ""
  if (stream) for await (const chunk of stream) text += String(chunk)
  return text
}

if (process.argv[1] && realpathSync(process.argv[1]) === import.meta.filename) {
  const missing = forgeMissing()
  if (missing) console.error(missing)
  process.exitCode = missing
    ? 1
    : ((await forge(process.argv.slice(2), { inherit: true })).code ?? 1)
}
