// A process that runs a script on `lua@5.3a`: no aos, and nothing that takes back what a failing message did.

import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { assert } from "../../core/assert.ts"
import {
  type AoMessage,
  type AoOutgoing,
  type AoResult,
  type AoTag,
  Evaluator,
} from "../evaluator.ts"
import type { UnitItem } from "./item.ts"

export interface NativeOptions {
  /** The aos module: it brings the Lua 5.3, and none of its handlers is asked. */
  readonly module: Uint8Array
  /** Null when the node does not have the module of the process. */
  readonly script: string | null
  readonly process: string
  /** The process's own tags, as its item has them. */
  readonly tags: readonly AoTag[]
  /** Whose messages come from processes. */
  readonly authority: string
}

/** What a script leaves behind after a slot, plain JSON. */
export interface NativeState {
  readonly results?: { readonly outbox?: unknown; readonly output?: unknown }
  readonly balances?: Readonly<Record<string, string>>
  readonly [key: string]: unknown
}

/** What a slot became; `stuck`: an error left `compute`, and no later slot is computed either. */
export interface NativeResult extends AoResult {
  readonly state: NativeState
  readonly stuck: string | null
}

/** Gives the results that `Evaluator` gives, and beside them what can be read by path. */
export class NativeProcess {
  readonly #options: NativeOptions
  readonly #ready: Promise<unknown>
  readonly #name: string
  /** What it was after its newest slot. */
  #state = ""

  constructor(options: NativeOptions) {
    this.#options = options
    const { script, tags } = options
    opened += 1
    this.#name = `${opened}`
    const code = script === null ? "nil" : quoted(script)
    const call = `Native.open("${this.#name}", ${code}, ${json(messageOf(tags))})`
    this.#ready = run(options.module, call)
    this.#ready.catch(() => {})
  }

  async evaluate(message: AoMessage, item: UnitItem): Promise<NativeResult> {
    return this.compute(assignmentOf(message, item, this.#options.authority))
  }

  /** The slot of an assignment as the node hands it over. */
  async compute(assignment: object): Promise<NativeResult> {
    await this.#ready
    const call = `return Native.compute("${this.#name}", ${json(assignment)})`
    this.#state = await run(this.#options.module, call)
    return resultOf(JSON.parse(this.#state) as NativeState & { stuck?: string })
  }

  /** There is none there; whoever asks for one is told so. */
  async dryrun(): Promise<AoResult> {
    return { ...NOTHING, Error: "lua@5.3a has no dry runs" }
  }

  async stateHash(): Promise<string> {
    return createHash("sha256").update(this.#state).digest("hex")
  }
}

/** One Lua for all of them: an instance of the module takes as much memory as all their states. */
async function run(module: Uint8Array, code: string): Promise<string> {
  machine ??= started(module)
  nonce += 1
  const message = { ...aMessage(), Nonce: nonce, Data: code, Tags: EVAL }
  const answer = await (await machine).evaluate(message)
  assert(answer.Error === undefined, `the machine answers: ${answer.Error}`)
  return String(answer.Output.data)
}

async function started(module: Uint8Array): Promise<Evaluator> {
  const environment = { Process: { Id: HOST_ID, Owner: HOST_ID, Tags: SPAWN }, Module: MODULE }
  const one = await Evaluator.spawn(module, { ...aMessage(), Tags: SPAWN }, environment)
  const host = `Native = (function(...)\n${HOST}\nend)()`
  const answer = await one.evaluate({ ...aMessage(), Nonce: 1, Data: host, Tags: EVAL })
  assert(answer.Error === undefined, `the machine is ready: ${answer.Error}`)
  return one
}

let machine: Promise<Evaluator> | null = null
/** aos counts its messages; the first makes it the host. */
let nonce = 1
let opened = 0

const HOST_ID = "h".repeat(43)
const SPAWN = [{ name: "Type", value: "Process" }]
const EVAL = [{ name: "Action", value: "Eval" }]
const HOST = readFileSync(new URL("luerl.lua", import.meta.url), "utf8")
const MODULE = { Id: "m".repeat(43), Tags: [] }
const NOTHING = { Output: {}, Messages: [], Spawns: [], Assignments: [] }

function aMessage(): AoMessage {
  return {
    ...{ Id: HOST_ID, Target: HOST_ID, Owner: HOST_ID, From: HOST_ID, Data: "", Tags: [] },
    ...{ Timestamp: 1, "Block-Height": 1, Nonce: 0, Epoch: 0, Module: MODULE.Id, Cron: false },
  }
}

/** A Lua string of any text. */
function quoted(text: string): string {
  const level = "=".repeat(7)
  assert(!text.includes(`]${level}]`), "the text does not end its quotes")
  // A line break right after the opening is not part of the text.
  return `[${level}[\n${text}]${level}]`
}

/** A Lua expression for a value. */
function json(value: unknown): string {
  return `require("json").decode(${quoted(JSON.stringify(value))})`
}

function resultOf({ stuck, ...state }: NativeState & { stuck?: string }): NativeResult {
  if (stuck !== undefined) return { ...NOTHING, Error: stuck, state: {}, stuck }
  const { outbox, output } = state.results ?? {}
  const messages = Array.isArray(outbox) ? outbox.map(outgoing) : []
  const { data } = Object(output) as { data?: unknown }
  return { ...NOTHING, Output: { data }, Messages: messages, state, stuck: null }
}

function outgoing(entry: unknown): AoOutgoing {
  const { target, data, ...rest } = Object(entry) as Record<string, unknown>
  const tags = Object.entries(rest).map(([name, value]) => ({
    name: titled(name),
    value: `${value}`,
  }))
  return { Target: `${target}`, ...(data !== undefined && { Data: `${data}` }), Tags: tags }
}

/** Names are in lower case there; aos wants them as people write them. */
export function titled(name: string): string {
  return name.replace(/[a-z][a-z0-9]*/g, (part) => part[0]!.toUpperCase() + part.slice(1))
}

/** An item as the node hands it to a script: one key for all spellings of a name, lists as texts. */
export function messageOf(tags: readonly AoTag[]): Record<string, unknown> {
  const values = new Map<string, string[]>()
  for (const { name, value } of tags) {
    const key = name.toLowerCase()
    values.set(key, [...(values.get(key) ?? []), value])
  }
  const types = typesIn(values.get("ao-types")?.[0] ?? "")
  return Object.fromEntries(
    [...values].map(([key, list]) => {
      if (list.length > 1) return [key, list.map((value) => `"${value}"`).join(", ")]
      return [key, types.get(key) === "integer" ? Number(list[0]) : list[0]]
    }),
  )
}

/** `quantity="integer", ...`: the sender may say what his tags are. */
function typesIn(text: string): Map<string, string> {
  return new Map(
    [...text.matchAll(/([^\s,="]+)="([^"]*)"/g)].map(([, name, type]) => [name!, type!]),
  )
}

export function assignmentOf(message: AoMessage, item: UnitItem, authority: string): object {
  // What the node itself has pushed is signed in HTTP's way.
  const isPushed = item.owner === authority
  const body: Record<string, unknown> = {
    ...messageOf(item.tags),
    target: item.target,
    ...(item.data !== "" && { data: item.data }),
    commitments: {
      [item.id]: {
        "commitment-device": isPushed ? "httpsig@1.0" : "ans104@1.0",
        type: isPushed ? "rsa-pss-sha512" : "rsa-pss-sha256",
        committer: item.owner,
      },
      [`${item.id.slice(0, 42)}-`]: { "commitment-device": "httpsig@1.0", type: "hmac-sha256" },
    },
  }
  return {
    ...{ slot: Number(message.Nonce), timestamp: Number(message.Timestamp), epoch: 0 },
    ...{ process: message.Target, path: "compute", type: "Assignment", body },
  }
}
