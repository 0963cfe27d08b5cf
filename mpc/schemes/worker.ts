// Arithmetic in a thread of its own: both ends of the line between a scheme and its worker.

import { parentPort, Worker } from "node:worker_threads"
import { assert } from "../../core/assert.ts"
import { BridgeError, type ErrorCode } from "../../core/errors.ts"

/** What a thread can be asked, by name. Arguments and results are cloned; see `moving` for secrets. */
export type Calls = Record<string, (argument: never) => unknown>

export interface Thread<C extends Calls> {
  /** Rejects with the thread's own BridgeError, or with `child-died` when the thread is gone. */
  call<Name extends keyof C & string>(
    name: Name,
    argument: Parameters<C[Name]>[0],
  ): Promise<Awaited<ReturnType<C[Name]>>>
  close(): Promise<void>
}

/**
 * Starts `file` as a thread. `secret` is moved, not copied: the caller's bytes are zeros afterwards.
 * A thread that has nothing to do does not keep the process alive.
 */
export function startThread<C extends Calls>(
  file: URL,
  start: { readonly input: unknown; readonly secret?: Uint8Array },
): Thread<C> {
  const secret = moved(start.secret)
  const worker = new Worker(loaderOf(file), {
    eval: true,
    workerData: { input: start.input, secret },
    transferList: secret ? [secret.buffer] : [],
    execArgv: [],
  })
  const waiting = new Map<number, Waiter>()
  let next = 0
  let ended: BridgeError | null = null
  const settle = (id: number): Waiter | undefined => {
    const waiter = waiting.get(id)
    waiting.delete(id)
    if (waiting.size === 0) worker.unref()
    return waiter
  }
  const end = (reason: string) => {
    ended ??= new BridgeError("child-died", { thread: file.pathname.split("/").at(-1), reason })
    for (const id of [...waiting.keys()]) settle(id)?.reject(ended)
  }
  worker.on("message", (answer: Answer) => {
    const waiter = settle(answer.id)
    if (answer.refused) waiter?.reject(revived(answer.refused))
    else waiter?.resolve(answer.result)
  })
  worker.on("error", (error) => end(error instanceof Error ? error.message : "unknown"))
  worker.on("exit", (code) => end(`exit code ${code}`))
  worker.unref()
  return {
    call: (name, argument) =>
      new Promise((resolve, reject) => {
        if (ended) return reject(ended)
        const id = next++
        waiting.set(id, { resolve: resolve as (result: unknown) => void, reject })
        worker.ref()
        worker.postMessage({ id, name, argument } satisfies Question, transfers(argument))
      }),
    close: async () => {
      await worker.terminate()
      end("closed")
    },
  }
}

/** The thread's end: answers calls in order, one at a time. */
export function serve<C extends Calls>(calls: C): void {
  assert(parentPort !== null, "this file runs in a thread")
  const port = parentPort
  port.on("message", ({ id, name, argument }: Question) => {
    try {
      const result = calls[name]!(argument as never)
      port.postMessage({ id, result } satisfies Answer, transfers(result))
    } catch (error) {
      port.postMessage({ id, refused: flattened(error) } satisfies Answer)
    }
  })
}

const leaving = new WeakMap<object, readonly ArrayBuffer[]>()

/** Marks secrets in an argument or a result as leaving with it, so that no copy stays behind. */
export function moving<Message extends object>(
  message: Message,
  ...secrets: readonly Uint8Array[]
): Message {
  const buffers = secrets.map(({ buffer }) => buffer)
  leaving.set(
    message,
    buffers.filter((buffer) => buffer instanceof ArrayBuffer),
  )
  return message
}

function transfers(message: unknown): ArrayBuffer[] {
  return typeof message === "object" && message ? [...(leaving.get(message) ?? [])] : []
}

interface Waiter {
  readonly resolve: (result: unknown) => void
  readonly reject: (error: Error) => void
}

interface Question {
  readonly id: number
  readonly name: string
  readonly argument: unknown
}

interface Answer {
  readonly id: number
  readonly result?: unknown
  readonly refused?: Refusal
}

interface Refusal {
  readonly code: ErrorCode | null
  readonly detail: Readonly<Record<string, unknown>>
  readonly message: string
}

// An error loses its class on its way between threads.
function flattened(error: unknown): Refusal {
  if (error instanceof BridgeError) {
    return { code: error.code, detail: error.detail, message: error.message }
  }
  return { code: null, detail: {}, message: error instanceof Error ? error.message : "unknown" }
}

function revived({ code, detail, message }: Refusal): Error {
  return code ? new BridgeError(code, detail) : new Error(message)
}

function moved(secret: Uint8Array | undefined): Uint8Array<ArrayBuffer> | undefined {
  if (!secret) return undefined
  const own = Uint8Array.from(secret)
  secret.fill(0)
  return own
}

/** Node before 22.18 does not read TypeScript itself, and tsx does not reach into threads by itself. */
function loaderOf(file: URL): string {
  const load = `import(${JSON.stringify(file.href)})`
  const reads = "typescript" in process.features && process.features.typescript
  if (reads || !file.pathname.endsWith(".ts")) return load
  const tsx = JSON.stringify(import.meta.resolve("tsx/esm/api"))
  return `import(${tsx}).then(({ register }) => { register(); return ${load} })`
}
