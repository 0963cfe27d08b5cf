// One run: model chains, store, services, signers and people, moved in an order that the seed decides.

import type { EventKind } from "../../core/transfer.ts"
import { Actors, type Waiting } from "./actors.ts"
import { AoView, burnIn, type Mint, type ModelAo } from "./ao.ts"
import { Committee } from "./committee.ts"
import {
  askTooEarly,
  askWickedly,
  CALM,
  type Faults,
  faultsOf,
  forestall,
  troubleHome,
  troubleServices,
} from "./faults.ts"
import { type Deposit, FEE_FLOOR, HomeView, type ModelHome, offerOf, type Release } from "./home.ts"
import { Audit, type Truth } from "./invariants.ts"
import { type HomeName, homeOfLedger, isHome, type ModelChain } from "./kinds.ts"
import { DAY_MS, limitsIn, type SignerLimits } from "./limits.ts"
import { burn, decide, deposit, sendAgain } from "./people.ts"
import type { Plan } from "./plans.ts"
import { Random } from "./random.ts"
import { restoreFrom } from "./recover.ts"
import { type Endpoints, type Route, routesOf } from "./routes.ts"
import type { Rules } from "./rules.ts"
import type { Answer, Approvals, Signer } from "./signers.ts"
import type { Steps } from "./steps.ts"
import { ModelStore, type OutboxRow } from "./store.ts"
import { Endpoint } from "./views.ts"
import { follow, lookAfter } from "./watchers.ts"
import { work } from "./workers.ts"

/** Events after which a process with an old mind can do most harm. */
const AWKWARD: ReadonlySet<EventKind> = new Set(["Planned", "Died"])
/** A step of the world. */
const STEP_MS = 6_000
/** In the end a day goes by now and then, or what waits for the next one would never go. */
const NIGHT_EVERY = 250
/** Of another stream of chance than the rest. */
const CHAOS = 0x51_6e_e7

/** Virtual time after which the sweeper takes a dispatched job for lost. */
const LOST_AFTER = 80

export class World {
  readonly random: Random
  readonly rules: Rules
  readonly routes: readonly Route[]
  readonly chains: readonly ModelChain[]
  readonly store: ModelStore
  readonly audit: Audit
  readonly approvals: Approvals = { paid: new Set(), redirected: new Set() }
  readonly truth: Truth = new Map()
  /** Deposits that were given up with their fork. */
  readonly gone: Deposit[] = []
  readonly decisions = new Map<string, number>()
  readonly queue: string[] = []
  readonly services: Endpoints
  /** Every endpoint of the services and of the signers. */
  readonly endpoints: { lag: number; stillUntil: number }[]
  readonly committee: Committee
  readonly limits: SignerLimits
  /** What goes wrong with signers. */
  readonly chaos: Random
  /** Virtual time: one step, about six seconds. */
  now = 0
  /** When the work that is going on began. */
  startedAt = 0
  faults: Faults
  readonly log: (line: string) => void
  readonly actors: Actors
  readonly #duplicates: { readonly message: Mint; readonly at: number; readonly ao: ModelAo }[] = []
  /** The books as they were some time ago. */
  #backup: ModelStore | null = null
  readonly #turns: readonly (readonly [weight: number, act: () => Waiting])[]
  readonly #weights: number
  /** Time that went by with nobody at work. */
  #nightsMs = 0
  #names = 0

  constructor(seed: number, rules: Rules, log: (line: string) => void) {
    this.random = new Random(seed)
    this.rules = rules
    this.chaos = new Random(seed ^ CHAOS)
    this.limits = limitsIn(this.chaos)
    this.routes = routesOf(this.random, rules.skew, () => this.nowMs)
    this.chains = this.routes.flatMap(({ home, ao }) => [home.name, ao.name])
    this.services = this.ownEndpoints()
    this.endpoints = [...this.services.values()]
    this.log = (line) => log(`${this.now} ${line}`)
    this.faults = faultsOf(this.random)
    this.audit = new Audit(this)
    this.actors = new Actors(this)
    this.store = new ModelStore(rules, (applied) => {
      for (const { transfer, change } of applied)
        this.log(`${transfer.id} ${change.event.kind} -> ${transfer.state} v${transfer.version}`)
      for (const { transfer } of applied) this.store.changedAt.set(transfer.id, this.now)
      this.audit.committed(applied)
      if (applied.some(({ change }) => AWKWARD.has(change.event.kind))) this.actors.wakeOne()
    })
    this.committee = new Committee(this, this.random.chance(this.faults.lie))
    const worker = () => this.actors.add(() => this.#job())
    const watcher = (chain: ModelChain) => this.actors.add(() => follow(this, chain))
    const watchers = this.routes.map(({ home, ao }) => ({
      home: [watcher(home.name), watcher(home.name)],
      ledger: [watcher(ao.name), watcher(ao.name)],
    }))
    const watch = (which: "home" | "ledger") => () => {
      const at = this.routes.indexOf(this.pickRoute())
      return this.random.pick(watchers[at]![which])()
    }
    this.#turns = [
      [1.6, () => this.#here((route) => this.#mine(route))],
      [3, () => this.#here((route) => this.#schedule(route))],
      [7, watch("home")],
      [5, watch("ledger")],
      [1, this.actors.add(() => lookAfter(this))],
      [4, () => this.#dispatch()],
      [9, worker()],
      [9, worker()],
      [0.4, this.actors.add(() => decide(this))],
      [1, () => this.#people()],
      [1, () => troubleServices(this)],
      [0.4, () => this.#wicked()],
    ]
    this.#weights = this.#turns.reduce((sum, [weight]) => sum + weight, 0)
  }

  /** Virtual time, milliseconds. */
  get nowMs(): number {
    return this.now * STEP_MS + this.#nightsMs
  }

  /** One step of somebody; it is over when what it returns is. */
  step(): Waiting {
    this.now += 1
    if (this.isCalm && this.now % NIGHT_EVERY === 0) this.#nightsMs += DAY_MS
    const woken = this.actors.woken()
    if (woken) return woken()
    let left = this.random.next() * this.#weights
    for (const [weight, act] of this.#turns) {
      left -= weight
      if (left < 0) return act()
    }
  }

  /** No more faults, no more deposits; what goes on is everybody doing their duty. */
  calm(): void {
    this.log("calm")
    this.faults = CALM
    this.#duplicates.length = 0
    for (const { home, ao } of this.routes) {
      home.congestedUntil = 0
      home.feeFloor = FEE_FLOOR
      ao.paused = false
    }
    this.actors.wake()
    for (const endpoint of this.endpoints) Object.assign(endpoint, { lag: 0, stillUntil: 0 })
  }

  get signers(): readonly Signer[] {
    return this.committee.signers
  }

  get isCalm(): boolean {
    return this.faults === CALM
  }

  homeOf(chain: ModelChain): ModelHome {
    const name = isHome(chain) ? chain : homeOfLedger(chain)
    return this.routes.find(({ home }) => home.name === name)!.home
  }

  ledgerOf(chain: ModelChain): ModelAo {
    return this.routes.find(({ ao }) => ao.name === chain)!.ao
  }

  endpointOf(chain: ModelChain): Endpoint<HomeView | AoView> {
    return this.services.get(chain)!
  }

  /** Where the next thing happens: more on some routes than on others, until all have to come to rest. */
  pickRoute(): Route {
    if (this.isCalm) return this.random.pick(this.routes)
    let left = this.random.next()
    for (const route of this.routes) {
      left -= route.share
      if (left < 0) return route
    }
    return this.routes[0]!
  }

  /** The books of some time before take the place of those that were lost. */
  loseBooks(): void {
    const backup = this.#backup
    this.#backup = this.store.snapshot()
    if (backup === null || this.committee.hasForgotten) return
    this.actors.die()
    restoreFrom(this, backup)
  }

  name(kind: string): string {
    this.#names += 1
    return `${kind}-${this.#names}`
  }

  pause(chain: ModelChain): void {
    this.log(`${chain} is paused`)
    if (!this.store.paused.has(chain)) this.store.paused.set(chain, this.now)
  }

  /** Null: the signer cannot be reached, perhaps after it has done its part. */
  async ask(signer: Signer, plan: Plan): Promise<Answer | null> {
    if (this.random.chance(this.faults.unreachable)) return null
    const answer = await signer.sign(plan)
    if (answer === null) {
      this.log(`${signer.name} dies over ${plan.id}`)
      return null
    }
    const words = answer.share ? "signs" : answer.refusals.map(({ detail }) => detail).join(", ")
    this.log(`${signer.name} ${plan.id}: ${words}`)
    return this.random.chance(this.faults.unreachable) ? null : answer
  }

  submitHome(chain: HomeName, release: Release): void {
    const taken = this.homeOf(chain).submit(release)
    this.log(`${release.id} submitted${taken ? "" : ", and refused"}`)
  }

  submitToAo(chain: ModelChain, mint: Mint): void {
    this.log(`${mint.id} submitted`)
    this.ledgerOf(chain).submit(mint)
  }

  ownEndpoints(): Endpoints {
    const made = new Map<ModelChain, Endpoint<HomeView | AoView>>()
    for (const { home, ao } of this.routes) {
      made.set(home.name, new Endpoint((lag) => new HomeView(home, lag)))
      made.set(ao.name, new Endpoint((lag) => new AoView(ao, lag)))
    }
    return made
  }

  /** A job from the queue, if there is one. */
  #job(): Steps | null {
    if (this.queue.length === 0) return null
    const [job] = this.queue.splice(this.random.between(0, this.queue.length - 1), 1)
    const row = this.store.outbox.get(job!)
    return row ? this.#handle(row) : null
  }

  *#handle(row: OutboxRow): Steps {
    if (!this.rules.marksDoneAfterDeed) this.store.outbox.delete(row.job)
    row.tries += 1
    row.notBefore = this.now + this.random.between(10, 60)
    const outcome = yield* work(this, row)
    if (outcome === "later") {
      row.dispatchedAt = null
      return
    }
    yield
    this.store.outbox.delete(row.job)
  }

  #dispatch(): void {
    for (const row of this.store.outbox.values()) {
      if (row.notBefore > this.now) continue
      if (row.dispatchedAt !== null && this.now - row.dispatchedAt < LOST_AFTER) continue
      row.dispatchedAt = this.now
      // The queue knows a waiting job by its id, most of the time.
      if (this.queue.includes(row.job) && !this.random.chance(this.faults.twice)) continue
      this.queue.push(row.job)
    }
  }

  /** On one route, or in the end on all of them at once: nobody has anything to do but to come to rest. */
  #here(act: (route: Route) => void): void {
    if (this.isCalm) this.routes.forEach(act)
    else act(this.pickRoute())
  }

  #mine({ home }: Route): void {
    const { random, faults } = this
    troubleHome(this, home)
    home.mine((transaction) => {
      if (!home.mempool.has(transaction.id)) return random.chance(faults.lateInclusion)
      if (transaction.kind === "release") {
        if (home.height < home.congestedUntil) return false
        if (home.kind.slots === "coins" && offerOf(transaction) < home.feeFloor) return false
      }
      return this.isCalm || random.chance(0.7)
    })
    this.audit.chainMoved()
  }

  #schedule({ ao }: Route): void {
    const { random, faults } = this
    ao.failing = random.chance(faults.aoFail)
    const due = this.#duplicates.findIndex((one) => one.ao === ao && one.at <= this.now)
    if (due >= 0) {
      const [again] = this.#duplicates.splice(due, 1)
      this.log(`${again!.message.id} gets another slot`)
      ao.schedule(again!.message)
    } else if (ao.waiting.length > 0) {
      const at = this.isCalm ? 0 : random.between(0, ao.waiting.length - 1)
      const [message] = ao.waiting.splice(at, 1)
      if (message!.kind === "mint" && random.chance(faults.aoDrop)) ao.forget(message!)
      else {
        const slot = ao.schedule(message!)
        const sighting = burnIn(slot, ao.name)
        if (sighting) this.truth.set(sighting.id, sighting)
        if (message!.kind === "mint") {
          this.log(`${message!.id} slot ${slot.height}: ${slot.outcome} ${slot.reason ?? ""}`)
          // What failed is news to the token, whenever somebody sends it again.
          const isNews = slot.reason === "evaluation-failed"
          const within = isNews ? random.between(60, 300) : random.between(1, 600)
          if (random.chance(isNews ? faults.aoDuplicate * 2 : faults.aoDuplicate))
            this.#duplicates.push({ message: message!, at: this.now + within, ao })
        }
      }
    } else {
      // Strangers use the token too, so that slots go on coming.
      ao.schedule({ kind: "other", id: this.name("other") })
      return
    }
    this.audit.chainMoved()
  }

  #people(): void {
    const { random } = this
    if (this.isCalm) return
    const what = random.next()
    if (what < 0.14) deposit(this)
    else if (what < 0.3) burn(this)
    else if (what < 0.4) sendAgain(this)
  }

  async #wicked(): Promise<void> {
    if (this.random.chance(this.faults.forestall)) {
      await forestall(this)
      this.audit.chainMoved()
    }
    if (!this.random.chance(this.faults.zombie)) return
    if (this.random.chance(0.7)) await askWickedly(this)
    else await askTooEarly(this)
  }
}
