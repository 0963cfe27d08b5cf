// What one endpoint lets its clients see of the slots and results: all of it, or what its faults leave.

import type { AoResult } from "../evaluator.ts"
import type { Process, Schedule, Slot } from "./schedule.ts"

/** How an endpoint misbehaves; `{}` is an honest one. */
export interface Faults {
  /** The newest slots that it does not show yet. */
  readonly lagSlots?: number
  /** Slots are shown, but the results of the newest ones are not there yet. */
  readonly lagResults?: number
  /** Quantities in its results are told with one more digit. */
  readonly lie?: boolean
  /** It answers with this status instead, on paths that start so, and only the first `times`. */
  readonly fail?: { readonly status: number; readonly path?: string; readonly times?: number }
  /** It takes the request and never answers. */
  readonly hang?: boolean
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

  /** The slots of a process from `from` to `to`, both inclusive. */
  slots(process: Process, from: number, to: number): readonly Slot[] {
    const seen = process.slots.length - (this.#faults.lagSlots ?? 0)
    return process.slots.slice(Math.max(0, from), Math.max(0, Math.min(to + 1, seen)))
  }

  /** The first slot of a message in a process. */
  slotOf(process: string, message: string): Slot | null {
    const slot = this.#schedule.byItem.get(message)?.find((one) => one.process === process)
    const owner = this.process(process)
    return slot && owner && this.slots(owner, slot.slot, slot.slot).length > 0 ? slot : null
  }

  /** The result once it is computed; null while this endpoint pretends not to have it. */
  async result(slot: Slot): Promise<AoResult | null> {
    const process = this.process(slot.process)!
    const behind = this.#faults.lagResults ?? 0
    if (behind > 0 && slot.slot >= process.slots.length - behind) return null
    const result = await slot.result
    return this.#faults.lie ? lied(result) : result
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
