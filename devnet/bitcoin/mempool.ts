// Transactions that wait for a block, and how they hang together.

import type { Coin } from "./coins.ts"
import { type Outpoint, pointOf, type Transaction } from "./transaction.ts"

export interface Entry {
  readonly tx: Transaction
  /** In satoshis. */
  readonly fee: bigint
  /** When it came, in seconds since 1970, and the height that the chain had. */
  readonly time: number
  readonly height: number
}

/** The numbers of a group of entries: how many, virtual bytes together, satoshis together. */
export interface Totals {
  readonly count: number
  readonly vsize: number
  readonly fee: bigint
}

export class Mempool {
  /** Oldest first; what is spent stands before what spends it. */
  readonly #entries = new Map<string, Entry>()
  readonly #spenders = new Map<Outpoint, string>()

  get size(): number {
    return this.#entries.size
  }

  ids(): string[] {
    return [...this.#entries.keys()]
  }

  entries(): Entry[] {
    return [...this.#entries.values()]
  }

  find(id: string): Entry | null {
    return this.#entries.get(id) ?? null
  }

  /** The transaction that waits and spends this output. */
  spenderOf(point: Outpoint): string | null {
    return this.#spenders.get(point) ?? null
  }

  /** An output of a transaction that waits, as if it were in the block at `height`; spent or not. */
  coin(txid: string, vout: number, height: number): Coin | null {
    const output = this.#entries.get(txid)?.tx.outputs[vout]
    return output === undefined ? null : { ...output, height, isCoinbase: false }
  }

  add(entry: Entry): void {
    this.#entries.set(entry.tx.id, entry)
    for (const { point } of entry.tx.inputs) this.#spenders.set(point, entry.tx.id)
  }

  /** Removes one transaction and leaves those that spend it. */
  remove(id: string): void {
    const entry = this.#entries.get(id)
    if (entry === undefined) return
    this.#entries.delete(id)
    for (const { point } of entry.tx.inputs) {
      if (this.#spenders.get(point) === id) this.#spenders.delete(point)
    }
  }

  /** Removes a transaction and everything that spends from it. */
  removeWithDescendants(id: string): void {
    for (const one of this.descendantsOf(id)) this.remove(one)
  }

  clear(): void {
    this.#entries.clear()
    this.#spenders.clear()
  }

  /** The transactions that wait and spend an output that this one spends too. */
  conflictsOf(tx: Transaction): Set<string> {
    const ids = tx.inputs.map(({ point }) => this.#spenders.get(point))
    return new Set(ids.filter((id) => id !== undefined && id !== tx.id) as string[])
  }

  /** The transactions that wait and whose outputs this one spends. */
  parentsOf(tx: Transaction): Set<string> {
    return new Set(tx.inputs.map(({ txid }) => txid).filter((txid) => this.#entries.has(txid)))
  }

  childrenOf(id: string): Set<string> {
    const outputs = this.#entries.get(id)?.tx.outputs ?? []
    const ids = outputs.map((_, vout) => this.#spenders.get(pointOf(id, vout)))
    return new Set(ids.filter((id) => id !== undefined) as string[])
  }

  /** All that a transaction needs to be mined before it; without itself, in or out of here. */
  ancestorsOf(tx: Transaction): Set<string> {
    return closure(this.parentsOf(tx), (id) => this.parentsOf(this.#entries.get(id)!.tx))
  }

  /** All that would be lost with a transaction, itself among it. */
  descendantsOf(id: string): Set<string> {
    return closure([id], (one) => this.childrenOf(one))
  }

  totalsOf(ids: Iterable<string>): Totals {
    let count = 0
    let vsize = 0
    let fee = 0n
    for (const id of ids) {
      const entry = this.#entries.get(id)!
      count += 1
      vsize += entry.tx.vsize
      fee += entry.fee
    }
    return { count, vsize, fee }
  }
}

function closure(start: Iterable<string>, next: (id: string) => Iterable<string>): Set<string> {
  const found = new Set(start)
  for (const id of found) for (const one of next(id)) found.add(one)
  return found
}
