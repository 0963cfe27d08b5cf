// What one endpoint lets its clients see of the chain: all of it, or what its faults leave.

import type { Block } from "./block.ts"
import { type Chain, type Place, transactionAt } from "./chain.ts"
import type { Coin } from "./coins.ts"
import type { Entry } from "./mempool.ts"
import { type Outpoint, pointOf, type Transaction } from "./transaction.ts"

/** How an endpoint misbehaves; `{}` is an honest one. */
export interface Faults {
  /** The tip it shows is this many blocks old; what came later still waits in its mempool. */
  readonly lagBlocks?: number
  /** It stays on the block that was the tip when the fault was set, even if that is abandoned. */
  readonly frozen?: boolean
  /** Transactions it claims never to have seen, in blocks or the mempool. */
  readonly deny?: readonly string[]
  /** Transactions it shows with another output under the same id. */
  readonly lie?: Readonly<Record<string, Lie>>
  /** It answers with this HTTP status instead, to calls of this method, and only the first `times`. */
  readonly fail?: { readonly status: number; readonly method?: string; readonly times?: number }
  /** It takes the request and never answers. */
  readonly hang?: boolean
  /** It answers this much later. */
  readonly delayMs?: number
}

/** Output `vout` with another value, in satoshis, or another script, in hexadecimal. */
export interface Lie {
  readonly vout: number
  readonly value?: bigint
  readonly script?: string
}

export class View {
  readonly chain: Chain
  #faults: Faults = {}
  #frozen: { readonly tip: Block; readonly known: ReadonlySet<Block> } | null = null
  #fails = 0

  constructor(chain: Chain, faults: Faults = {}) {
    this.chain = chain
    this.faults = faults
  }

  get faults(): Faults {
    return this.#faults
  }

  set faults(faults: Faults) {
    const { tip, blocks } = this.chain
    this.#faults = faults
    this.#fails = 0
    if (faults.frozen !== true) this.#frozen = null
    else this.#frozen ??= { tip, known: new Set(blocks.values()) }
  }

  get tip(): Block {
    if (this.#frozen !== null) return this.#frozen.tip
    const { trunk, tip } = this.chain
    return trunk[Math.max(0, tip.height - (this.#faults.lagBlocks ?? 0))]!
  }

  blockAt(height: number): Block | null {
    return this.chain.blockOn(this.tip, height)
  }

  /** Also one that was abandoned: a node keeps those, and serves them by hash. */
  blockBy(hash: string): Block | null {
    const block = this.chain.blocks.get(hash.toLowerCase())
    return block !== undefined && this.#knows(block) ? block : null
  }

  blocks(): Block[] {
    return [...this.chain.blocks.values()].filter((block) => this.#knows(block))
  }

  isActive(block: Block): boolean {
    return this.blockAt(block.height) === block
  }

  /** How many blocks are built on it, itself included; -1 when it is not on the branch that counts. */
  confirmationsOf(block: Block): number {
    return this.isActive(block) ? this.tip.height - block.height + 1 : -1
  }

  /** Where a transaction is on the branch of the tip; null when it is not. */
  placeOf(id: string): Place | null {
    return this.#denies(id) ? null : this.chain.placeOn(this.tip, id)
  }

  /** Where it was on a branch that was abandoned, the newest first: an index of transactions keeps what it has read. */
  stalePlaceOf(id: string): Place | null {
    if (this.#denies(id)) return null
    const stale = this.blocks().filter((block) => !this.isActive(block))
    const block = stale.reverse().find(({ ids }) => ids.includes(id))
    return block ? { block, index: block.ids.indexOf(id) } : null
  }

  /** The places in a block that it shows. */
  placesOf(block: Block): Place[] {
    return block.ids.flatMap((id, index) => (this.#denies(id) ? [] : [{ block, index }]))
  }

  /** A transaction of a block, as the endpoint tells it. */
  read(place: Place): Transaction {
    return this.#told(transactionAt(place))
  }

  /** A transaction that waits, as the endpoint tells it. */
  waiting(id: string): Transaction | null {
    if (this.#denies(id)) return null
    const waiting = this.chain.mempool.find(id)?.tx ?? this.#ahead(id)
    return waiting === null ? null : this.#told(waiting)
  }

  /** The ids it shows of the mempool. */
  waitingIds(): string[] {
    const ahead = this.#hidden().flatMap((block) => block.ids.slice(1))
    return [...ahead, ...this.chain.mempool.ids()].filter((id) => !this.#denies(id))
  }

  /** What is known of a transaction that waits; null for one that only a lag makes wait. */
  entryOf(id: string): Entry | null {
    return this.#denies(id) ? null : this.chain.mempool.find(id)
  }

  /** An unspent output at the tip, as the endpoint tells it; with the mempool's spends or without. */
  coin(id: string, vout: number, withMempool: boolean): Coin | null {
    if (this.#denies(id)) return null
    const { mempool, tip } = this.chain
    const point = pointOf(id, vout)
    const coin = this.#coins().find(point) ?? (withMempool ? mempool.coin(id, vout, 0) : null)
    if (coin === null || (withMempool && this.tip === tip && mempool.spenderOf(point) !== null))
      return null
    const lie = this.#faults.lie?.[id]
    return lie?.vout === vout ? { ...coin, ...altered(coin, lie) } : coin
  }

  /** Everything unspent at the tip that the filter wants. */
  unspent(isWanted: (coin: Coin) => boolean): [Outpoint, Coin][] {
    const coins = this.#coins()
    const found: [Outpoint, Coin][] = []
    for (const point of coins.points()) {
      const coin = coins.find(point)
      if (coin !== null && isWanted(coin)) found.push([point, coin])
    }
    return found
  }

  /** The status to fail this call with; null for one that is served. Counts what it fails. */
  failure(methods: readonly string[]): number | null {
    const { fail } = this.#faults
    if (fail === undefined) return null
    if (fail.method !== undefined && !methods.includes(fail.method)) return null
    if (fail.times !== undefined && this.#fails >= fail.times) return null
    this.#fails++
    return fail.status
  }

  #coins() {
    const { chain } = this
    return this.tip === chain.tip ? chain.coins : chain.groundOn(this.tip).coins
  }

  #knows(block: Block): boolean {
    if (this.#frozen !== null) return this.#frozen.known.has(block)
    return block.height <= this.tip.height || !this.chain.isOnTrunk(block)
  }

  #denies(id: string): boolean {
    return this.#faults.deny?.includes(id) === true
  }

  /** The blocks that a lag hides. */
  #hidden(): Block[] {
    return this.chain.isOnTrunk(this.tip) ? this.chain.trunk.slice(this.tip.height + 1) : []
  }

  #ahead(id: string): Transaction | null {
    const place = this.chain.placeOf(id)
    const isHidden = place !== null && place.index > 0 && place.block.height > this.tip.height
    return isHidden ? transactionAt(place) : null
  }

  #told(tx: Transaction): Transaction {
    const lie = this.#faults.lie?.[tx.id]
    if (lie === undefined) return tx
    const outputs = tx.outputs.map((output, vout) =>
      vout === lie.vout ? { ...output, ...altered(output, lie) } : output,
    )
    return { ...tx, outputs }
  }
}

function altered({ value, script }: { value: bigint; script: Uint8Array }, lie: Lie) {
  return {
    value: lie.value ?? value,
    script: lie.script === undefined ? script : Buffer.from(lie.script, "hex"),
  }
}
