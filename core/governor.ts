// How much may be paid out in a day, and what waits until when: the same answer in whatever order it is asked.

import type { AssetName, ChainName } from "./assets.ts"
import { ASSETS } from "./assets.ts"
import type { TransferId } from "./ids.ts"

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
 * has taken back what the vault would need for it.
 */
export type Rule = "day" | "day-worth" | "large" | "unbacked"

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
  for (const flow of returned)
    if (isCancelled(governor, flow.asset, target)) for (const meter of meters) meter.giveBack(flow)
  for (const flow of planned) for (const meter of meters) meter.add(flow, flow.atMs)
  const order = [...pending].sort(byTurn)
  const large = largeAmong(governor, target, planned, order)
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
  const before = [...planned]
  const large = new Set<TransferId>()
  for (const flow of pending) {
    const limit = windows.find((row) => row.asset === flow.asset && row.target === target)?.large
    before.push(flow)
    const near = before.filter(
      ({ asset, atMs }) => asset === flow.asset && atMs > flow.atMs - WINDOW_MS,
    )
    const sumOf = (party: "origin" | "recipient") =>
      near.reduce((sum, one) => (one[party] === flow[party] ? sum + one.amount : sum), 0n)
    const isLarge = sumOf("origin") >= (limit ?? 0n) || sumOf("recipient") >= (limit ?? 0n)
    if (isLarge) large.add(flow.id)
  }
  return large
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
  /** By time. */
  readonly #let: { readonly atMs: number; readonly weight: bigint }[] = []
  readonly #back: { readonly atMs: number; readonly weight: bigint }[] = []

  constructor(rule: Rule, limit: bigint, weigh: (flow: Flow) => bigint) {
    this.rule = rule
    this.#limit = limit
    this.#weigh = weigh
  }

  add(flow: Flow, atMs: number): void {
    const weight = this.#weightOf(flow)
    if (weight === 0n) return
    const place = this.#let.findIndex((one) => one.atMs > atMs)
    this.#let.splice(place < 0 ? this.#let.length : place, 0, { atMs, weight })
  }

  /** Makes room for a day, but never more than was taken. What is worth something to nobody else frees no worth. */
  giveBack(flow: Flow): void {
    if (this.rule !== "day") return
    const weight = this.#weigh(flow)
    if (weight > 0n) this.#back.push({ atMs: flow.atMs, weight })
  }

  /** `fromMs`, or the next moment at which there may be room. */
  roomFrom(flow: Flow, fromMs: number): number {
    const weight = this.#weightOf(flow)
    if (weight === 0n) return fromMs
    // Windows that would hold it end at it, or at what is let out within a day after it.
    // So does the moment at which what came back counts no more.
    const isNear = (atMs: number) => atMs > fromMs && atMs < fromMs + WINDOW_MS
    const ends = [
      ...this.#let.map(({ atMs }) => atMs),
      ...this.#back.map(({ atMs }) => atMs + WINDOW_MS),
    ].filter(isNear)
    for (const end of [fromMs, ...ends]) {
      const isInside = ({ atMs }: { atMs: number }) => atMs > end - WINDOW_MS && atMs <= end
      const inside = this.#let.filter(isInside)
      const sum = total(inside) - smaller(total(inside), total(this.#back.filter(isInside)))
      // The oldest leaves first.
      if (sum + weight > this.#limit && inside.length > 0)
        return Math.max(fromMs + 1, inside[0]!.atMs + WINDOW_MS)
    }
    return fromMs
  }

  #weightOf(flow: Flow): bigint {
    const weight = this.#weigh(flow)
    if (weight > this.#limit) return this.#limit
    return weight
  }
}

function total(rows: readonly { readonly weight: bigint }[]): bigint {
  return rows.reduce((sum, { weight }) => sum + weight, 0n)
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}
