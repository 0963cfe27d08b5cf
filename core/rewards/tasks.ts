// How far an account is with each task, and what it is given for that: full minimums, caps, budget.

import { unreachable } from "../assert.ts"
import type { AssetName } from "../assets.ts"
import type { Account, Progress } from "./account.ts"
import type { Task, TaskRules } from "./campaign.ts"
import type { RewardEvent } from "./event.ts"

export const DAY_S = 86_400

interface Person {
  points: bigint
  day: number
  dayPoints: bigint
  /** By the task's place in the list. */
  readonly times: bigint[]
  readonly dayTask: bigint[]
}

/** Gives points in the order of events; never more than the budget, and never more to a person than the caps say. */
export class TaskBook {
  readonly rules: TaskRules
  readonly #persons = new Map<string, Person>()
  readonly #personOf: (account: string) => string
  readonly #places: ReadonlyMap<string, number>
  /** Burns whose tokens came back: they count for nothing, whenever that is known. */
  readonly #refunded: ReadonlySet<string>
  spent = 0n

  constructor(
    rules: TaskRules,
    personOf: (account: string) => string,
    refunded: ReadonlySet<string>,
  ) {
    this.rules = rules
    this.#personOf = personOf
    this.#refunded = refunded
    this.#places = new Map(rules.list.map(({ id }, at) => [id, at]))
  }

  /** Counts an event of an account, and gives what follows. `of` finds an account, or makes it. */
  count(event: RewardEvent, account: Account, of: (id: string) => Account): void {
    for (const [at, task] of this.rules.list.entries()) {
      const [fromS, untilS] = task.window
      if (event.atS < fromS || event.atS >= untilS) continue
      const target = this.#count(event, account, task, at, of)
      if (target) this.give(target, at, event.atS)
    }
  }

  /** Whose progress by this task the event moved. */
  #count(
    event: RewardEvent,
    account: Account,
    task: Task,
    at: number,
    of: (id: string) => Account,
  ): Account | null {
    const { predicate } = task
    const own = account.progress[at]!
    const isBridged = event.kind === "mint" && event.asset === predicate.asset
    switch (predicate.kind) {
      case "first-bridge":
        if (!isBridged) return null
        own.volume += event.amount
        return account
      case "bridge":
        if (!isBridged) return null
        own.times += event.amount / predicate.min
        return account
      case "round-trip":
        if (isBridged) own.volume += event.amount
        else if (event.kind !== "burn" || event.asset !== predicate.asset) return null
        else if (this.#refunded.has(event.transfer)) return null
        else own.back += event.amount
        return account
      case "days":
        if (!isBridged) return null
        countDay(own, predicate.min, Math.floor(event.atS / DAY_S), event.amount)
        return account
      case "use":
        if (event.kind !== "move" || event.asset !== predicate.asset) return null
        if (event.to !== predicate.process) return null
        own.times += event.amount / predicate.min
        return account
      case "referral": {
        if (!isBridged) return null
        const before = own.volume / predicate.min
        own.volume += event.amount
        const referrer = of(account.referrer ?? account.id)
        referrer.progress[at]!.times += own.volume / predicate.min - before
        return referrer
      }
      case "terms":
        if (event.kind === "terms" && event.version === predicate.version) own.isTold = true
        else if (isBridged) own.volume += event.amount
        else return null
        return account
      case "external":
        if (event.kind === "external" && event.task === task.id) own.isTold = true
        else if (isBridged) own.volume += event.amount
        else return null
        return account
      case "hold":
        // Time counts it: `hold` below.
        return null
      default:
        return unreachable(predicate)
    }
  }

  /** The account held so much of the asset from one moment to another. */
  hold(account: Account, asset: AssetName, balance: bigint, fromS: number, untilS: number): void {
    for (const [at, { predicate, window }] of this.rules.list.entries()) {
      if (predicate.kind !== "hold" || predicate.asset !== asset) continue
      const own = account.progress[at]!
      const [start, end] = [Math.max(fromS, window[0]), Math.min(untilS, window[1])]
      if (end <= start) continue
      own.volume += balance * BigInt(end - start)
      if (balance < predicate.min) {
        own.sinceS = -1
        continue
      }
      if (own.sinceS < 0) own.sinceS = start
      own.longestS = Math.max(own.longestS, end - own.sinceS)
    }
  }

  /** Gives all that is due to the account at a moment. */
  giveAll(account: Account, atS: number): void {
    for (let at = 0; at < this.rules.list.length; at += 1) this.give(account, at, atS)
  }

  /** Gives what is due for one task, as far as there is room for it today. */
  give(account: Account, at: number, atS: number): void {
    const task = this.rules.list[at]!
    const own = account.progress[at]!
    const due = timesDone(task, own) - own.given
    if (due <= 0n || !this.#hasNeeds(account, task)) return
    const person = this.#person(account.id, Math.floor(atS / DAY_S))
    const { points } = task
    const { dayMax, personMax, budget } = this.rules
    const times = least(
      due,
      BigInt(task.repeat) - person.times[at]!,
      (task.cap - person.dayTask[at]!) / points,
      (dayMax - person.dayPoints) / points,
      (personMax - person.points) / points,
      (budget - this.spent) / points,
    )
    if (times <= 0n) return
    const sum = times * points
    own.given += times
    person.times[at]! += times
    person.dayTask[at]! += sum
    person.dayPoints += sum
    person.points += sum
    this.spent += sum
    account.epochPoints += sum
    account.points += sum
  }

  #hasNeeds(account: Account, { needs }: Task): boolean {
    for (const id of needs) {
      const at = this.#places.get(id)!
      if (timesDone(this.rules.list[at]!, account.progress[at]!) === 0n) return false
    }
    return true
  }

  #person(account: string, day: number): Person {
    const name = this.#personOf(account)
    let person = this.#persons.get(name)
    if (!person) {
      const none = this.rules.list.map(() => 0n)
      person = { points: 0n, day, dayPoints: 0n, times: none, dayTask: [...none] }
      this.#persons.set(name, person)
    }
    if (person.day !== day) {
      person.day = day
      person.dayPoints = 0n
      person.dayTask.fill(0n)
    }
    return person
  }
}

/** Full minimums of a task that the account has done, caps left aside. */
export function timesDone({ predicate }: Task, own: Progress): bigint {
  const { min } = predicate
  switch (predicate.kind) {
    case "first-bridge":
      return own.volume / min
    case "bridge":
    case "use":
    case "referral":
      return own.times
    case "hold":
      if (own.longestS < predicate.days * DAY_S) return 0n
      return own.volume / (min * BigInt(predicate.days * DAY_S))
    case "round-trip":
      return least(own.volume, own.back) / min
    case "days": {
      const today = own.dayVolume / min
      const days = own.days + (today > 0n ? 1 : 0)
      return days < predicate.days ? 0n : (own.times + today) / BigInt(predicate.days)
    }
    case "terms":
    case "external":
      return own.isTold ? own.volume / min : 0n
    default:
      return unreachable(predicate)
  }
}

function countDay(own: Progress, min: bigint, day: number, amount: bigint): void {
  if (own.day !== day) {
    const before = own.dayVolume / min
    own.times += before
    if (before > 0n) own.days += 1
    own.day = day
    own.dayVolume = 0n
  }
  own.dayVolume += amount
}

function least(first: bigint, ...others: readonly bigint[]): bigint {
  let found = first
  for (const one of others) if (one < found) found = one
  return found
}
