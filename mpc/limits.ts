// How much one signer helps to pay, and how soon: its own caps and the bridge's limits, by its own journal.

import { ASSET_NAMES, type AssetName, type ChainName } from "../core/assets.ts"
import { BridgeError } from "../core/errors.ts"
import { type Governor, oppositeOf, type Prices, type Worth, worthOf } from "../core/governor.ts"
import type { Payout } from "../core/payout.ts"
import type { Cap } from "./config.ts"
import type { Plan } from "./pledges.ts"
import { type Refusal, refusalOf } from "./protocol.ts"

/** Of one payout, as the journal has it; older entries know no parties. */
export type Spent =
  | readonly [asset: AssetName, amount: string]
  | readonly [asset: AssetName, amount: string, sender: string, recipient: string]

/**
 * What counts in the last 24 hours, oldest first, and its sums. A clock that is set back makes more count, never less:
 * what had left the window counts again when a clock that had run ahead is right again.
 */
export class Spending {
  readonly #keepsParties: boolean
  readonly #rows: Row[] = []
  readonly #sums = new Map<string, bigint>()
  /** By party, `from …` or `to …`: of both chains of each asset. */
  readonly #moved = new Map<string, Map<AssetName, bigint>>()
  /** Rows of the front that have left the window. */
  #left = 0

  constructor(keepsParties: boolean) {
    this.#keepsParties = keepsParties
  }

  add(rows: readonly Spent[], chain: ChainName, atMs: number): void {
    const fresh = new Map<string, Row>()
    const count = (what: string, asset: AssetName, amount: bigint, party?: string) => {
      const before = fresh.get(what)?.amount ?? 0n
      fresh.set(what, { atMs, what, asset, party, amount: before + amount })
    }
    for (const [asset, text, sender, recipient] of rows) {
      const amount = BigInt(text)
      count(asset, asset, amount)
      count(ofChain(asset, chain), asset, amount)
      if (!this.#keepsParties || sender === undefined || recipient === undefined) continue
      for (const party of [from(sender), to(recipient)])
        count(ofChain(asset, chain, party), asset, amount, party)
    }
    for (const row of fresh.values()) {
      this.#rows.push(row)
      this.#count(row, row.amount)
    }
  }

  since(sinceMs: number): this {
    while (this.#left > 0 && this.#rows[this.#left - 1]!.atMs > sinceMs) {
      this.#left -= 1
      const row = this.#rows[this.#left]!
      this.#count(row, row.amount)
    }
    while (this.#left < this.#rows.length && this.#rows[this.#left]!.atMs <= sinceMs) {
      const row = this.#rows[this.#left]!
      this.#count(row, -row.amount)
      this.#left += 1
    }
    if (this.#left > 2 * LEFT_MAX) {
      this.#rows.splice(0, this.#left - LEFT_MAX)
      this.#left = LEFT_MAX
    }
    return this
  }

  /** What somebody sent, or got, of each asset that it did of. */
  moved(party: string): ReadonlyMap<AssetName, bigint> {
    return this.#moved.get(party) ?? NOTHING
  }

  sum(what: string): bigint {
    return this.#sums.get(what) ?? 0n
  }

  /** As if these were paid too, without keeping that. */
  sketch(): Sketch {
    const more = new Map<string, bigint>()
    return {
      sum: (what) => this.sum(what) + (more.get(what) ?? 0n),
      add: (what, amount) => more.set(what, (more.get(what) ?? 0n) + amount),
    }
  }

  #count({ what, asset, party }: Row, amount: bigint): void {
    addTo(this.#sums, what, amount)
    if (party === undefined) return
    const moved = this.#moved.get(party) ?? new Map<AssetName, bigint>()
    addTo(moved, asset, amount)
    if (moved.size === 0) this.#moved.delete(party)
    else this.#moved.set(party, moved)
  }
}

interface Row {
  readonly atMs: number
  readonly what: string
  readonly asset: AssetName
  /** Whose sum this is; undefined of all. */
  readonly party: string | undefined
  readonly amount: bigint
}

/** What comes to nothing is not kept. */
function addTo<Key>(sums: Map<Key, bigint>, key: Key, amount: bigint): void {
  const sum = (sums.get(key) ?? 0n) + amount
  if (sum === 0n) sums.delete(key)
  else sums.set(key, sum)
}

const NOTHING: ReadonlyMap<AssetName, bigint> = new Map()

/** Rows that have left and are kept, far more than a day has. */
const LEFT_MAX = 100_000

interface Sketch {
  sum(what: string): bigint
  add(what: string, amount: bigint): void
}

const ofChain = (asset: AssetName, chain: ChainName, party?: string) =>
  party === undefined ? `${asset} ${chain}` : `${asset} ${chain} ${party}`
/** Parties, as `moved` knows them. */
export const from = (who: string) => `from ${who}`
export const to = (who: string) => `to ${who}`

/** The rows of a journal's entry. */
export function spentBy({ origins }: Plan, fresh: readonly Payout[]): readonly Spent[] {
  return fresh.map(({ asset, amount, transfer, recipient }): Spent => {
    const sender = origins?.get(transfer)?.sender
    return sender === undefined
      ? [asset, String(amount)]
      : [asset, String(amount), sender, recipient]
  })
}

/** The payouts that would pass a cap: by one signature, or by this signer in the last 24 hours. */
export function overCap(
  caps: readonly Cap[],
  payouts: readonly Payout[],
  fresh: ReadonlySet<Payout>,
  spent: Spending,
): readonly Refusal[] {
  const signed = new Map<AssetName, bigint>()
  const sketch = spent.sketch()
  return payouts.flatMap((payout) => {
    const { asset, amount, transfer } = payout
    const cap = caps.find((row) => row.asset === asset) ?? { signature: 0n, day: 0n }
    const inSignature = (signed.get(asset) ?? 0n) + amount
    const inDay = sketch.sum(asset) + (fresh.has(payout) ? amount : 0n)
    if (amount > cap.signature)
      return refusalOf(transfer, new BridgeError("over-cap", { signature: cap.signature }))
    if (amount > cap.day) return refusalOf(transfer, new BridgeError("over-cap", { day: cap.day }))
    // Nothing is wrong with it but those beside it: planned alone, it is signed.
    if (inSignature > cap.signature) {
      const why = { reason: "signature's cap", signature: cap.signature }
      return refusalOf(transfer, new BridgeError("not-yet", why))
    }
    // The window moves on by itself: this one waits.
    if (inDay > cap.day && fresh.has(payout))
      return refusalOf(transfer, new BridgeError("not-yet", { reason: "day's cap", day: cap.day }))
    signed.set(asset, inSignature)
    if (fresh.has(payout)) sketch.add(asset, amount)
    return []
  })
}

interface Asking {
  readonly plan: Plan
  readonly fresh: readonly Payout[]
  readonly spent: Spending
  readonly nowMs: number
  readonly prices?: Prices | undefined
}

/**
 * The payouts that the bridge's limits (`core/governor.ts`) do not let go yet, whatever the services say: what does not
 * fit into a window, in base units or by its worth, and what is large before its time.
 */
export function tooEarly(governor: Governor, asking: Asking): readonly Refusal[] {
  const { plan, fresh, spent, nowMs } = asking
  const sketch = spent.sketch()
  return fresh.flatMap((payout) => {
    const { asset, chain, amount, transfer, recipient } = payout
    const sender = plan.origins?.get(transfer)?.sender
    const why =
      outsideWindow(governor, payout, sketch) ??
      beyondWorth(governor.worth, payout, sketch, asking) ??
      untilLarge(governor, payout, sketch, plan, nowMs)
    if (why) return refusalOf(transfer, new BridgeError("not-yet", why))
    sketch.add(ofChain(asset, chain), amount)
    if (sender !== undefined) sketch.add(ofChain(asset, chain, from(sender)), amount)
    sketch.add(ofChain(asset, chain, to(recipient)), amount)
    return []
  })
}

type Why = Record<string, unknown> | null

/** One that is more than a whole window takes a whole one. */
function outsideWindow(governor: Governor, payout: Payout, sketch: Sketch): Why {
  const { asset, chain, amount } = payout
  const window = governor.windows.find((row) => row.asset === asset && row.target === chain)
  if (!window) return null
  const back = governor.cancels?.some((row) => row.asset === asset && row.target === chain)
    ? sketch.sum(ofChain(asset, oppositeOf(asset, chain)))
    : 0n
  const gone = sketch.sum(ofChain(asset, chain))
  const before = gone > back ? gone - back : 0n
  const { day } = window
  const isOver = amount > day ? before > 0n : before + amount > day
  return isOver ? { reason: "bridge's window", day } : null
}

function beyondWorth(worth: Worth | null, payout: Payout, sketch: Sketch, asking: Asking): Why {
  const { prices = new Map(), nowMs } = asking
  const day = worth?.days.find(({ target }) => target === payout.chain)?.day
  if (!worth || day === undefined) return null
  // What has no price fills the window; every asset that was ever paid here counts, priced or not.
  const value = (asset: AssetName, amount: bigint) =>
    amount === 0n ? 0n : (worthOf(worth, { asset, amount }, prices, nowMs) ?? day)
  const paid = ASSET_NAMES.reduce(
    (sum, asset) => sum + value(asset, sketch.sum(ofChain(asset, payout.chain))),
    0n,
  )
  const cents = value(payout.asset, payout.amount)
  const isOver = cents > day ? paid > 0n : paid + cents > day
  return isOver ? { reason: "bridge's window by worth", day, cents } : null
}

/** Large, alone or with what its sender sent or its recipient got in 24 hours: it waits from its own block on. */
function untilLarge(
  { windows, delayMs }: Governor,
  { asset, chain, amount, transfer, recipient }: Payout,
  sketch: Sketch,
  { origins }: Plan,
  nowMs: number,
): Why {
  const large = windows.find((row) => row.asset === asset && row.target === chain)?.large ?? 0n
  const origin = origins?.get(transfer)
  const sent = origin ? sketch.sum(ofChain(asset, chain, from(origin.sender))) + amount : large
  const got = sketch.sum(ofChain(asset, chain, to(recipient))) + amount
  if (sent < large && got < large) return null
  const releaseMs = (origin?.atMs ?? nowMs) + delayMs
  if (nowMs >= releaseMs) return null
  return { reason: "large", until: new Date(Math.min(releaseMs, LATEST_MS)).toISOString() }
}

/** What a date can say. */
const LATEST_MS = 8.64e15
