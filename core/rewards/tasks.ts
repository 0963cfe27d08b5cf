// How far an account is with each task, and what it is given for that: full minimums, caps, budget.

import { unreachable } from "../assert.ts"
import type { AssetName } from "../assets.ts"
import { type Account, type Holding, newPerson, type Person, type Progress } from "./account.ts"
import type { Predicate, Task, TaskRules } from "./campaign.ts"
import type { RewardEvent } from "./event.ts"

export const DAY_S = 86_400

/** What can move a task. `time`: that something is held. */
type Fact = RewardEvent["kind"] | "time"

const FACTS: Readonly<Record<Predicate["kind"], readonly Fact[]>> = {
  ...{ "first-bridge": ["mint"], bridge: ["mint"], days: ["mint"], referral: ["mint"] },
  ...{ hold: ["time"], "round-trip": ["mint", "burn"], use: ["move"] },
  ...{ terms: ["mint", "terms"], external: ["mint", "external"] },
}

const NONE: readonly number[] = []

/** Gives points in the order of events; never more than the budget, and never more to a person than the caps say. */
export class TaskBook {
  readonly rules: TaskRules
  readonly #persons = new Map<string, Person>()
  readonly #personOf: (account: string) => string
  readonly #places: ReadonlyMap<string, number>
  /** By what can move them: most events concern few tasks. */
  readonly #byFact: ReadonlyMap<Fact, ReadonlyMap<AssetName | "", readonly number[]>>
  readonly #holds: ReadonlyMap<AssetName | "", readonly number[]>
  /** Burns whose tokens came back: they count for nothing, whenever that is known. */
  readonly #refunded: ReadonlySet<string>
  /** How often a person may be given each task on a day: numbers, as millions of them are counted. */
  readonly #capTimes: readonly number[]
  spent = 0n

  constructor(
    rules: TaskRules,
    personOf: (account: string) => string,
    refunded: ReadonlySet<string>,
  ) {
    this.rules = rules
    this.#personOf = personOf
    this.#refunded = refunded
    this.#capTimes = rules.list.map(({ cap, points, repeat }) =>
      Number(least(cap / points, BigInt(repeat))),
    )
    this.#places = new Map(rules.list.map(({ id }, at) => [id, at]))
    const byFact = new Map<Fact, Map<AssetName | "", number[]>>()
    for (const [at, { predicate }] of rules.list.entries())
      for (const kind of FACTS[predicate.kind]) {
        const asset = kind === "terms" || kind === "external" ? "" : predicate.asset
        const byAsset = byFact.get(kind) ?? new Map<AssetName | "", number[]>()
        byFact.set(kind, byAsset.set(asset, [...(byAsset.get(asset) ?? []), at]))
      }
    this.#holds = byFact.get("time") ?? new Map()
    this.#byFact = byFact
  }

  /** Counts an event of an account, and gives what follows. `of` finds an account, or makes it. */
  count(event: RewardEvent, account: Account, of: (id: string) => Account): void {
    const places = this.#byFact.get(event.kind)?.get("asset" in event ? event.asset : "")
    if (!places) return
    for (const at of places) {
      const task = this.rules.list[at]!
      const { window } = task
      if (event.atS < window[0] || event.atS >= window[1]) continue
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
        own.volume += event.amount
        const done = own.volume / predicate.min
        const referrer = of(account.referrer ?? account.id)
        referrer.progress[at]!.times += done - own.back
        own.back = done
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

  /** The account held so much of the asset since the moment in `holding`: `held` unit-seconds of it. */
  hold(
    account: Account,
    asset: AssetName,
    { balance, lastS }: Holding,
    untilS: number,
    held: bigint,
  ): void {
    for (const at of this.#holds.get(asset) ?? NONE) {
      const { predicate, window } = this.rules.list[at]!
      if (predicate.kind !== "hold") continue
      const own = account.progress[at]!
      const start = Math.max(lastS, window[0])
      const end = Math.min(untilS, window[1])
      if (end <= start) continue
      const isWhole = start === lastS && end === untilS
      own.volume += isWhole ? held : balance * BigInt(end - start)
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
    const due = timesDone(task, own) - BigInt(own.given)
    if (due <= 0n || !this.#hasNeeds(account, task)) return
    const person = this.#person(account, Math.floor(atS / DAY_S))
    const { points } = task
    const { dayMax, personMax, budget } = this.rules
    const left = task.repeat - person.times[at]!
    let times = due > left ? left : Number(due)
    times = Math.min(times, this.#capTimes[at]! - person.dayTimes[at]!)
    const today = dayMax - person.dayPoints
    const room = least(today, least(personMax - person.points, budget - this.spent))
    let sum = BigInt(times) * points
    if (sum > room) {
      times = Number(room / points)
      sum = BigInt(times) * points
    }
    if (times <= 0) return
    own.given += times
    person.times[at]! += times
    person.dayTimes[at]! += times
    person.dayPoints += sum
    person.points += sum
    this.spent += sum
  }

  /** All that the account was ever given. */
  pointsOf({ progress }: Account): bigint {
    let sum = 0n
    for (let at = 0; at < progress.length; at += 1) {
      const { given } = progress[at]!
      if (given > 0) sum += BigInt(given) * this.rules.list[at]!.points
    }
    return sum
  }

  #hasNeeds(account: Account, { needs }: Task): boolean {
    for (const id of needs) {
      const at = this.#places.get(id)!
      if (timesDone(this.rules.list[at]!, account.progress[at]!) === 0n) return false
    }
    return true
  }

  #person(account: Account, day: number): Person {
    let { person } = account
    if (!person) {
      const name = this.#personOf(account.id)
      person = this.#persons.get(name) ?? newPerson(day, this.rules.list.length)
      this.#persons.set(name, person)
      account.person = person
    }
    if (person.day !== day) {
      person.day = day
      person.dayPoints = 0n
      person.dayTimes.fill(0)
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

function least(one: bigint, other: bigint): bigint {
  return one < other ? one : other
}
