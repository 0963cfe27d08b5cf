// The messenger unit: takes items in, and carries what a process sends to other processes, at most once.

import { setTimeout as sleep } from "node:timers/promises"
import type { Jwk } from "../arweave/wallet.ts"
import type { AoOutgoing } from "../evaluator.ts"
import { type Draft, itemSigner, readItem, tagOf, type UnitItem } from "./item.ts"
import type { Refusal, Schedule, Slot } from "./schedule.ts"

/** What goes wrong on the way. A count is used up; the rest lasts until the next `suffer`. */
export interface Misfortunes {
  /** Items that are answered as accepted and never get a slot. */
  swallow: number
  /** Items that get two slots. */
  twice: number
  /** Posts to a HyperBEAM node that get a slot, and an answer that is no HTTP. */
  crash: number
  /** Posts to a HyperBEAM node that get a slot, and are answered with a failure. */
  deny: number
  /** Posts to a HyperBEAM node that get no slot, and an answer that is no HTTP. */
  garble: number
  /** Posts to a HyperBEAM node that are answered with a slot, and get none. */
  pretend: number
  /** Posts to a HyperBEAM node after which a stranger has the outbox of their slot pushed once more. */
  repush: number
  /** Slots of which nothing is sent: the messenger died after their evaluation. */
  forget: number
  /** Deliveries to other processes that are lost. */
  drop: number
  /** Deliveries that are made twice, each under an id of its own, as when a slot is pushed again. */
  duplicate: number
  /** Milliseconds that each delivery takes. */
  delayMs: number
  /** Deliveries wait until the next `suffer` without this. */
  hold: boolean
  /** The messages of a slot, and those that were held, go out last first. */
  reverse: boolean
}

const NO_MISFORTUNE: Misfortunes = {
  ...{ swallow: 0, twice: 0, forget: 0, drop: 0, duplicate: 0, delayMs: 0 },
  ...{ crash: 0, deny: 0, garble: 0, pretend: 0, repush: 0 },
  ...{ hold: false, reverse: false },
}

export class Messenger {
  readonly #schedule: Schedule
  readonly #sign: (draft: Draft) => Promise<UnitItem | null>
  readonly #module: string
  #misfortunes: Misfortunes = { ...NO_MISFORTUNE }
  #moving = new Set<Promise<void>>()
  #held: Delivery[] = []
  readonly #stopping = new AbortController()

  constructor(schedule: Schedule, wallet: Jwk, module: string) {
    this.#schedule = schedule
    this.#sign = itemSigner(wallet)
    this.#module = module
  }

  /** What goes wrong from now on; what is left out goes well. */
  suffer(misfortunes: Partial<Misfortunes>): void {
    this.#misfortunes = { ...NO_MISFORTUNE, ...misfortunes }
    if (this.#misfortunes.hold) return
    const held = this.#held
    this.#held = []
    this.#track(this.#deliverAll(this.#misfortunes.reverse ? held.reverse() : held))
  }

  /** `POST MU`: a signed data item. */
  accept(raw: Uint8Array): { readonly id: string } | Refusal {
    const item = readItem(raw)
    if (item === null) return { status: 400, error: "Data item is not valid" }
    if (this.befalls("swallow")) return { id: item.id }
    const slot = this.#schedule.assign(item)
    if ("error" in slot) return slot
    const way = { root: item.id, depth: 0 }
    this.#track(this.#push(slot, way))
    if (this.befalls("twice")) this.#hand(item, way, { twice: true })
    return { id: item.id }
  }

  /** What a HyperBEAM node does with an item: it takes it as often as it comes. Delivered only if `push`. */
  schedule(item: UnitItem, push: boolean): Slot | Refusal {
    const slot = this.#schedule.assign(item, { twice: true })
    if (!("error" in slot) && push) this.push(slot, item.id)
    return slot
  }

  /** Delivers the outbox of a slot, each message under a new id; whoever asks, and as often. */
  push(slot: Slot, root = slot.item.id): void {
    this.#track(this.#push(slot, { root, depth: 0 }))
  }

  /** Resolves when nothing is being evaluated or on its way, but what is held. */
  async idle(): Promise<void> {
    while (this.#moving.size > 0) await Promise.all(this.#moving)
  }

  /** Lets what is moving arrive; what is held or delayed is lost. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.idle()
  }

  async #push(slot: Slot, way: Way): Promise<void> {
    const { Messages } = await slot.result
    if (Messages.length === 0 || this.befalls("forget")) return
    const sender = slot.process
    const outbox = Messages.map((message) => ({ sender, message, way }))
    await this.#deliverAll(this.#misfortunes.reverse ? outbox.reverse() : outbox)
  }

  async #deliverAll(deliveries: readonly Delivery[]): Promise<void> {
    // One that cannot be delivered (no tags, too many) is lost, and no other with it.
    for (const delivery of deliveries) await this.#deliver(delivery).catch(() => {})
  }

  async #deliver(delivery: Delivery): Promise<void> {
    const { sender, message, way } = delivery
    // A wallet reads its messages in the sender's result; there is nothing to run.
    if (!this.#schedule.processes.has(message.Target) || way.depth >= DEPTH_MAX) return
    if (this.#misfortunes.hold) {
      this.#held.push(delivery)
      return
    }
    if (this.befalls("drop")) return
    const { delayMs } = this.#misfortunes
    if (delayMs > 0) await sleep(delayMs, null, { signal: this.#stopping.signal, ref: false })
    const draft = this.#carried(sender, message, way)
    const copies = this.befalls("duplicate") ? 2 : 1
    for (let copy = 0; copy < copies; copy++) {
      const item = await this.#sign(draft)
      if (item !== null) this.#hand(item, { root: way.root, depth: way.depth + 1 })
    }
  }

  /** To the scheduler; a refusal is nobody's to hear. */
  #hand(item: UnitItem, way: Way, options: { twice?: boolean } = {}): void {
    const slot = this.#schedule.assign(item, options)
    if (!("error" in slot)) this.#track(this.#push(slot, way))
  }

  /** Nobody waits for a push, so that none can fail its sender. */
  #track(work: Promise<void>): void {
    this.#moving.add(work)
    work.finally(() => this.#moving.delete(work))
  }

  /** Uses up one of a misfortune, if one is left. */
  befalls(name: Counted): boolean {
    if (this.#misfortunes[name] <= 0) return false
    this.#misfortunes[name] -= 1
    return true
  }

  /** The owner of what we carry is the messenger: a receiver trusts it by its Authority alone. */
  #carried(sender: string, { Target, Data, Anchor, Tags }: AoOutgoing, { root }: Way): Draft {
    const theirs = Tags.filter(({ name }) => !UNIT_TAGS.includes(name))
    const ours = [
      { name: "Data-Protocol", value: "ao" },
      { name: "Type", value: "Message" },
      ...(tagOf(theirs, "Variant") === null ? [{ name: "Variant", value: "ao.TN.1" }] : []),
      { name: "From-Process", value: sender },
      { name: "From-Module", value: this.#module },
      { name: "Pushed-For", value: root },
    ]
    const tags = [...ours, ...theirs].map(({ name, value }) => ({ name, value: `${value}` }))
    return { target: Target, data: Data ?? "", anchor: Anchor ?? "", tags }
  }
}

type Counted = Exclude<keyof Misfortunes, "delayMs" | "hold" | "reverse">

interface Delivery {
  readonly sender: string
  readonly message: AoOutgoing
  readonly way: Way
}

interface Way {
  /** The message that somebody signed, from which all this follows. */
  readonly root: string
  readonly depth: number
}

/** A chain of answers ends here: two processes that answer each other would go on for ever. */
const DEPTH_MAX = 32

/** Tags that the units write, whatever the process wrote. */
const UNIT_TAGS = [
  "Data-Protocol",
  "Type",
  "From-Process",
  "From-Module",
  "Pushed-For",
  "Assignments",
]
