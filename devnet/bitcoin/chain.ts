// The local Bitcoin chain: a tree of blocks, the coins of its heaviest branch, the mempool; without clock or disk.

import { assert, unreachable } from "../../core/assert.ts"
import { BridgeError } from "../../core/errors.ts"
import { type Block, blockOf, GENESIS, sealed, subsidyAt, transactionsOf } from "./block.ts"
import { blockFault } from "./block-rules.ts"
import { fromHex, hash256, isHash, shown, toHex } from "./bytes.ts"
import { type Coin, Coins } from "./coins.ts"
import { coinsOf, feeOf, type Ground, spendsFault } from "./consensus.ts"
import { Mempool } from "./mempool.ts"
import { refit } from "./refit.ts"
import { chosenFrom } from "./template.ts"
import { type Outpoint, type Transaction, transactionFrom } from "./transaction.ts"

/**
 * What happened, one line of the log each: applying them in order gives the chain back. Bytes in
 * hexadecimal; a block's transaction that waited in the mempool is there by its id.
 */
export type ChainFact =
  | { readonly kind: "posted"; readonly raw: string; readonly time: number }
  | { readonly kind: "evicted"; readonly id: string }
  | { readonly kind: "block"; readonly header: string; readonly txs: readonly string[] }
  | { readonly kind: "invalidated"; readonly hash: string }
  | { readonly kind: "reconsidered"; readonly hash: string }

/** Where a transaction is on the branch that counts. */
export interface Place {
  readonly block: Block
  readonly index: number
}

/** Whom the next block pays, and when; `time` in seconds since 1970. */
export interface Miner {
  readonly payTo: Uint8Array
  readonly time: number
  readonly extraNonce: Uint8Array
}

const MEDIAN_BLOCKS = 11

export class Chain {
  /** The branch that counts, by height. */
  readonly trunk: Block[] = [GENESIS]
  /** Every block there ever was, parents before their children. */
  readonly blocks = new Map<string, Block>([[GENESIS.hash, GENESIS]])
  /** Unspent on the branch that counts; the mempool spends nothing here. */
  readonly coins = new Coins()
  readonly mempool = new Mempool()
  /** Blocks that an operator has declared invalid; so are their descendants. */
  readonly invalid = new Set<string>()
  readonly #places = new Map<string, Place>([[GENESIS.ids[0]!, { block: GENESIS, index: 0 }]])

  get tip(): Block {
    return this.trunk.at(-1)!
  }

  isOnTrunk(block: Block): boolean {
    return this.trunk[block.height] === block
  }

  /** Where a transaction is on the branch that counts. */
  placeOf(id: string): Place | null {
    return this.#places.get(id) ?? null
  }

  /** The median time of a block and the ten before it, in seconds: the chain's own clock. */
  medianTimeOf(block: Block): number {
    const times: number[] = []
    let at: Block | undefined = block
    while (at !== undefined && times.length < MEDIAN_BLOCKS) {
      times.push(at.time)
      at = this.blocks.get(at.previous)
    }
    return times.sort((a, b) => a - b)[times.length >> 1]!
  }

  /** What the next block on a branch meets; its coins are a layer of their own. */
  groundOn(parent: Block): Ground & { readonly coins: Coins } {
    const branch: Block[] = []
    let fork = parent
    while (!this.isOnTrunk(fork)) {
      branch.unshift(fork)
      fork = this.blocks.get(fork.previous)!
    }
    const coins = new Coins(this.coins)
    for (const block of this.trunk.slice(fork.height + 1).reverse()) this.#revert(block, coins)
    for (const block of branch)
      for (const tx of transactionsOf(block)) coins.apply(tx, block.height)
    return {
      coins,
      height: parent.height + 1,
      medianTime: this.medianTimeOf(parent),
      medianTimeAt: (height) => {
        const { trunk } = this
        const on = height <= fork.height ? trunk[height] : branch[height - fork.height - 1]
        return this.medianTimeOf(on!)
      },
    }
  }

  /** Where a transaction is on the branch that ends with a block; null when it is not there. */
  placeOn(branch: Block, id: string): Place | null {
    let block = branch
    for (; !this.isOnTrunk(block); block = this.blocks.get(block.previous)!) {
      const index = block.ids.indexOf(id)
      if (index >= 0) return { block, index }
    }
    const place = this.#places.get(id)
    return place !== undefined && place.block.height <= block.height ? place : null
  }

  /** The block at a height of the branch that ends with a block; null beyond its ends. */
  blockOn(branch: Block, height: number): Block | null {
    let block = branch
    while (!this.isOnTrunk(block) && block.height > height) block = this.blocks.get(block.previous)!
    if (block.height === height) return block
    return height >= 0 && height < block.height ? this.trunk[height]! : null
  }

  /** The next block: the mempool, what pays most first. What is in `omit` waits. */
  mined(miner: Miner, omit: ReadonlySet<string> = new Set()): ChainFact {
    const txs = chosenFrom(this.mempool, omit).map(({ tx }) => tx)
    return factOf(this.#sealed(this.tip, txs, miner), this.mempool)
  }

  /**
   * A block of exactly these transactions on the tip. Throws `bad-request` with the rule that they break.
   */
  minedOf(txs: readonly Transaction[], miner: Miner): ChainFact {
    return factOf(this.#sealed(this.tip, txs, miner), this.mempool)
  }

  /** Whether the block of a fact has been there before. */
  knows(fact: ChainFact): boolean {
    return fact.kind === "block" && this.blocks.has(shown(hash256(fromHex(fact.header)!)))
  }

  /**
   * Blocks, one for each miner, of a branch that leaves the trunk `depth` below the tip; each must be
   * applied before the next is asked for. They take the transactions of the blocks beside them as far
   * as they fit, except those to `leave`.
   */
  *forked(
    depth: number,
    leave: ReadonlySet<string>,
    miners: readonly Miner[],
  ): Generator<ChainFact, void> {
    const beside = this.trunk.slice(this.trunk.length - depth)
    let left = beside.flatMap((block) => transactionsOf(block).slice(1))
    left = left.filter(({ id }) => !leave.has(id))
    let parent = this.trunk.at(-depth - 1)!
    for (const miner of miners) {
      const fitting = this.#fitting(left, parent)
      const block = this.#sealed(parent, fitting, miner)
      const taken = new Set(fitting)
      left = left.filter((tx) => !taken.has(tx))
      yield factOf(block, this.mempool)
      assert(this.blocks.has(block.hash), "a block is recorded before the next one is made")
      parent = this.blocks.get(block.hash)!
    }
  }

  /** Why a block of others may not be added; null when it may. `now` in seconds. */
  objectionTo(block: Block, now: number): string | null {
    const parent = this.blocks.get(block.previous)
    if (parent === undefined) return "prev-blk-not-found"
    if (this.#isBad(parent)) return "bad-prevblk"
    const ground = this.groundOn(parent)
    const txs = transactionsOf(block)
    return (
      blockFault(block, txs, { medianTime: ground.medianTime, now }) ?? this.#spends(txs, ground)
    )
  }

  /** The only way in which the chain changes. */
  apply(fact: ChainFact): void {
    switch (fact.kind) {
      case "posted":
        this.#admit(transactionFrom(fromHex(fact.raw)!)!, fact.time)
        break
      case "evicted":
        this.mempool.removeWithDescendants(fact.id)
        break
      case "block": {
        const parent = this.blocks.get(previousIn(fact.header))!
        const block = blockIn(fact, this.mempool, parent.height + 1)
        this.blocks.set(block.hash, block)
        if (block.height > this.tip.height && !this.#isBad(block)) this.#activate(block)
        break
      }
      case "invalidated":
        this.invalid.add(fact.hash)
        this.#activate(this.#best())
        break
      case "reconsidered":
        this.#forgive(this.blocks.get(fact.hash)!)
        this.#activate(this.#best())
        break
      default:
        unreachable(fact)
    }
  }

  #sealed(parent: Block, txs: readonly Transaction[], miner: Miner): Block {
    const ground = this.groundOn(parent)
    const trial = { ...ground, coins: new Coins(ground.coins) }
    let fees = 0n
    for (const tx of txs) {
      const spent = coinsOf(tx, trial.coins)
      if (spent === null) throw new BridgeError("bad-request", { rule: MISSING })
      fees += feeOf(tx, spent)
      trial.coins.apply(tx, ground.height)
    }
    const { payTo, extraNonce } = miner
    const time = Math.max(miner.time, ground.medianTime + 1)
    const at = { height: ground.height, previous: parent.hash, time }
    const block = sealed({ ...at, payTo, txs, fees, extraNonce })
    const coinbase = transactionFrom(block.raws[0]!)!
    const fault = this.#spends([coinbase, ...txs], ground)
    if (fault !== null) throw new BridgeError("bad-request", { rule: fault })
    return block
  }

  #spends(txs: readonly Transaction[], ground: Ground & { readonly coins: Coins }): string | null {
    const max = (fees: bigint) => subsidyAt(ground.height) + fees
    const isChecked = (tx: Transaction) =>
      this.mempool.find(tx.id)?.tx.hash === tx.hash || this.#isMined(tx)
    return spendsFault(txs, ground, max, isChecked)
  }

  /** In the same bytes, on the trunk. */
  #isMined(tx: Transaction): boolean {
    const place = this.#places.get(tx.id)
    return place !== undefined && Buffer.from(tx.raw).equals(place.block.raws[place.index]!)
  }

  /** What of these can be in one block on this parent, each with what it needs before it. */
  #fitting(txs: readonly Transaction[], parent: Block): Transaction[] {
    const ground = this.groundOn(parent)
    return txs.filter((tx) => {
      const trial = { ...ground, coins: new Coins(ground.coins) }
      if (
        spendsFault(
          [tx],
          trial,
          () => MAX,
          () => true,
        ) !== null
      )
        return false
      ground.coins.apply(tx, ground.height)
      return true
    })
  }

  #admit(tx: Transaction, time: number): void {
    for (const id of this.mempool.conflictsOf(tx)) this.mempool.removeWithDescendants(id)
    const height = this.tip.height
    const find = (point: Outpoint) => this.coins.find(point)
    const spent = tx.inputs.map(
      ({ point, txid, vout }) => find(point) ?? this.mempool.coin(txid, vout, height + 1)!,
    )
    this.mempool.add({ tx, fee: feeOf(tx, spent), time, height })
  }

  /** Makes this block the tip. Every block in the tree has been checked on its own branch. */
  #activate(target: Block): void {
    const path: Block[] = []
    let fork = target
    while (!this.isOnTrunk(fork)) {
      path.unshift(fork)
      fork = this.blocks.get(fork.previous)!
    }
    const abandoned = this.trunk.splice(fork.height + 1)
    for (const block of [...abandoned].reverse()) {
      this.#revert(block, this.coins)
      for (const id of block.ids) this.#places.delete(id)
    }
    for (const block of path) this.#connect(block)
    if (abandoned.length > 0) refit(this, abandoned)
  }

  #connect(block: Block): void {
    this.trunk.push(block)
    for (const [index, raw] of block.raws.entries()) {
      const waiting = this.mempool.find(block.ids[index]!)?.tx
      const tx = waiting?.raw === raw ? waiting : transactionFrom(raw)!
      this.coins.apply(tx, block.height)
      this.#places.set(tx.id, { block, index })
      this.mempool.remove(tx.id)
      for (const id of this.mempool.conflictsOf(tx)) this.mempool.removeWithDescendants(id)
    }
  }

  #revert(block: Block, coins: Coins): void {
    for (const tx of transactionsOf(block).reverse())
      coins.revert(tx, (point) => this.#coinOf(point))
  }

  #coinOf(point: Outpoint): Coin {
    const [txid = "", vout] = point.split(":")
    const place = this.#places.get(txid)!
    const { outputs, isCoinbase } = transactionAt(place)
    return { ...outputs[Number(vout)]!, height: place.block.height, isCoinbase }
  }

  #isBad(block: Block): boolean {
    if (this.invalid.size === 0) return false
    for (let at: Block | undefined = block; at; at = this.blocks.get(at.previous))
      if (this.invalid.has(at.hash)) return true
    return false
  }

  /** The valid block with the most work; among equals the one that came first. */
  #best(): Block {
    const bad = new Set<string>()
    let best = GENESIS
    for (const block of this.blocks.values()) {
      if (this.invalid.has(block.hash) || bad.has(block.previous)) bad.add(block.hash)
      else if (block.height > best.height) best = block
    }
    return best
  }

  /** A block is valid again, with all before it and all after it. */
  #forgive(block: Block): void {
    for (let at: Block | undefined = block; at; at = this.blocks.get(at.previous))
      this.invalid.delete(at.hash)
    const after = new Set([block.hash])
    for (const one of this.blocks.values()) if (after.has(one.previous)) after.add(one.hash)
    for (const hash of after) this.invalid.delete(hash)
  }
}

const MISSING = "bad-txns-inputs-missingorspent"
const MAX = 2n ** 63n

/** A transaction of a block, read from its bytes. */
export function transactionAt({ block, index }: Place): Transaction {
  return transactionFrom(block.raws[index]!)!
}

/** The fact that a block has come. */
export function factOf(block: Block, mempool: Mempool): ChainFact {
  const txs = block.raws.map((raw, index) => {
    const id = block.ids[index]!
    const waiting = mempool.find(id)
    return waiting !== null && Buffer.from(raw).equals(waiting.tx.raw) ? id : toHex(raw)
  })
  return { kind: "block", header: toHex(block.header), txs }
}

function blockIn(fact: ChainFact, mempool: Mempool, height: number): Block {
  assert(fact.kind === "block", "a block is made of a block's fact")
  const txs = fact.txs.map((text) =>
    isHash(text) ? mempool.find(text)!.tx : transactionFrom(fromHex(text)!)!,
  )
  return blockOf(fromHex(fact.header)!, height, txs)
}

function previousIn(header: string): string {
  return Buffer.from(header.slice(8, 72), "hex").reverse().toString("hex")
}
