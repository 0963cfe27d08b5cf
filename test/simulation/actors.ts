// Whoever is at work in a run: each may die between two steps, or stand still and go on later with what it knew.

import { remedyOf } from "../../core/errors.ts"
import { next, type Steps } from "./steps.ts"
import { Violation } from "./violation.ts"
import type { World } from "./world.ts"

/** Undefined: it is over. */
export type Waiting = void | Promise<void>

/** Somebody who does one thing at a time, step by step, and can die between any two. */
interface Actor {
  readonly begin: () => Steps | null
  steps: Steps | null
  startedAt: number
  stalledUntil: number
}

export class Actors {
  readonly #world: World
  readonly #all: Actor[] = []
  #awake: Actor | null = null

  constructor(world: World) {
    this.#world = world
  }

  /** What moves it by a step. */
  add(begin: () => Steps | null): () => Waiting {
    const actor: Actor = { begin, steps: null, startedAt: 0, stalledUntil: 0 }
    this.#all.push(actor)
    return () => this.#run(actor)
  }

  /** One that stood still goes on at the worst moment, with what it knew. */
  wakeOne(): void {
    const { now, random } = this.#world
    const still = this.#all.filter(({ stalledUntil }) => stalledUntil > now)
    if (still.length === 0 || !random.chance(0.5)) return
    this.#awake = random.pick(still)
    this.#awake.stalledUntil = now
  }

  /** What moves the one that was woken; null when there is none. */
  woken(): (() => Waiting) | null {
    const actor = this.#awake
    this.#awake = null
    return actor && (() => this.#run(actor))
  }

  wake(): void {
    for (const actor of this.#all) actor.stalledUntil = 0
  }

  die(): void {
    for (const actor of this.#all) actor.steps = null
  }

  #run(actor: Actor): Waiting {
    const { now, random, faults } = this.#world
    if (actor.stalledUntil > now) return
    if (random.chance(faults.stall)) {
      actor.stalledUntil = now + random.between(50, 2_000)
      return
    }
    if (actor.steps && random.chance(faults.crash)) {
      this.#world.log("a process dies")
      actor.steps = null
      return
    }
    if (!actor.steps) {
      actor.steps = actor.begin()
      actor.startedAt = now
    }
    this.#world.startedAt = actor.startedAt
    const { steps } = actor
    if (!steps) return
    try {
      const isOver = next(steps)
      if (typeof isOver !== "boolean") return this.#later(actor, isOver)
      if (isOver) actor.steps = null
    } catch (error) {
      this.#failed(actor, error)
    }
  }

  async #later(actor: Actor, isOver: Promise<boolean>): Promise<void> {
    try {
      if (await isOver) actor.steps = null
    } catch (error) {
      this.#failed(actor, error)
    }
  }

  #failed(actor: Actor, error: unknown): void {
    actor.steps = null
    if (error instanceof Violation || remedyOf(error) === "halt") throw error
    // A process that meets any other error looks again later; what it left undone is in the outbox.
    this.#world.log(`${error instanceof Error ? error.message : error}`)
  }
}
