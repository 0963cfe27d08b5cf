// How much may be paid out in a day, and what waits until when: the same answer in whatever order it is asked.

import type { AssetName, ChainName } from "./assets.ts"
import { ASSETS } from "./assets.ts"
import type { TransferId } from "./ids.ts"
import { Tally } from "./tally.ts"

export interface Governor {
  /** How long waits what is large, by itself or together with others of the same origin or recipient. */
  readonly delayMs: number
  readonly windows: readonly Window[]
  /** What may be paid on a chain in all, by worth. It only adds to `windows`; null: nothing is valued. */
  readonly worth: Worth | null
  /** Where what comes back makes room: of an asset, payouts on the other of its two chains count against its window. */
  readonly cancels?: readonly Corridor[] | undefined
}

/** One asset on the chain where it is paid. */
export interface Corridor {
  readonly asset: AssetName
  readonly target: ChainName
}

/** Of one asset on the chain where it is paid, base units. */
export interface Window {
  readonly asset: AssetName
  readonly target: ChainName
  /** In any 24 hours. */
  readonly day: bigint
  /** From so much on, of one origin or recipient in 24 hours, a payout waits. */
  readonly large: bigint
}

export interface Worth {
  /** US cents in any 24 hours. */
  readonly days: readonly { readonly target: ChainName; readonly day: bigint }[]
  /** US cents for one whole unit. No source makes a unit worth less than `least`; without one it is `most`. */
  readonly prices: readonly {
    readonly asset: AssetName
    readonly least: bigint
    readonly most: bigint
  }[]
  /** A price that is older is none. */
  readonly freshMs: number
}

/** What a source says: US cents for one whole unit, and when that was true. */
export type Prices = ReadonlyMap<AssetName, { readonly cents: bigint; readonly atMs: number }>

export interface Flow {
  readonly id: TransferId
  readonly asset: AssetName
  /** Base units that arrive. */
  readonly amount: bigint
  readonly origin: string
  readonly recipient: string
  /** When it was first planned, or, if it was not yet, since when it could be. */
  readonly atMs: number
}

/**
 * `day`, `day-worth`: the window has no room before. `large`: the delay of what is large. `unbacked`: a reorganisation
 * has taken back what the vault would need for it. `network-fee`: the network asks for more than fees pay for.
 */
export type Rule = "day" | "day-worth" | "large" | "unbacked" | "network-fee"

export interface Release {
  readonly atMs: number
  /** What it waits for; null: nothing. */
  readonly rule: Rule | null
}

export const WINDOW_MS = 86_400_000

/**
 * When each of `pending` may be paid on a chain, by what was `planned` there in the 24 hours before now and before the
 * oldest of them: with less, what is large would not be known as such any more. Who came first
 * goes first, and whoever still fits beside them does not wait for them. What is more than a whole window (operators
 * let it pass) takes a whole one. `returned` is what was planned on the other chains of these assets meanwhile.
 */
export function releasesOf(
  governor: Governor,
  target: ChainName,
  planned: readonly Flow[],
  pending: readonly Flow[],
  nowMs: number,
  prices: Prices = new Map(),
  returned: readonly Flow[] = [],
): ReadonlyMap<TransferId, Release> {
  const meters = metersOf(governor, target, prices, nowMs)
  for (const flow of [...returned].sort(byTurn))
    if (isCancelled(governor, flow.asset, target)) for (const meter of meters) meter.giveBack(flow)
  const before = [...planned].sort(byTurn)
  for (const flow of before) for (const meter of meters) meter.add(flow, flow.atMs)
  const order = [...pending].sort(byTurn)
  const large = largeAmong(governor, target, before, order)
  return new Map(
    order.map((flow) => {
      const notBefore = large.has(flow.id) ? flow.atMs + governor.delayMs : flow.atMs
      const release = earliest(meters, flow, Math.max(notBefore, nowMs))
      for (const meter of meters) meter.add(flow, release.atMs)
      const waits = release.atMs > nowMs
      return [flow.id, { ...release, rule: waits ? (release.rule ?? "large") : null }]
    }),
  )
}

/** The other chain of an asset: its ledger, or its home. */
export function oppositeOf(asset: AssetName, chain: ChainName): ChainName {
  const { home, wrapped } = ASSETS[asset]
  return chain === home ? wrapped.ledger : home
}

function isCancelled({ cancels = [] }: Governor, asset: AssetName, target: ChainName): boolean {
  return cancels.some((row) => row.asset === asset && row.target === target)
}

/** US cents, rounded up. A source can make an asset worth more than `least`, and its silence makes it worth `most`. */
export function worthOf(
  { prices: known, freshMs }: Worth,
  { asset, amount }: Pick<Flow, "asset" | "amount">,
  prices: Prices,
  nowMs: number,
): bigint | null {
  const bounds = known.find((row) => row.asset === asset)
  if (!bounds) return null
  const said = prices.get(asset)
  // A price from the future is as wrong as an old one.
  const isFresh = said !== undefined && Math.abs(nowMs - said.atMs) <= freshMs
  const isUsed = isFresh && said.cents > bounds.least
  const cents = isUsed ? said.cents : isFresh ? bounds.least : bounds.most
  const unit = 10n ** BigInt(ASSETS[asset].decimals)
  return (amount * cents + unit - 1n) / unit
}

function byTurn(a: Flow, b: Flow): number {
  return a.atMs - b.atMs || (a.id < b.id ? -1 : 1)
}

/** Each is counted with all that came before it of the same origin, and of the same recipient: in parts it is as large. */
function largeAmong(
  { windows }: Governor,
  target: ChainName,
  planned: readonly Flow[],
  pending: readonly Flow[],
): ReadonlySet<TransferId> {
  const namesOf = ({ asset, origin, recipient }: Flow) => [
    `${asset} from ${origin}`,
    `${asset} to ${recipient}`,
  ]
  const tallies = new Map(pending.flatMap(namesOf).map((name) => [name, new Tally()]))
  const count = (flow: Flow) => {
    const own = namesOf(flow).flatMap((name) => tallies.get(name) ?? [])
    for (const tally of own) tally.add(flow.atMs, flow.amount)
    return own
  }
  for (const flow of planned) count(flow)
  const isLarge = (flow: Flow) => {
    const limit = windows.find((row) => row.asset === flow.asset && row.target === target)?.large
    return count(flow).some((tally) => tally.sum(flow.atMs - WINDOW_MS) >= (limit ?? 0n))
  }
  return new Set(pending.filter(isLarge).map(({ id }) => id))
}

function earliest(meters: readonly Meter[], flow: Flow, notBefore: number): Release {
  let release: Release = { atMs: notBefore, rule: null }
  // Each step goes to the next moment at which a meter has room: it ends, as everything leaves its window once.
  for (;;) {
    const { atMs } = release
    const next = meters
      .map((meter) => ({ atMs: meter.roomFrom(flow, atMs), rule: meter.rule }))
      .find((one) => one.atMs > atMs)
    if (!next) return release
    release = next
  }
}

function metersOf(
  { windows, worth }: Governor,
  target: ChainName,
  prices: Prices,
  nowMs: number,
): readonly Meter[] {
  const days = windows
    .filter((row) => row.target === target)
    .map(({ asset, day }) => {
      return new Meter("day", day, (flow) => (flow.asset === asset ? flow.amount : 0n))
    })
  const cents = worth?.days.find((row) => row.target === target)?.day
  if (!worth || cents === undefined) return days
  // What has no price fills the window.
  const value = (flow: Flow) => worthOf(worth, flow, prices, nowMs) ?? cents
  return [...days, new Meter("day-worth", cents, value)]
}

/** What was and will be let out under one limit. */
class Meter {
  readonly rule: Rule
  readonly #limit: bigint
  readonly #weigh: (flow: Flow) => bigint
  readonly #let = new Tally()
  readonly #back = new Tally()

  constructor(rule: Rule, limit: bigint, weigh: (flow: Flow) => bigint) {
    this.rule = rule
    this.#limit = limit
    this.#weigh = weigh
  }

  add(flow: Flow, atMs: number): void {
    const weight = this.#weightOf(flow)
    if (weight > 0n) this.#let.add(atMs, weight)
  }

  /** Makes room for a day, but never more than was taken. What is worth something to nobody else frees no worth. */
  giveBack(flow: Flow): void {
    if (this.rule !== "day") return
    const weight = this.#weigh(flow)
    if (weight > 0n) this.#back.add(flow.atMs, weight)
  }

  /** `fromMs`, or the next moment at which there may be room. */
  roomFrom(flow: Flow, fromMs: number): number {
    const weight = this.#weightOf(flow)
    if (weight === 0n) return fromMs
    // Windows that would hold it end at it, or at what is let out within a day after it.
    // So does the moment at which what came back counts no more.
    const ends = [
      ...this.#let.between(fromMs, fromMs + WINDOW_MS),
      ...this.#back.between(fromMs - WINDOW_MS, fromMs).map((atMs) => atMs + WINDOW_MS),
    ]
    for (const end of [fromMs, ...ends]) {
      const inside = this.#let.sum(end - WINDOW_MS, end)
      const back = this.#back.sum(end - WINDOW_MS, end)
      // The oldest leaves first.
      if (inside > 0n && inside - smaller(inside, back) + weight > this.#limit)
        return Math.max(fromMs + 1, this.#let.next(end - WINDOW_MS)! + WINDOW_MS)
    }
    return fromMs
  }

  #weightOf(flow: Flow): bigint {
    const weight = this.#weigh(flow)
    if (weight > this.#limit) return this.#limit
    return weight
  }
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}
