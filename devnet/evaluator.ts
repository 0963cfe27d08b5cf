// One live AO process: evaluates its messages in order, on the real aos, and undoes what fails.

import loader from "@permaweb/ao-loader"
import { assert } from "../core/assert.ts"
import { BridgeError } from "../core/errors.ts"
import { Pages } from "./ao/pages.ts"
import { AOS } from "./aos.ts"

export interface AoTag {
  name: string
  value: string
}

/** A message as a compute unit hands it to the module; `Timestamp` is in milliseconds. */
export interface AoMessage {
  Id: string
  Target: string
  /** The address whose key signed. */
  Owner: string
  /** The process that sent it, as a tag claims; else `Owner`. */
  From: string
  Data: string
  Anchor?: string
  Tags: AoTag[]
  Timestamp: string | number
  "Block-Height": string | number
  Nonce: string | number
  Epoch: string | number
  "Hash-Chain"?: string
  Module: string
  Cron: boolean
}

/** What a process asks its units to send: the fields that `ao.send` and `ao.spawn` leave behind. */
export interface AoOutgoing {
  Target: string
  Data?: string
  Anchor?: string
  Tags: AoTag[]
}

export interface AoResult {
  /** For Eval: `data` is the prints and the returned value, joined by newlines. */
  Output: { data?: unknown; prompt?: string; print?: boolean; test?: string }
  Messages: AoOutgoing[]
  Spawns: AoOutgoing[]
  Assignments: unknown[]
  /** Present when the evaluation failed: it changed nothing, and the lists are empty. */
  Error?: string
  GasUsed?: number
}

export interface AoEnvironment {
  Process: { Id: string; Owner: string; Tags: AoTag[] }
  Module: { Id: string; Tags: AoTag[] }
}

/**
 * A process. Calls queue up and run in the order they were made, one at a time in this thread (each
 * blocks it: about 1 ms for a small message, 100 ms for a spawn).
 *
 * A failed evaluation changes nothing and sends nothing (permaweb/ao, `evaluate` of the compute
 * unit). aos itself keeps what a handler did before it failed, so the memory is put back: to the
 * last copy, then the messages since are evaluated again. Nothing but the messages reaches the
 * process (its clock is the message's `Timestamp`), so the same messages make the same `stateHash`.
 */
export class Evaluator {
  readonly #module: WebAssembly.Module
  readonly #environment: AoEnvironment
  #instance: Instance
  readonly #copy = new Pages()
  #sinceCopy: AoMessage[] = []
  #sinceCopyMs = 0

  /** The process before its first message, which must be the process item itself (see `spawn`). */
  static async open(module: Uint8Array, environment: AoEnvironment): Promise<Evaluator> {
    const compiled = await compile(module)
    const instance = await inTurn(() => instantiate(compiled))
    return new Evaluator(compiled, environment, instance)
  }

  /**
   * The process after its spawn. `message.Id` must be the process id and its tags must have
   * `Type=Process`: only then does aos learn its owner and accept Eval. Throws `bad-request` when
   * the spawn fails.
   */
  static async spawn(
    module: Uint8Array,
    message: AoMessage,
    environment: AoEnvironment,
  ): Promise<Evaluator> {
    const process = await Evaluator.open(module, environment)
    const { Error: failure } = await process.evaluate(message)
    if (failure !== undefined) throw new BridgeError("bad-request", { spawn: failure })
    return process
  }

  private constructor(module: WebAssembly.Module, environment: AoEnvironment, instance: Instance) {
    this.#module = module
    this.#environment = environment
    this.#instance = instance
    this.#copy.capture(instance.memory)
  }

  /** The next message of the process. Never throws for what the message does: see `Error`. */
  evaluate(message: AoMessage): Promise<AoResult> {
    return inTurn(async () => {
      if (this.#sinceCopyMs >= COPY_AFTER_MS) this.#takeCopy()
      const startedAt = performance.now()
      const { result, broken } = await call(this.#instance, message, this.#environment)
      if (result.Error !== undefined) await this.#undo(broken)
      else {
        this.#sinceCopy.push(message)
        this.#sinceCopyMs += performance.now() - startedAt
      }
      return result
    })
  }

  /** What the message would answer; the process is afterwards as it was before. */
  dryrun(message: AoMessage): Promise<AoResult> {
    return inTurn(async () => {
      this.#takeCopy()
      const readOnly = { ...message, "Read-Only": true }
      const { result, broken } = await call(this.#instance, readOnly, this.#environment)
      await this.#undo(broken)
      return result
    })
  }

  /** Hex sha256 of the whole memory: equal for equal histories, on any machine. */
  stateHash(): Promise<string> {
    return inTurn(async () => {
      this.#takeCopy()
      return this.#copy.hash()
    })
  }

  #takeCopy(): void {
    this.#copy.capture(this.#instance.memory)
    this.#sinceCopy = []
    this.#sinceCopyMs = 0
  }

  async #undo(broken: boolean): Promise<void> {
    const length = this.#instance.memory.buffer.byteLength
    if (broken) this.#instance = await instantiate(this.#module, length)
    this.#copy.restore(this.#instance.memory)
    for (const message of this.#sinceCopy) {
      const { result } = await call(this.#instance, message, this.#environment)
      assert(result.Error === undefined, "a message that succeeded succeeds again")
    }
    if (this.#sinceCopy.length > 0) this.#takeCopy()
  }
}

/** A copy costs 4 ms, so this keeps copies below a tenth of the time and a replay at about as much. */
const COPY_AFTER_MS = 50

interface Instance {
  handle: (grow: null, message: AoMessage, environment: AoEnvironment) => Promise<Answer>
  memory: WebAssembly.Memory
  clock: { nowMs: number }
}

type Answer = Partial<Omit<AoResult, "Error">> & { Error?: unknown; Memory?: unknown }

async function call(
  instance: Instance,
  message: AoMessage,
  environment: AoEnvironment,
): Promise<{ result: AoResult; broken: boolean }> {
  instance.clock.nowMs = Number(message.Timestamp)
  try {
    const answer = await unpatched(() => instance.handle(null, message, environment))
    return { result: resultOf(answer), broken: false }
  } catch (failure) {
    // The module gave up half way (a trap, no memory, a refusal outside a handler): its stack and
    // the loader's own state are no longer to be trusted.
    return { result: resultOf({ Error: failure }), broken: true }
  }
}

function resultOf(answer: Answer): AoResult {
  const failed = answer.Error !== undefined && answer.Error !== null && answer.Error !== ""
  return {
    Output: answer.Output ?? {},
    Messages: failed ? [] : listOf(answer.Messages),
    Spawns: failed ? [] : listOf(answer.Spawns),
    Assignments: failed ? [] : listOf(answer.Assignments),
    ...(failed && { Error: wordsOf(answer.Error) }),
    GasUsed: answer.GasUsed ?? 0,
  }
}

/** An empty Lua table is written as `{}` by some encoders. */
function listOf<T>(value: T[] | undefined): T[] {
  return Array.isArray(value) ? value : []
}

function wordsOf(failure: unknown): string {
  if (failure instanceof Error) return failure.message
  return typeof failure === "string" ? failure : JSON.stringify(failure)
}

async function instantiate(module: WebAssembly.Module, length = 0): Promise<Instance> {
  const clock = { nowMs: 0 }
  let memory: WebAssembly.Memory | null = null
  const link = (imports: Imports, ready: (instance: WebAssembly.Instance) => object) => {
    Object.assign(imports.env, {
      emscripten_date_now: () => clock.nowMs,
      emscripten_get_now: () => clock.nowMs,
    })
    const instance = new WebAssembly.Instance(module, imports)
    memory = instance.exports.memory as WebAssembly.Memory
    const instrumented = ready(instance)
    // Only the loader's own import may grow the memory: it renews the loader's views of it.
    if (memory.buffer.byteLength < length) imports.env.emscripten_resize_heap(length)
    return instrumented
  }
  const options = {
    ...{ format: AOS.format, UNSAFE_MEMORY: true, computeLimit: 9e12, memoryLimit: "1-gb" },
    ...{ print: () => {}, printErr: () => {} },
  }
  const handle = await unpatched(() => loader(link, options))
  assert(memory !== null, "the loader linked the module")
  return { handle: handle as unknown as Instance["handle"], memory, clock }
}

type Imports = WebAssembly.Imports & { env: { emscripten_resize_heap: (length: number) => number } }

/**
 * The loader replaces these while it loads a module (for good) and while it evaluates (for good
 * when that throws): the date of the whole program would become a counter.
 */
async function unpatched<T>(work: () => Promise<T>): Promise<T> {
  const { random } = Math
  const { now } = Date
  const { log } = console
  try {
    return await work()
  } finally {
    Math.random = random
    Date.now = now
    console.log = log
  }
}

/**
 * One evaluation at a time in a thread, so that no two of them restore each other's globals; between
 * two the event loop goes round once, so that a long replay does not keep a server from answering.
 */
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const mine = turn.then(work)
  turn = mine.then(breath, breath)
  return mine
}

function breath(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

let turn: Promise<void> = Promise.resolve()

/** A module is compiled once, however many processes run it. */
function compile(module: Uint8Array): Promise<WebAssembly.Module> {
  const known = compiled.get(module)
  if (known !== undefined) return known
  const fresh = WebAssembly.compile(new Uint8Array(module))
  compiled.set(module, fresh)
  return fresh
}

const compiled = new WeakMap<Uint8Array, Promise<WebAssembly.Module>>()
