// A model of Arweave: blocks, a mempool, forks that overtake, and anchors that expire.

import { originOf, type TransferId } from "../../core/ids.ts"
import type { BlockRef, Sighting } from "../../core/transfer.ts"
import type { Random } from "./random.ts"
import type { Recorded } from "./store.ts"
import type { Landed, Located, View } from "./views.ts"

/** Blocks after its anchor in which a transaction may still be mined. */
export const ANCHOR_LIFE = 50
/** Blocks that the network gives up at most when a longer fork appears. */
export const REORG_MAX = 18

export interface Deposit {
  readonly kind: "deposit"
  readonly id: string
  readonly sighting: Sighting
}

export interface Release {
  readonly kind: "release"
  readonly id: string
  readonly transfer: TransferId
  readonly recipient: string
  readonly amount: bigint
  readonly reward: bigint
  readonly anchor: BlockRef
}

export type Transaction = Deposit | Release

export interface ModelBlock extends BlockRef {
  readonly parent: string
  readonly transactions: readonly Transaction[]
}

/** One history. A reorganisation makes another; readers of this one keep it as it was. */
export class Fork {
  readonly blocks: ModelBlock[] = []
  readonly heights = new Map<string, number>()
  readonly releases = new Map<TransferId, Release[]>()
  vault = 0n

  append(block: ModelBlock): void {
    this.blocks.push(block)
    for (const transaction of block.transactions) {
      this.heights.set(transaction.id, block.height)
      if (transaction.kind === "deposit") this.vault += transaction.sighting.amount
      else {
        this.vault -= transaction.amount + transaction.reward
        const before = this.releases.get(transaction.transfer) ?? []
        this.releases.set(transaction.transfer, [...before, transaction])
      }
    }
  }

  fits(transaction: Transaction, height: number): boolean {
    if (this.heights.has(transaction.id)) return false
    if (transaction.kind === "deposit") return true
    const { anchor } = transaction
    const age = height - anchor.height
    return this.blocks[anchor.height]?.id === anchor.id && age >= 1 && age <= ANCHOR_LIFE
  }
}

/** What becomes of a transaction whose block is given up. */
export type Fate = "mined" | "waiting" | "gone"

export class ModelArweave {
  fork = new Fork()
  readonly mempool = new Map<string, Transaction>()
  /** Every transaction ever posted and not gone: some miner may still have it. */
  readonly posted = new Map<string, Transaction>()
  /** The branch that the last reorganisation gave up. */
  #abandoned: ModelBlock[] = []
  /** Most confirmations that a block had when it was given up. */
  readonly #reached = new Map<string, number>()
  /** Every block on any fork that a transaction was in. */
  readonly stays = new Map<string, BlockRef[]>()
  #blocks = 0

  constructor() {
    for (let height = 0; height <= REORG_MAX; height += 1) this.fork.append(this.#block(height, []))
  }

  get height(): number {
    return this.fork.blocks.length - 1
  }

  /** Hands in a transaction; false when it can never be mined on this fork. */
  submit(transaction: Transaction): boolean {
    if (this.fork.heights.has(transaction.id)) return true
    if (!this.fork.fits(transaction, this.height + 1)) return false
    this.posted.set(transaction.id, transaction)
    this.mempool.set(transaction.id, transaction)
    return true
  }

  mine(wanted: (transaction: Transaction) => boolean): void {
    const height = this.height + 1
    const chosen: Transaction[] = []
    for (const transaction of this.posted.values())
      if (this.fork.fits(transaction, height) && wanted(transaction)) chosen.push(transaction)
    this.fork.append(this.#block(height, chosen))
    for (const transaction of this.mempool.values())
      if (!this.fork.fits(transaction, height + 1)) this.mempool.delete(transaction.id)
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
      const fitting = (placed.get(height) ?? []).filter((one) => this.fork.fits(one, height))
      for (const { id } of fitting) this.mempool.delete(id)
      this.fork.append(this.#block(height, fitting))
    }
  }

  /** The branch that was given up comes back, longer than its rival; false when it cannot. */
  comeBack(): boolean {
    const branch = this.#abandoned
    const first = branch[0]
    if (!first || this.fork.blocks[first.height - 1]?.id !== first.parent) return false
    const depth = this.height - first.height + 1
    if (depth < 1 || depth > REORG_MAX) return false
    const length = this.height
    const removed = this.#giveUp(depth)
    for (const transaction of removed) this.mempool.set(transaction.id, transaction)
    for (const block of branch) {
      if (!block.transactions.every((one) => this.fork.fits(one, block.height))) break
      for (const transaction of block.transactions) {
        this.posted.set(transaction.id, transaction)
        this.mempool.delete(transaction.id)
      }
      this.fork.append(block)
    }
    while (this.height <= length) this.fork.append(this.#block(this.height + 1, []))
    return true
  }

  /** Most confirmations that a block has had on any fork. */
  depthOf(ref: BlockRef): number {
    const here = this.fork.blocks[ref.height]
    const now = here?.id === ref.id ? this.height - ref.height + 1 : 0
    return Math.max(now, this.#reached.get(ref.id) ?? 0)
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
    this.fork = new Fork()
    for (const block of old.blocks.slice(0, kept)) this.fork.append(block)
    return removed.flatMap(({ transactions }) => transactions)
  }

  #block(height: number, transactions: readonly Transaction[]): ModelBlock {
    this.#blocks += 1
    const parent = this.fork.blocks[height - 1]?.id ?? "none"
    const block = { height, id: `block-${height}-${this.#blocks}`, parent, transactions }
    for (const { id } of transactions)
      this.stays.set(id, [...(this.stays.get(id) ?? []), { height, id: block.id }])
    return block
  }
}

export class ArweaveView implements View {
  readonly #fork: Fork
  readonly tip: BlockRef

  constructor(fork: Fork, lag: number) {
    this.#fork = fork
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
      one.kind === "release"
        ? [
            {
              transaction: one.id,
              transfers: [one.transfer],
              outcome: "paid" as const,
              reason: null,
              networkFee: one.reward,
            },
          ]
        : [],
    )
    return { height, id, parent, sightings, settlements }
  }

  locate(id: TransferId): Located | null {
    const { transaction } = originOf(id)
    const block = this.block(this.#fork.heights.get(transaction) ?? -1)
    const found = block?.transactions.find((one) => one.id === transaction)
    return block && found?.kind === "deposit" ? { sighting: found.sighting, block } : null
  }

  payoutsOf(transfer: TransferId): readonly Landed[] {
    return (this.#fork.releases.get(transfer) ?? [])
      .map(({ id }) => ({ transaction: id, height: this.#fork.heights.get(id)! }))
      .filter(({ height }) => height <= this.tip.height)
  }
}
