// A model of a chain where assets live: blocks, a mempool, forks that overtake, and payouts that each happen once.

import { replacementFee } from "../../chains/bitcoin/fees.ts"
import { vsizeOf } from "../../chains/bitcoin/transaction.ts"
import { originOf, type TransferId } from "../../core/ids.ts"
import type { BlockRef, Sighting } from "../../core/transfer.ts"
import { Fork, type ModelBlock } from "./fork.ts"
import { type HomeName, KINDS, type Kind } from "./kinds.ts"
import type { Random } from "./random.ts"
import type { Recorded } from "./store.ts"
import type { Landed, Located, View } from "./views.ts"

export interface Deposit {
  readonly kind: "deposit"
  readonly id: string
  readonly sighting: Sighting
}

export interface Paid {
  readonly transfer: TransferId
  readonly recipient: string
  readonly amount: bigint
}

/** An output of ours on a chain of coins. */
export interface Coin {
  readonly point: string
  readonly value: bigint
}

export interface Release {
  readonly kind: "release"
  readonly id: string
  readonly rows: readonly Paid[]
  /** What the vault is charged beside the amounts. */
  readonly cost: bigint
  /** Where payouts die with a block. */
  readonly anchor: BlockRef | null
  /** Where payouts spend coins; the first is the slot. */
  readonly coins: readonly Coin[]
  readonly changes: readonly bigint[]
  /** Where miners choose by what is paid for it. */
  readonly weight: number
}

export type Transaction = Deposit | Release

/** What becomes of a transaction whose block is given up. */
export type Fate = "mined" | "waiting" | "gone"

/** What miners ask for in a quiet hour. */
export const FEE_FLOOR = 2_000n

/** Blocks that a payment waits in the mempool: fewer than in truth, as runs are short. */
const EXPIRY = 120

/** Every chain begins with so many blocks. */
const FIRST_BLOCKS = 18

export class ModelHome {
  readonly name: HomeName
  readonly kind: Kind
  fork: Fork
  /** Most that ever was deposited on one fork. */
  depositedMost = 0n
  readonly mempool = new Map<string, Transaction>()
  /** Every transaction ever posted and not gone: some miner may still have it. */
  readonly posted = new Map<string, Transaction>()
  /** What miners ask for at least: satoshi for 1,000 virtual bytes on a chain of coins, else base units for a payout. */
  feeFloor = FEE_FLOOR
  congestedUntil = 0
  /** The branch that the last reorganisation gave up. */
  #abandoned: ModelBlock[] = []
  /** Most confirmations that a block had when it was given up. */
  readonly #reached = new Map<string, number>()
  /** Every block on any fork that a transaction was in. */
  readonly stays = new Map<string, (BlockRef & { readonly atMs: number })[]>()
  #blocks = 0
  readonly #clock: () => number
  /** The height at which each was handed in first. */
  readonly #since = new Map<string, number>()

  constructor(name: HomeName, clock: () => number) {
    this.name = name
    this.#clock = clock
    this.kind = KINDS[name]
    this.fork = new Fork(name, this.posted)
    for (let height = 0; height <= FIRST_BLOCKS; height += 1) this.#append(this.#block(height, []))
  }

  get height(): number {
    return this.fork.blocks.length - 1
  }

  /** Hands in a transaction; false when it can never be mined on this fork, or not now. */
  submit(transaction: Transaction): boolean {
    if (this.fork.heights.has(transaction.id)) return true
    if (!this.fork.fits(transaction, this.height + 1)) return false
    if (transaction.kind === "release" && !this.#replaces(transaction)) return false
    this.posted.set(transaction.id, transaction)
    this.mempool.set(transaction.id, transaction)
    if (!this.#since.has(transaction.id)) this.#since.set(transaction.id, this.height)
    return true
  }

  /** Nodes forget a payment that nobody mined for so long (`mempoolexpiry`): whatever it stood in the way of goes on. */
  #isStale({ id, kind }: Transaction): boolean {
    return kind === "release" && this.height - (this.#since.get(id) ?? this.height) > EXPIRY
  }

  mine(wanted: (transaction: Transaction) => boolean): void {
    const height = this.height + 1
    const block = this.fork.next()
    for (const transaction of this.posted.values())
      if (this.fork.fits(transaction, height, block) && wanted(transaction)) block.take(transaction)
    this.#append(this.#block(height, block.transactions))
    for (const transaction of this.mempool.values())
      if (!this.fork.fits(transaction, height + 1) || this.#isStale(transaction))
        this.mempool.delete(transaction.id)
  }

  /** Replaces the last `depth` blocks by a longer branch. */
  reorganise(depth: number, random: Random, fateOf: (transaction: Transaction) => Fate): void {
    const removed = this.#giveUp(depth)
    const base = this.height
    const placed = new Map<number, Transaction[]>()
    const place = (transaction: Transaction) => {
      const height = base + random.between(1, depth + 1)
      placed.set(height, [...(placed.get(height) ?? []), transaction])
    }
    for (const transaction of removed) {
      const fate = fateOf(transaction)
      if (fate === "mined") place(transaction)
      if (fate === "waiting") this.mempool.set(transaction.id, transaction)
      if (fate === "gone") this.posted.delete(transaction.id)
    }
    for (const transaction of this.posted.values())
      if (!removed.includes(transaction) && random.chance(0.3)) place(transaction)
    for (let height = base + 1; height <= base + depth + 1; height += 1) {
      const block = this.fork.next()
      for (const one of placed.get(height) ?? [])
        if (this.fork.fits(one, height, block)) block.take(one)
      for (const { id } of block.transactions) this.mempool.delete(id)
      this.#append(this.#block(height, block.transactions))
    }
  }

  /** The branch that was given up comes back, longer than its rival; false when it cannot. */
  comeBack(): boolean {
    const branch = this.#abandoned
    const first = branch[0]
    if (!first || this.fork.blocks[first.height - 1]?.id !== first.parent) return false
    const depth = this.height - first.height + 1
    if (depth < 1 || depth > this.kind.reorgMax) return false
    const length = this.height
    const removed = this.#giveUp(depth)
    for (const transaction of removed) this.mempool.set(transaction.id, transaction)
    for (const block of branch) {
      const taken = this.fork.next()
      for (const one of block.transactions)
        if (this.fork.fits(one, block.height, taken)) taken.take(one)
      if (taken.transactions.length !== block.transactions.length) break
      for (const transaction of block.transactions) {
        this.posted.set(transaction.id, transaction)
        this.mempool.delete(transaction.id)
      }
      this.#append(block)
    }
    while (this.height <= length) this.#append(this.#block(this.height + 1, []))
    return true
  }

  /** Most confirmations that a block has had on any fork. */
  depthOf(ref: BlockRef): number {
    const here = this.fork.blocks[ref.height]
    const now = here?.id === ref.id ? this.height - ref.height + 1 : 0
    return Math.max(now, this.#reached.get(ref.id) ?? 0)
  }

  /** A mempool has one spender of a coin: who offers so much more that it pays its own way takes the place (BIP125). */
  #replaces(release: Release): boolean {
    const points = new Set(release.coins.map(({ point }) => point))
    const others = [...this.mempool.values()].filter(
      (other): other is Release =>
        other.kind === "release" &&
        other.id !== release.id &&
        other.coins.some(({ point }) => points.has(point)),
    )
    if (others.length === 0) return true
    const paid = others.reduce((sum, { cost }) => sum + cost, 0n)
    if (release.cost < replacementFee(release.weight, paid)) return false
    for (const { id } of others) this.mempool.delete(id)
    return true
  }

  #giveUp(depth: number): Transaction[] {
    const old = this.fork
    const kept = old.blocks.length - depth
    const removed = old.blocks.slice(kept)
    for (const block of removed) {
      const confirmations = old.blocks.length - block.height
      this.#reached.set(block.id, Math.max(confirmations, this.#reached.get(block.id) ?? 0))
    }
    this.#abandoned = removed
    this.fork = new Fork(this.name, this.posted)
    for (const block of old.blocks.slice(0, kept)) this.#append(block)
    return removed.flatMap(({ transactions }) => transactions)
  }

  #append(block: ModelBlock): void {
    this.fork.append(block)
    if (this.fork.deposited > this.depositedMost) this.depositedMost = this.fork.deposited
  }

  #block(height: number, transactions: readonly Transaction[]): ModelBlock {
    this.#blocks += 1
    const parent = this.fork.blocks[height - 1]?.id ?? "none"
    const id = `block-${height}-${this.#blocks}`
    const atMs = this.#clock()
    const block = { height, id, parent, atMs, transactions }
    for (const one of transactions)
      this.stays.set(one.id, [...(this.stays.get(one.id) ?? []), { height, id, atMs }])
    return block
  }
}

/** Satoshi for 1,000 virtual bytes, as miners reckon. */
export function offerOf({ cost, weight }: Pick<Release, "cost" | "weight">): bigint {
  return (cost * 1_000n) / BigInt(vsizeOf(weight))
}

export class HomeView implements View {
  readonly #fork: Fork
  readonly tip: BlockRef
  readonly price: bigint

  constructor({ fork, feeFloor }: ModelHome, lag: number) {
    this.#fork = fork
    this.price = feeFloor
    this.tip = fork.blocks[Math.max(0, fork.blocks.length - 1 - lag)]!
  }

  at(height: number): BlockRef | null {
    return this.block(height)
  }

  block(height: number): ModelBlock | null {
    return height > this.tip.height ? null : (this.#fork.blocks[height] ?? null)
  }

  /** The block as a watcher records it. */
  read(height: number): Recorded | null {
    const block = this.block(height)
    if (!block) return null
    const { id, parent, transactions } = block
    const sightings = transactions.flatMap((one) => (one.kind === "deposit" ? [one.sighting] : []))
    const settlements = transactions.flatMap((one) =>
      one.kind === "release" ? [this.#fork.settlementOf(one)] : [],
    )
    return { height, id, parent, sightings, settlements }
  }

  locate(id: TransferId): Located | null {
    const { transaction } = originOf(id)
    const height = this.#fork.heights.get(transaction) ?? -1
    const block = this.#fork.blocks[height]
    if (!block || height > this.tip.height) return null
    const found = block.transactions.find((one) => one.id === transaction)
    if (found?.kind !== "deposit") return null
    return { sighting: found.sighting, block, atMs: block.atMs }
  }

  payoutsOf(transfer: TransferId): readonly Landed[] {
    return (this.#fork.releases.get(transfer) ?? [])
      .map(({ id }) => ({ transaction: id, height: this.#fork.heights.get(id)! }))
      .filter(({ height }) => height <= this.tip.height)
  }

  coins(depth: number): readonly Coin[] {
    const found: Coin[] = []
    for (const [point, coin] of this.#fork.coins) {
      const spent = this.spender(point)
      if (spent === null && this.tip.height - coin.height + 1 >= depth)
        found.push({ point, value: coin.value })
    }
    return found
  }

  /** Whether the coin is there, unspent, and worth so much. */
  hasCoin({ point, value }: Coin): boolean {
    const coin = this.#fork.coins.get(point)
    return (
      coin !== undefined &&
      coin.value === value &&
      coin.height <= this.tip.height &&
      this.spender(point) === null
    )
  }

  /** Since when a coin cannot be; null when it is there, or may come. */
  ruledOut(point: string): number | null {
    const height = this.#fork.ruledOut(point)
    return height === null || height > this.tip.height ? null : height
  }

  spender(point: string): { readonly release: Release; readonly height: number } | null {
    const spent = this.#fork.spent.get(point)
    return spent && spent.height <= this.tip.height ? spent : null
  }
}
