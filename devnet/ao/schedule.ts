// The scheduler and the compute unit of the local network: every message gets a slot, every slot one result.

import { assert } from "../../core/assert.ts"
import { sha256, toBase64url } from "../arweave/bytes.ts"
import type { Log } from "../arweave/log.ts"
import { type AoEnvironment, type AoMessage, type AoResult, Evaluator } from "../evaluator.ts"
import { tagOf, type UnitItem } from "./item.ts"

/** One line of the log: an item in its slot. Everything else follows from it. */
export interface Assigned {
  readonly kind: "assigned"
  readonly process: string
  readonly slot: number
  /** Milliseconds, the scheduler's clock, always growing. */
  readonly timestamp: number
  readonly raw: string
}

export interface Slot {
  readonly process: string
  readonly slot: number
  readonly timestamp: number
  /** base64url(sha256(previous chain | item id)). */
  readonly hashChain: string
  readonly item: UnitItem
  /** Resolves when the slots before it have been evaluated, then this one. Never rejects. */
  readonly result: Promise<AoResult>
  /** The same once it is there. */
  known: AoResult | null
}

export interface Process {
  readonly id: string
  readonly environment: AoEnvironment
  readonly evaluator: Promise<Evaluator>
  readonly slots: Slot[]
}

export type Refusal = { readonly status: 400 | 404; readonly error: string }

export class Schedule {
  readonly processes = new Map<string, Process>()
  /** Slots of a message, by its id: one, unless the scheduler was told to err. */
  readonly byItem = new Map<string, Slot[]>()
  readonly #module: { readonly id: string; readonly bytes: Uint8Array }
  readonly #log: Log
  readonly #now: () => number

  constructor(module: { id: string; bytes: Uint8Array }, log: Log, now: () => number) {
    this.#module = module
    this.#log = log
    this.#now = now
  }

  /** Gives an item its slot, or says why not. `twice` is the fault of giving it another. */
  assign(item: UnitItem, { twice = false } = {}): Slot | Refusal {
    if (tagOf(item.tags, "Data-Protocol") !== "ao")
      return { status: 400, error: "Data-Protocol must be ao" }
    const isSpawn = tagOf(item.tags, "Type") === "Process"
    if (!isSpawn && tagOf(item.tags, "Type") !== "Message")
      return { status: 400, error: "Type must be Process or Message" }
    if (this.byItem.has(item.id) && !twice) return { status: 400, error: "Message already exists" }
    if (isSpawn && tagOf(item.tags, "Module") !== this.#module.id)
      return { status: 400, error: "Module is not known" }
    const process = isSpawn ? item.id : item.target
    const known = this.processes.get(process)
    if (!isSpawn && !known) return { status: 404, error: "Process does not exist" }
    const last = known?.slots.at(-1)
    const assigned: Assigned = {
      kind: "assigned",
      process,
      slot: (last?.slot ?? -1) + 1,
      timestamp: Math.max(this.#now(), (last?.timestamp ?? 0) + 1),
      raw: Buffer.from(item.raw).toString("base64"),
    }
    this.#log.append(assigned)
    return this.apply(assigned, item)
  }

  /** Takes up a line of the log: the same lines make the same state, on any machine. */
  apply({ process: id, slot, timestamp }: Assigned, item: UnitItem): Slot {
    const process = this.processes.get(id) ?? this.#open(item)
    const last = process.slots.at(-1)
    assert(slot === (last?.slot ?? -1) + 1, "slots have no gap")
    const hashChain = toBase64url(sha256(Buffer.from(`${last?.hashChain ?? ""}${item.id}`)))
    const message = this.#messageOf(item, process.id, { slot, timestamp, hashChain })
    // Queued in the evaluator in slot order, because every earlier slot queued before this line ran.
    const result = process.evaluator.then((evaluator) => evaluator.evaluate(message))
    const entry: Slot = { process: id, slot, timestamp, hashChain, item, result, known: null }
    result.then((known) => {
      entry.known = known
    })
    process.slots.push(entry)
    this.byItem.set(item.id, [...(this.byItem.get(item.id) ?? []), entry])
    return entry
  }

  /** What a message would answer, signed by nobody: it proves nothing about who asks. */
  async dryrun(process: Process, asked: Partial<AoMessage>): Promise<AoResult> {
    const last = process.slots.at(-1)!
    const evaluator = await process.evaluator
    return evaluator.dryrun({
      Id: asked.Id ?? "1234",
      Target: process.id,
      Owner: asked.Owner ?? "1234",
      From: asked.From ?? asked.Owner ?? "1234",
      Data: asked.Data ?? "",
      Anchor: asked.Anchor ?? "0",
      Tags: asked.Tags ?? [],
      Timestamp: String(last.timestamp),
      "Block-Height": "1",
      Nonce: last.slot,
      Epoch: 0,
      Module: this.#module.id,
      Cron: false,
    })
  }

  #open(item: UnitItem): Process {
    const environment: AoEnvironment = {
      Process: { Id: item.id, Owner: item.owner, Tags: [...item.tags] },
      Module: { Id: this.#module.id, Tags: [] },
    }
    const evaluator = Evaluator.open(this.#module.bytes, environment)
    const process: Process = { id: item.id, environment, evaluator, slots: [] }
    this.processes.set(process.id, process)
    return process
  }

  #messageOf(
    item: UnitItem,
    process: string,
    { slot, timestamp, hashChain }: Pick<Slot, "slot" | "timestamp" | "hashChain">,
  ): AoMessage {
    return {
      Id: item.id,
      Target: process,
      Owner: item.owner,
      From: tagOf(item.tags, "From-Process") ?? item.owner,
      Data: item.data,
      Anchor: item.anchor,
      Tags: [...item.tags],
      Timestamp: String(timestamp),
      "Block-Height": "1",
      Nonce: slot,
      Epoch: 0,
      "Hash-Chain": hashChain,
      Module: this.#module.id,
      Cron: false,
    }
  }
}
