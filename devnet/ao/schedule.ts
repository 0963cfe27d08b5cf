// The scheduler of the local network, with the computation behind it: an item gets a slot, a slot one result.

import { assert } from "../../core/assert.ts"
import { sha256, toBase64url } from "../arweave/bytes.ts"
import type { Log } from "../arweave/log.ts"
import {
  type AoEnvironment,
  type AoMessage,
  type AoResult,
  type AoTag,
  Evaluator,
} from "../evaluator.ts"
import { tagOf, type UnitItem } from "./item.ts"
import { NativeProcess } from "./native.ts"

/** One line of the log: an item in its slot. Everything else follows from it. */
export interface Assigned {
  readonly kind: "assigned"
  readonly process: string
  readonly slot: number
  /** Milliseconds, the scheduler's clock; grows from slot to slot. */
  readonly timestamp: number
  /** Height of the Arweave chain, as far as the scheduler knows it. */
  readonly height: number
  /** base64. */
  readonly raw: string
}

/** A line of the log: an item that carries no message but the script of a module. */
export interface Uploaded {
  readonly kind: "uploaded"
  /** base64. */
  readonly raw: string
}

export interface Slot {
  readonly process: string
  readonly slot: number
  readonly timestamp: number
  readonly height: number
  /** base64url(sha256(previous chain, item id)): one value for all that was ordered so far. */
  readonly hashChain: string
  readonly item: UnitItem
  /** Resolves when the slots before it have been evaluated, then this one. */
  readonly result: Promise<AoResult>
}

/** What computes a process: the aos module, or a script on `lua@5.3a`. */
export interface Machine {
  evaluate(message: AoMessage, item: UnitItem): Promise<AoResult>
  dryrun(message: AoMessage): Promise<AoResult>
  stateHash(): Promise<string>
}

export interface Process {
  readonly id: string
  readonly environment: AoEnvironment
  readonly evaluator: Promise<Machine>
  readonly slots: Slot[]
}

export interface Refusal {
  readonly status: 400 | 404
  readonly error: string
}

export interface ScheduleOptions {
  readonly module: { readonly id: string; readonly bytes: Uint8Array }
  /** Address that a process must name as its Scheduler. */
  readonly scheduler: string
  readonly log: Log
  /** Milliseconds since 1970, and the height of the chain. */
  readonly now: () => number
  readonly height: () => number
}

export class Schedule {
  readonly processes = new Map<string, Process>()
  /** Slots of a message, by its id: one, unless the scheduler was told to err. */
  readonly byItem = new Map<string, Slot[]>()
  readonly #options: ScheduleOptions
  /** Scripts by the id of the item that brought them. */
  readonly #modules = new Map<string, string>()

  constructor(options: ScheduleOptions) {
    this.#options = options
  }

  /** Gives an item its slot, or says why not. `twice` is the fault of giving it another. */
  assign(item: UnitItem, { twice = false } = {}): Slot | Refusal {
    const refusal = this.#refusalOf(item, twice)
    if (refusal) return refusal
    const process = isSpawn(item) ? item.id : item.target
    const last = this.processes.get(process)?.slots.at(-1)
    const assigned: Assigned = {
      ...{ kind: "assigned", process, slot: (last?.slot ?? -1) + 1 },
      timestamp: Math.max(this.#options.now(), (last?.timestamp ?? 0) + 1),
      height: Math.max(this.#options.height(), last?.height ?? 0),
      raw: Buffer.from(item.raw).toString("base64"),
    }
    this.#options.log.append(assigned)
    return this.apply(assigned, item)
  }

  /** Keeps the script that an item carries, for processes that name it as their module. */
  upload(item: UnitItem): void {
    if (this.#modules.has(item.id)) return
    const raw = Buffer.from(item.raw).toString("base64")
    this.#options.log.append({ kind: "uploaded", raw } satisfies Uploaded)
    this.keep(item)
  }

  /** Takes up a line of the log. */
  keep(item: UnitItem): void {
    this.#modules.set(item.id, item.data)
  }

  /** Takes up a line of the log: the same lines make the same state, on any machine. */
  apply({ process: id, slot, timestamp, height }: Assigned, item: UnitItem): Slot {
    const process = this.processes.get(id) ?? this.#open(item)
    const last = process.slots.at(-1)
    assert(slot === (last?.slot ?? -1) + 1, "slots have no gap")
    const hashChain = toBase64url(
      sha256(Buffer.from(last?.hashChain ?? "", "base64url"), Buffer.from(item.id, "base64url")),
    )
    const place = { process: id, slot, timestamp, height, hashChain }
    // The evaluator takes what it is asked in order, and earlier slots asked before this one.
    const message = this.#messageOf(item, place)
    const result = process.evaluator.then((evaluator) => evaluator.evaluate(message, item))
    const entry: Slot = { ...place, item, result }
    process.slots.push(entry)
    this.byItem.set(item.id, [...(this.byItem.get(item.id) ?? []), entry])
    return entry
  }

  /**
   * What a message would answer after the newest slot. Who asks is whoever the body says, and nobody
   * signed it: an answer proves nothing about them.
   */
  async dryrun(process: Process, asked: Partial<AoMessage>): Promise<AoResult> {
    const last = process.slots.at(-1)!
    const owner = asked.Owner ?? "1234"
    const evaluator = await process.evaluator
    return evaluator.dryrun({
      ...{ Id: asked.Id ?? "1234", Target: process.id, Owner: owner, From: asked.From ?? owner },
      ...{ Data: asked.Data ?? "", Anchor: asked.Anchor ?? "0", Tags: asked.Tags ?? [] },
      ...{ Timestamp: last.timestamp, "Block-Height": last.height, Nonce: last.slot + 1 },
      ...{ Epoch: 0, Module: this.#options.module.id, Cron: false },
    })
  }

  #refusalOf(item: UnitItem, twice: boolean): Refusal | null {
    const refuse = (error: string): Refusal => ({ status: 400, error })
    const { module, scheduler } = this.#options
    if (tagOf(item.tags, "Data-Protocol") !== "ao") return refuse("Data-Protocol must be ao")
    if (this.byItem.has(item.id) && !twice) return refuse("Message already exists")
    if (isNative(item) && firstOf(item.tags, "scheduler") === scheduler) return null
    if (isSpawn(item)) {
      if (tagOf(item.tags, "Module") !== module.id) return refuse("Module is not known")
      if (tagOf(item.tags, "Scheduler") !== scheduler) return refuse("Scheduler is another")
      return null
    }
    if (tagOf(item.tags, "Type") !== "Message") return refuse("Type must be Process or Message")
    const isKnown = this.processes.has(item.target)
    return isKnown ? null : { status: 404, error: "Process does not exist" }
  }

  #open(item: UnitItem): Process {
    const { module } = this.#options
    const environment: AoEnvironment = {
      Process: { Id: item.id, Owner: item.owner, Tags: [...item.tags] },
      Module: { Id: module.id, Tags: [] },
    }
    const evaluator: Promise<Machine> = isNative(item)
      ? Promise.resolve(this.#native(item))
      : Evaluator.open(module.bytes, environment)
    const process: Process = { id: item.id, environment, evaluator, slots: [] }
    this.processes.set(process.id, process)
    return process
  }

  #native(item: UnitItem): Machine {
    const { module, scheduler } = this.#options
    const script = this.#modules.get(firstOf(item.tags, "module")) ?? null
    const { id: process, tags } = item
    return new NativeProcess({ module: module.bytes, script, process, tags, authority: scheduler })
  }

  /** The message as the compute unit hands it to the module; only the sender's parts come from the item. */
  #messageOf(item: UnitItem, place: Omit<Slot, "item" | "result">): AoMessage {
    return {
      ...{ Id: item.id, Target: place.process, Owner: item.owner },
      // Anybody can write this tag. aos refuses it unless the owner is an authority.
      From: tagOf(item.tags, "From-Process") ?? item.owner,
      ...{ Data: item.data, Anchor: item.anchor, Tags: senderTags(item.tags) },
      ...{ Timestamp: place.timestamp, "Block-Height": place.height, Nonce: place.slot, Epoch: 0 },
      ...{ "Hash-Chain": place.hashChain, Module: this.#options.module.id, Cron: false },
    }
  }
}

function isSpawn(item: UnitItem): boolean {
  return tagOf(item.tags, "Type") === "Process"
}

/** A process that a HyperBEAM node computes by itself. A module that it does not have is no reason to refuse it. */
function isNative(item: UnitItem): boolean {
  return isSpawn(item) && firstOf(item.tags, "execution-device") === "lua@5.3a"
}

/** Of the first tag of a name in whatever case. */
function firstOf(tags: readonly AoTag[], name: string): string {
  return tags.find((tag) => tag.name.toLowerCase() === name)?.value ?? ""
}

/** The compute unit drops tags of these names before it evaluates (permaweb/ao, `evaluate`). */
function senderTags(tags: readonly AoTag[]): AoTag[] {
  return tags.filter(({ name }) => name !== "From" && name !== "Owner")
}
