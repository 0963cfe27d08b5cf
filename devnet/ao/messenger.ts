// The messenger unit: takes items in, and carries what a process sends to other processes, at most once.

import type { Jwk } from "../arweave/wallet.ts"
import type { AoOutgoing } from "../evaluator.ts"
import { readItem, signItem, tagOf, type UnitItem } from "./item.ts"
import type { Refusal, Schedule, Slot } from "./schedule.ts"

/** What goes wrong on the way; each count is used up. */
export interface Misfortunes {
  /** Items that are answered as accepted and never get a slot. */
  swallow: number
  /** Items that get two slots. */
  twice: number
  /** Deliveries to other processes that are lost, delayed, made twice, or made in the other order. */
  drop: number
  delayMs: number
  duplicate: number
  reverse: boolean
}

export const NO_MISFORTUNE: Misfortunes = {
  swallow: 0,
  twice: 0,
  drop: 0,
  delayMs: 0,
  duplicate: 0,
  reverse: false,
}

/** A chain of answers ends here: two processes that answer each other would go on for ever. */
const DEPTH_MAX = 32

/** Tags that the unit sets itself on what it carries. */
const OWN_TAGS = [
  "Data-Protocol",
  "Type",
  "From-Process",
  "From-Module",
  "Assignments",
  "Pushed-For",
]

export class Messenger {
  misfortunes: Misfortunes = { ...NO_MISFORTUNE }
  /** Messages to addresses that are no process: recorded, delivered to nobody. */
  readonly undeliverable: AoOutgoing[] = []
  readonly #schedule: Schedule
  readonly #wallet: Jwk
  readonly #module: string
  #pending = new Set<Promise<void>>()

  constructor(schedule: Schedule, wallet: Jwk, module: string) {
    this.#schedule = schedule
    this.#wallet = wallet
    this.#module = module
  }

  /** `POST MU`: a signed data item. */
  async accept(raw: Uint8Array): Promise<{ readonly id: string } | Refusal> {
    const item = await readItem(raw)
    if (item === null) return { status: 400, error: "Data item is not valid" }
    if (this.misfortunes.swallow > 0) {
      this.misfortunes.swallow -= 1
      return { id: item.id }
    }
    const slot = this.#schedule.assign(item)
    if ("error" in slot) return slot
    this.#follow(slot, { root: item.id, depth: 0 })
    if (this.misfortunes.twice > 0) {
      this.misfortunes.twice -= 1
      const again = this.#schedule.assign(item, { twice: true })
      if (!("error" in again)) this.#follow(again, { root: item.id, depth: 0 })
    }
    return { id: item.id }
  }

  /** Resolves when nothing is on its way any more. */
  async idle(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all(this.#pending)
  }

  /** A failed push never fails its sender, so nothing here is thrown to anybody. */
  #follow(slot: Slot, way: Way): void {
    const work = this.#push(slot, way).catch(() => {})
    this.#pending.add(work)
    work.finally(() => this.#pending.delete(work))
  }

  async #push(slot: Slot, { root, depth }: Way): Promise<void> {
    const { Messages, Error: failure } = await slot.result
    if (failure !== undefined) return
    const outbox = this.misfortunes.reverse ? [...Messages].reverse() : Messages
    for (const message of outbox) {
      if (!this.#schedule.processes.has(message.Target)) this.undeliverable.push(message)
      else if (depth < DEPTH_MAX)
        await this.#deliver(slot.process, message, { root, depth: depth + 1 })
    }
    // Wallets are told nothing; only the last are kept, for those who look.
    this.undeliverable.splice(0, this.undeliverable.length - 1_000)
  }

  async #deliver(sender: string, message: AoOutgoing, way: Way): Promise<void> {
    const { misfortunes } = this
    if (misfortunes.drop > 0) {
      misfortunes.drop -= 1
      return
    }
    if (misfortunes.delayMs > 0) await new Promise((go) => setTimeout(go, misfortunes.delayMs))
    const item = await signItem(this.#wallet, this.#carried(sender, message, way))
    this.#hand(item, way)
    if (misfortunes.duplicate > 0) {
      misfortunes.duplicate -= 1
      this.#hand(item, way, true)
    }
  }

  #hand(item: UnitItem, way: Way, twice = false): void {
    const slot = this.#schedule.assign(item, { twice })
    if (!("error" in slot)) this.#follow(slot, way)
  }

  #carried(sender: string, { Target, Data, Anchor, Tags }: AoOutgoing, { root }: Way) {
    const own = [
      { name: "Data-Protocol", value: "ao" },
      { name: "Type", value: "Message" },
      { name: "From-Process", value: sender },
      { name: "From-Module", value: this.#module },
      { name: "Pushed-For", value: root },
    ]
    const tags = Tags.filter(({ name }) => !OWN_TAGS.includes(name)).map(({ name, value }) => ({
      name,
      value: String(value),
    }))
    const hasVariant = tagOf(tags, "Variant") !== null
    return {
      target: Target,
      data: Data ?? "",
      anchor: Anchor ?? "",
      tags: [...own, ...(hasVariant ? [] : [{ name: "Variant", value: "ao.TN.1" }]), ...tags],
    }
  }
}

interface Way {
  /** The message that somebody signed, from which all this follows. */
  readonly root: string
  readonly depth: number
}
