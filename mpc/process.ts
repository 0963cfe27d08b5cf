// A signer as a process of its own: how it is started, how it says that it is ready, and how it ends.

import { parseArgs } from "node:util"
import type { Chains } from "../chains/served.ts"
import { BridgeError } from "../core/errors.ts"
import { finishSwitch } from "./ceremony/shelf.ts"
import { readSignerConfig } from "./config.ts"
import { type Running, startSigner } from "./signer.ts"
import { passphraseFor } from "./unseal.ts"

/** What a signer prints to standard output, once, as one line of JSON. */
export interface Ready {
  readonly ready: true
  readonly index: number
  /** `host:port`. */
  readonly address: string
  /** SHA-256 of each group key. */
  readonly keys: Running["keys"]
}

/** Facts for the operator's log, never a secret. */
export type Log = (event: Readonly<Record<string, unknown>>) => void

const GRACE_MS = 5_000

/**
 * Runs the signer of `--folder`; `--listen host:port` goes before the address in its settings. The
 * passphrase of its share is the first line of standard input, unless the folder has a hook (`unseal.ts`):
 * arguments and environment are for all to read. Events go to standard error, a JSON line each.
 *
 * It ends in order on SIGTERM and SIGINT; with `--with-parent` also when standard input ends, so that no
 * signer outlives the local network that started it. Exit code 0 then, 1 when it cannot start or go on, 2
 * when its arguments are not understood.
 */
export async function runProcess(
  chains: Chains,
  words: readonly string[] = process.argv.slice(2),
): Promise<void> {
  let running: Running | null = null
  const end = once((reason: string) => {
    log({ event: "ending", reason })
    // What does not end by itself is cut: the journal is whole at every moment.
    setTimeout(() => process.exit(0), GRACE_MS).unref()
    void (running?.close() ?? Promise.resolve()).finally(() => process.exit(0))
  })
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => end(signal))
  try {
    const { folder, listen, withParent } = argumentsOf(words)
    const passphrase = await passphraseFor(folder, process.stdin)
    if (withParent) process.stdin.on("end", () => end("the parent has gone")).resume()
    else process.stdin.destroy()
    // A ceremony that was cut short at its very end is ended first.
    await finishSwitch(folder)
    const config = await readSignerConfig(folder)
    const settings = listen ? { ...config.settings, listen } : config.settings
    running = await startSigner({ config: { ...config, settings }, passphrase, chains, log, fail })
    const { index, address, keys } = running
    const ready: Ready = { ready: true, index, address, keys }
    process.stdout.write(`${JSON.stringify(ready)}\n`)
  } catch (error) {
    fail(error)
  }
}

const log: Log = (event) => {
  process.stderr.write(`${JSON.stringify({ at: new Date().toISOString(), ...event })}\n`)
}

function fail(error: unknown): never {
  // A foreign error may quote what it was given; only its name leaves.
  const isOurs = error instanceof BridgeError || isMistyped(error)
  log({ event: "failed", reason: isOurs ? error.message : String((error as Error)?.name) })
  process.exit(isMistyped(error) ? 2 : 1)
}

/** It quotes words of the command line, where no secret may stand. */
function isMistyped(error: unknown): error is Error {
  return error instanceof TypeError && /^ERR_PARSE_ARGS/.test(Object(error).code)
}

function argumentsOf(words: readonly string[]) {
  const { values } = parseArgs({
    args: [...words],
    options: {
      folder: { type: "string" },
      listen: { type: "string" },
      "with-parent": { type: "boolean", default: false },
    },
  })
  if (!values.folder) throw new BridgeError("bad-config", { missing: "--folder" })
  return { folder: values.folder, listen: values.listen, withParent: values["with-parent"] }
}

function once(act: (reason: string) => void): (reason: string) => void {
  let isDone = false
  return (reason) => {
    if (isDone) return
    isDone = true
    act(reason)
  }
}
