// What one endpoint lets its clients see of the slots and results: all of it, or what its faults leave.

import type { AoResult } from "../evaluator.ts"
import type { UnitItem } from "./item.ts"
import type { Process, Schedule, Slot } from "./schedule.ts"

/** How an endpoint misbehaves; `{}` is an honest one. */
export interface Faults {
  /** The newest slots that it does not show yet. */
  readonly lagSlots?: number
  /** Slots are shown, but the results of the newest ones are not there yet. */
  readonly lagResults?: number
  /** Quantities in its results are told with one more digit. */
  readonly lie?: boolean
  /** Finer lies, for tests in the same process. */
  readonly tamper?: {
    readonly result?: (result: AoResult, slot: Slot) => AoResult
    readonly item?: (item: UnitItem, slot: Slot) => UnitItem
  }
  /** It answers with this status instead, on paths that start so, and only the first `times`. */
  readonly fail?: { readonly status: number; readonly path?: string; readonly times?: number }
  /** It takes the request and never answers. */
  readonly hang?: boolean
  /** It answers this much later. */
  readonly delayMs?: number
}

export class View {
  readonly #schedule: Schedule
  #faults: Faults
  #fails = 0

  constructor(schedule: Schedule, faults: Faults = {}) {
    this.#schedule = schedule
    this.#faults = faults
  }

  get faults(): Faults {
    return this.#faults
  }

  set faults(faults: Faults) {
    this.#faults = faults
    this.#fails = 0
  }

  /** The status to answer with instead, or null. */
  failure(path: string): number | null {
    const { fail } = this.#faults
    if (!fail || !path.startsWith(fail.path ?? "")) return null
    if (fail.times !== undefined && this.#fails >= fail.times) return null
    this.#fails += 1
    return fail.status
  }

  process(id: string): Process | null {
    return this.#schedule.processes.get(id) ?? null
  }

  /** The slots of a process from `from` to `to`, both inclusive, as this endpoint tells them. */
  slots(process: Process, from = 0, to = Number.POSITIVE_INFINITY): readonly Slot[] {
    const shown = process.slots.slice(
      Math.max(0, from),
      Math.max(0, Math.min(to + 1, this.#end(process))),
    )
    const item = this.#faults.tamper?.item
    return item ? shown.map((slot) => ({ ...slot, item: item(slot.item, slot) })) : shown
  }

  /** The first slot of a message, in this process or in any. */
  slotOf(message: string, process: string | null): Slot | null {
    const slots = this.#schedule.byItem.get(message) ?? []
    const slot = slots.find((one) => process === null || one.process === process)
    return slot ? (this.slots(this.process(slot.process)!, slot.slot, slot.slot)[0] ?? null) : null
  }

  /** The result once it is computed; null while this endpoint pretends not to have it. */
  async result(slot: Slot): Promise<AoResult | null> {
    const process = this.process(slot.process)!
    if (slot.slot >= this.#end(process) - (this.#faults.lagResults ?? 0)) return null
    const { lie, tamper } = this.#faults
    const result = await slot.result
    return tamper?.result ? tamper.result(result, slot) : lie ? lied(result) : result
  }

  #end(process: Process): number {
    return process.slots.length - (this.#faults.lagSlots ?? 0)
  }
}

function lied(result: AoResult): AoResult {
  return {
    ...result,
    Messages: result.Messages.map((message) => ({
      ...message,
      Tags: message.Tags.map(({ name, value }) => ({
        name,
        value: name === "Quantity" ? `${value}0` : value,
      })),
    })),
  }
}
