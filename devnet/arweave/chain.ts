// The local Arweave chain: blocks, balances and mempool as a pure state machine, without clock or disk.

import { unreachable } from "../../core/assert.ts"
import { BridgeError } from "../../core/errors.ts"
import { Accounts, type Price, USUAL_PRICE } from "./accounts.ts"
import { sha384, toBase64url } from "./bytes.ts"
import { CHUNK_BYTES } from "./merkle.ts"
import { type Ground, type Objection, objectionAtDoor, objectionTo } from "./rules.ts"
import { type Transaction, type TransactionJson, transactionOf } from "./transaction.ts"

/** `timestamp` in seconds, `txs` are ids in the order in which they moved money. */
export interface Block {
  readonly hash: string
  readonly previous: string
  readonly height: number
  readonly timestamp: number
  readonly txs: readonly string[]
}

/**
 * What happened, one line of the log each: applying them in order gives the chain back. `dropped`
 * names what left the mempool because it no longer fits, with the node's error codes.
 */
export type ChainFact =
  | { readonly kind: "started"; readonly genesis: Block }
  | { readonly kind: "allocated"; readonly address: string; readonly winston: string }
  | { readonly kind: "priced"; readonly winstonPerByte: string; readonly newWallet: string }
  | { readonly kind: "posted"; readonly tx: TransactionJson; readonly sender: string }
  | { readonly kind: "refused"; readonly id: string; readonly codes: readonly string[] }
  | { readonly kind: "evicted"; readonly id: string }
  | { readonly kind: "mined"; readonly block: Block; readonly dropped: Dropped }
  | {
      readonly kind: "forked"
      readonly depth: number
      readonly blocks: readonly Block[]
      readonly lost: readonly string[]
      readonly dropped: Dropped
    }

export type Dropped = readonly { readonly id: string; readonly codes: readonly string[] }[]

/** A branch that was overtaken, oldest block first; `timestamp` in seconds. */
export interface AbandonedFork {
  readonly height: number
  readonly timestamp: number
  readonly blocks: readonly string[]
}

/** What a fork does with the transactions of the blocks it abandons: forget some, let some wait. */
export interface ForkChoice {
  readonly lose: ReadonlySet<string>
  readonly hold: ReadonlySet<string>
}

/** The network never reorganises deeper (`CHECKPOINT_DEPTH`). */
export const FORK_DEPTH_MAX = 18
const BLOCK_TXS_MAX = 1000

export class Chain {
  /** Hashes of the canonical blocks, by height. */
  readonly trunk: string[] = []
  readonly blocks = new Map<string, Block>()
  /** Every transaction that was ever accepted, mined or not. */
  readonly transactions = new Map<string, Transaction>()
  /** The mempool, oldest first. */
  readonly pending = new Set<string>()
  /** Why a transaction was refused or dropped, in the node's codes. */
  readonly errors = new Map<string, readonly string[]>()
  readonly forks: AbandonedFork[] = []
  /** Bytes of data stored up to the end of a block. */
  readonly weaveSizes = new Map<string, number>()
  /** How many facts made it. */
  facts = 0
  price: Price = USUAL_PRICE
  accounts = new Accounts()
  readonly #allocations: [string, bigint][] = []
  /** The blocks that hold a transaction, on whatever branch. */
  readonly #places = new Map<string, string[]>()

  get height(): number {
    return this.trunk.length - 1
  }

  /** The blocks that hold a transaction, on any branch. */
  placesOf(id: string): readonly Block[] {
    return (this.#places.get(id) ?? []).map((hash) => this.blocks.get(hash)!)
  }

  /** The block of a branch that holds the transaction; a branch is its hashes by height. */
  blockWith(id: string, branch: readonly string[] = this.trunk): Block | null {
    for (const hash of this.#places.get(id) ?? []) {
      const block = this.blocks.get(hash)!
      if (branch[block.height] === hash) return block
    }
    return null
  }

  /** The accounts at the end of a branch. Money from outside counts from the start of the chain. */
  accountsOf(branch: readonly string[]): Accounts {
    const accounts = new Accounts()
    for (const [address, winston] of this.#allocations) accounts.allocate(address, winston)
    for (const hash of branch) {
      for (const tx of this.#read(this.blocks.get(hash)!.txs)) accounts.apply(tx)
    }
    return accounts
  }

  /** Why the node refuses this transaction; null when it takes it. */
  objectionTo(tx: Transaction): Objection | null {
    return objectionAtDoor(tx, this.#ground(this.trunk, this.accounts), this.pending)
  }

  /** The next block: the mempool without the ids to `omit`, the highest reward first. */
  mined(timestamp: number, omit: ReadonlySet<string> = new Set()): ChainFact {
    const accounts = this.accounts.copy()
    const candidates = [...this.pending].filter((id) => !omit.has(id))
    const byReward = this.#read(candidates).sort((a, b) => compare(b.reward, a.reward))
    const txs = this.#pick(byReward, this.#ground(this.trunk, accounts))
    const block = this.#seal(this.blocks.get(this.trunk.at(-1)!)!, txs, timestamp)
    const after = this.#ground([...this.trunk, block.hash], accounts, [block])
    const taken = new Set(txs)
    const left = [...this.pending].filter((id) => !taken.has(id))
    return { kind: "mined", block, dropped: this.#unfit(left, after) }
  }

  /**
   * A heavier branch: the last `depth` blocks are abandoned for `depth + 1` new ones. What the old
   * ones held is mined again in the first new block with room, if it still fits there, except what
   * the choice loses (the network forgets it) or holds (it waits in the mempool).
   * Throws `bad-request` when the network's bound or the chain's start forbids the depth, or an id of
   * the choice is in no abandoned block.
   */
  forked(depth: number, timestamp: number, { lose, hold }: ForkChoice): ChainFact {
    const depthMax = Math.min(FORK_DEPTH_MAX, this.height)
    if (!Number.isInteger(depth) || depth < 1 || depth > depthMax) {
      throw new BridgeError("bad-request", { depth, depthMax })
    }
    const abandoned = this.trunk.slice(-depth).flatMap((hash) => this.blocks.get(hash)!.txs)
    for (const id of [...lose, ...hold]) {
      if (!abandoned.includes(id)) throw new BridgeError("bad-request", { notAbandoned: id })
    }
    const trunk = this.trunk.slice(0, -depth)
    const accounts = this.accountsOf(trunk)
    const kept = abandoned.filter((id) => !lose.has(id))
    const mined = new Set<string>()
    const blocks: Block[] = []
    while (blocks.length <= depth) {
      const candidates = kept.filter((id) => !hold.has(id) && !mined.has(id))
      const txs = this.#pick(this.#read(candidates), this.#ground(trunk, accounts, blocks))
      const tip = blocks.at(-1) ?? this.blocks.get(trunk.at(-1)!)!
      blocks.push(this.#seal(tip, txs, timestamp))
      trunk.push(blocks.at(-1)!.hash)
      for (const id of txs) mined.add(id)
    }
    const left = [...kept.filter((id) => !mined.has(id)), ...this.pending]
    const dropped = this.#unfit(left, this.#ground(trunk, accounts, blocks))
    return { kind: "forked", depth, blocks, lost: [...lose], dropped }
  }

  /** The only way in which the chain changes. */
  apply(fact: ChainFact): void {
    this.facts++
    switch (fact.kind) {
      case "started":
        this.#append(fact.genesis)
        break
      case "allocated":
        this.#allocations.push([fact.address, BigInt(fact.winston)])
        this.accounts.allocate(fact.address, BigInt(fact.winston))
        break
      case "priced":
        this.price = {
          winstonPerByte: BigInt(fact.winstonPerByte),
          newWallet: BigInt(fact.newWallet),
        }
        break
      case "posted": {
        const tx = transactionOf(fact.tx, fact.sender)
        this.transactions.set(tx.id, tx)
        this.pending.add(tx.id)
        this.errors.delete(tx.id)
        break
      }
      case "refused":
        this.errors.set(fact.id, fact.codes)
        break
      case "evicted":
        this.pending.delete(fact.id)
        break
      case "mined":
        this.#append(fact.block)
        for (const tx of this.#read(fact.block.txs)) this.accounts.apply(tx)
        this.#drop(fact.dropped)
        break
      case "forked":
        this.#overtake(fact)
        break
      default:
        unreachable(fact)
    }
  }

  #overtake({ depth, blocks, lost, dropped }: Extract<ChainFact, { kind: "forked" }>): void {
    const abandoned = this.trunk.splice(this.trunk.length - depth)
    const { timestamp } = blocks.at(-1)!
    this.forks.push({ height: this.trunk.length, timestamp, blocks: abandoned })
    // What was mined is older than what waits, so it goes to the front of the mempool.
    const waiting = [...this.pending]
    this.pending.clear()
    for (const hash of abandoned) for (const id of this.blocks.get(hash)!.txs) this.pending.add(id)
    for (const id of waiting) this.pending.add(id)
    for (const id of lost) this.pending.delete(id)
    for (const block of blocks) this.#append(block)
    this.accounts = this.accountsOf(this.trunk)
    this.#drop(dropped)
  }

  #append(block: Block): void {
    this.trunk.push(block.hash)
    this.blocks.set(block.hash, block)
    let size = this.weaveSizes.get(block.previous) ?? 0
    for (const tx of this.#read(block.txs)) {
      this.pending.delete(tx.id)
      this.#places.set(tx.id, [...(this.#places.get(tx.id) ?? []), block.hash])
      size += storedBytes(tx)
    }
    this.weaveSizes.set(block.hash, size)
  }

  #drop(dropped: Dropped): void {
    for (const { id, codes } of dropped) {
      this.pending.delete(id)
      if (codes.length > 0) this.errors.set(id, codes)
    }
  }

  #read(ids: readonly string[]): Transaction[] {
    return ids.map((id) => this.transactions.get(id)!)
  }

  /** The ground at the end of a branch, whose last blocks may be `fresh`: not part of the chain yet. */
  #ground(trunk: readonly string[], accounts: Accounts, fresh: readonly Block[] = []): Ground {
    return {
      height: trunk.length - 1,
      accounts,
      price: this.price,
      heightOf: (hash) => {
        const block = this.blocks.get(hash) ?? fresh.find((one) => one.hash === hash)
        return block !== undefined && trunk[block.height] === hash ? block.height : null
      },
      heightWith: (id) => {
        const block = fresh.find((one) => one.txs.includes(id)) ?? this.blockWith(id, trunk)
        return block?.height ?? null
      },
    }
  }

  /** Takes what fits on top of each other, in this order, and leaves the accounts as they are then. */
  #pick(candidates: readonly Transaction[], ground: Ground): string[] {
    const chosen = new Set<string>()
    for (const tx of candidates) {
      if (chosen.size === BLOCK_TXS_MAX) break
      if (objectionTo(tx, ground, chosen) !== null) continue
      chosen.add(tx.id)
      ground.accounts.apply(tx)
    }
    return [...chosen]
  }

  /** What has no place in a mempool on this ground, each held against it alone. */
  #unfit(ids: readonly string[], ground: Ground): Dropped {
    return this.#read(ids).flatMap((tx) => {
      const objection = objectionTo(tx, ground)
      if (objection === null) return []
      return [{ id: tx.id, codes: objection.kind === "invalid" ? objection.codes : [] }]
    })
  }

  #seal(parent: Block, txs: readonly string[], seconds: number): Block {
    const timestamp = Math.max(seconds, parent.timestamp)
    const height = parent.height + 1
    // The number of blocks so far makes the sides of a fork differ when they hold the same.
    const content = JSON.stringify([parent.hash, height, timestamp, txs, this.blocks.size])
    const hash = toBase64url(sha384(Buffer.from(content)))
    return { hash, previous: parent.hash, height, timestamp, txs }
  }
}

/** Block 0. The seed makes the hashes of one chain differ from those of every other. */
export function genesis(timestamp: number, seed: string): ChainFact {
  const hash = toBase64url(sha384(Buffer.from(seed)))
  return { kind: "started", genesis: { hash, previous: "", height: 0, timestamp, txs: [] } }
}

/** Bytes a transaction takes up in the weave: whole chunks. */
export function storedBytes({ dataSize }: Transaction): number {
  return Math.ceil(dataSize / CHUNK_BYTES) * CHUNK_BYTES
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}
