// What one endpoint lets its clients see of the chain: all of it, or what its faults leave.

import type { Accounts } from "./accounts.ts"
import type { Block, Chain } from "./chain.ts"
import { served, type Transaction } from "./transaction.ts"

/** How an endpoint misbehaves; `{}` is an honest one. */
export interface Faults {
  /** The tip it shows is this many blocks old; what came later still looks pending. */
  readonly lagBlocks?: number
  /** It stays on the block that was the tip when the fault was set, even if that is abandoned. */
  readonly frozen?: boolean
  /** Transactions it claims never to have seen, in blocks, queries or the mempool. */
  readonly deny?: readonly string[]
  /** Transactions it shows with another amount or recipient. Their signatures then fail. */
  readonly lie?: Readonly<Record<string, Lie>>
  /** Its GraphQL also lists transactions that the chain has dropped, in the block they had. */
  readonly ghosts?: boolean
  /** It answers with this status instead, on paths that start so, and only the first `times`. */
  readonly fail?: { readonly status: number; readonly path?: string; readonly times?: number }
  /** It takes the request and never answers. */
  readonly hang?: boolean
  /** It answers this much later. */
  readonly delayMs?: number
}

export interface Lie {
  readonly quantity?: bigint
  readonly target?: string
}

/** A transaction as the endpoint tells it. */
export type Sighting =
  | { readonly state: "mined"; readonly tx: Transaction; readonly block: Block }
  | { readonly state: "pending"; readonly tx: Transaction }
  | { readonly state: "dropped"; readonly codes: readonly string[] }

export class View {
  readonly chain: Chain
  #faults: Faults = {}
  #frozen: { readonly trunk: readonly string[]; readonly known: ReadonlySet<string> } | null = null
  #fails = 0
  #accounts: { readonly at: string; readonly accounts: Accounts } | null = null

  constructor(chain: Chain, faults: Faults = {}) {
    this.chain = chain
    this.faults = faults
  }

  get faults(): Faults {
    return this.#faults
  }

  set faults(faults: Faults) {
    const { trunk, blocks } = this.chain
    this.#faults = faults
    this.#fails = 0
    if (faults.frozen !== true) this.#frozen = null
    else this.#frozen ??= { trunk: [...trunk], known: new Set(blocks.keys()) }
  }

  /** The hashes by height of the branch it is on; valid up to `height`. */
  get trunk(): readonly string[] {
    return this.#frozen?.trunk ?? this.chain.trunk
  }

  get height(): number {
    if (this.#frozen !== null) return this.#frozen.trunk.length - 1
    return Math.max(0, this.chain.height - (this.#faults.lagBlocks ?? 0))
  }

  get tip(): Block {
    return this.blockAt(this.height)!
  }

  blockAt(height: number): Block | null {
    const hash = height <= this.height ? this.trunk[height] : undefined
    return hash === undefined ? null : this.chain.blocks.get(hash)!
  }

  /** Also one that was abandoned: a node keeps those, and serves them by hash. */
  blockBy(hash: string): Block | null {
    const block = this.chain.blocks.get(hash)
    if (block === undefined || block.height > this.height) return null
    return this.#frozen === null || this.#frozen.known.has(hash) ? block : null
  }

  find(id: string): Sighting | null {
    if (this.#faults.deny?.includes(id)) return null
    const tx = this.chain.transactions.get(id)
    if (tx !== undefined) {
      const block = this.chain.blockWith(id, this.trunk)
      if (block !== null && block.height <= this.height) {
        return { state: "mined", tx: this.#told(tx), block }
      }
      // A node that is behind still has in its mempool what others have mined.
      if (this.chain.pending.has(id) || this.chain.blockWith(id) !== null) {
        return { state: "pending", tx: this.#told(tx) }
      }
    }
    const codes = this.chain.errors.get(id)
    return codes === undefined ? null : { state: "dropped", codes }
  }

  /** The ids it shows of a block. */
  txsOf(block: Block): readonly string[] {
    const { deny } = this.#faults
    return deny === undefined ? block.txs : block.txs.filter((id) => !deny.includes(id))
  }

  /** The ids it shows of the mempool, oldest first. */
  pending(): string[] {
    const ids = [...this.chain.pending]
    for (let height = this.height + 1; height <= this.chain.height; height++) {
      ids.unshift(...this.chain.blocks.get(this.chain.trunk[height]!)!.txs)
    }
    return ids.filter((id) => this.find(id)?.state === "pending")
  }

  /** What only a cache still knows: on no branch that counts and not waiting, newest last. */
  ghosts(): { readonly tx: Transaction; readonly block: Block | null }[] {
    if (this.#faults.ghosts !== true) return []
    return [...this.chain.transactions.values()].flatMap((tx) => {
      const state = this.#faults.deny?.includes(tx.id) ? "denied" : this.find(tx.id)?.state
      if (state !== undefined && state !== "dropped") return []
      return [{ tx: this.#told(tx), block: this.chain.placesOf(tx.id).at(-1) ?? null }]
    })
  }

  get accounts(): Accounts {
    if (this.height === this.chain.height && this.#frozen === null) return this.chain.accounts
    const at = `${this.tip.hash}:${this.chain.facts}`
    if (this.#accounts?.at !== at) {
      const branch = this.trunk.slice(0, this.height + 1)
      this.#accounts = { at, accounts: this.chain.accountsOf(branch) }
    }
    return this.#accounts.accounts
  }

  /** The status to fail this request with; null for a request that is served. Counts what it fails. */
  failure(path: string): number | null {
    const { fail } = this.#faults
    if (fail === undefined || !path.startsWith(fail.path ?? "/")) return null
    if (fail.times !== undefined && this.#fails >= fail.times) return null
    this.#fails++
    return fail.status
  }

  #told(tx: Transaction): Transaction {
    const lie = this.#faults.lie?.[tx.id]
    if (lie === undefined) return tx
    const { quantity = tx.quantity, target = tx.target } = lie
    const json = { ...tx.json, quantity: `${quantity}`, target }
    return { ...tx, quantity, target, json, served: served(json) }
  }
}
