// The local node: a chain that is kept on disk, a clock, and everything that changes it.

import { randomBytes } from "node:crypto"
import { statSync } from "node:fs"
import { BridgeError } from "../../core/errors.ts"
import { openLog } from "../arweave/log.ts"
import { judge, type Rates, type Verdict } from "./admission.ts"
import type { Block } from "./block.ts"
import { Chain, type ChainFact, factOf, type Miner } from "./chain.ts"
import { hexOf, type Transaction } from "./transaction.ts"

export interface NodeOptions {
  readonly file: string
  /** In milliseconds since 1970. */
  readonly now: () => number
  readonly rates: Rates
}

/** What a fork does with the transactions of the blocks it abandons: forget some, let some wait. */
export interface ForkChoice {
  readonly drop: Iterable<string>
  readonly pending: Iterable<string>
}

export class Node {
  readonly chain = new Chain()
  readonly rates: Rates
  readonly startedAt: number
  /** What `estimatesmartfee` answers, in satoshis per thousand virtual bytes; null for "no data". */
  feeRate: bigint | null = null
  readonly #file: string
  readonly #log: ReturnType<typeof openLog>["log"]
  readonly #now: () => number
  #mockTime = 0

  /** Takes up the chain where the log has left it. Throws `journal-damaged`. */
  constructor({ file, now, rates }: NodeOptions) {
    const { lines, log } = openLog(file)
    this.#file = file
    this.#log = log
    this.#now = now
    this.rates = rates
    for (const line of lines) this.chain.apply(line as ChainFact)
    this.startedAt = this.seconds
  }

  /** The node's clock, in seconds since 1970; it may be set by `setmocktime`. */
  get seconds(): number {
    return this.#mockTime || Math.floor(this.#now() / 1000)
  }

  get bytesOnDisk(): number {
    return statSync(this.#file).size
  }

  /** 0 gives the real clock back. */
  setMockTime(seconds: number): void {
    this.#mockTime = seconds
  }

  /** Whether it would take a transaction now. */
  judge(tx: Transaction): Verdict {
    return judge(this.chain, tx, this.rates)
  }

  /** Takes a transaction into the mempool, or says why not. */
  submit(tx: Transaction): Verdict {
    const verdict = this.judge(tx)
    if (verdict.isTaken) this.#record({ kind: "posted", raw: hexOf(tx), time: this.seconds })
    return verdict
  }

  /** Mines a block of the mempool that pays this script. */
  mine(payTo: Uint8Array, omit: ReadonlySet<string> = new Set()): Block {
    this.#record(this.chain.mined(this.#miner(payTo), omit))
    return this.chain.tip
  }

  /**
   * A block as Core's own calls make it: of the mempool, or of exactly these. Its coinbase has nothing of its own, so that
   * the same second, height, address and transactions make the same block again; null when there was one before. Throws
   * `bad-request` with the `rule` that the transactions break.
   */
  mineAsCore(payTo: Uint8Array, txs: readonly Transaction[] | null): Block | null {
    const miner = { payTo, time: this.seconds, extraNonce: new Uint8Array() }
    const fact = txs === null ? this.chain.mined(miner) : this.chain.minedOf(txs, miner)
    if (this.chain.knows(fact)) return null
    this.#record(fact)
    return this.chain.tip
  }

  /**
   * Overtakes the last `depth` blocks by one more, all new. Throws `bad-request` when the chain is
   * shorter, or an id of the choice is in no abandoned block.
   */
  fork(depth: number, payTo: Uint8Array, { drop, pending }: ForkChoice): Block[] {
    const { trunk, tip } = this.chain
    if (!Number.isInteger(depth) || depth < 1 || depth > tip.height)
      throw new BridgeError("bad-request", { depth, depthMax: tip.height })
    const abandoned = new Set(trunk.slice(-depth).flatMap(({ ids }) => ids.slice(1)))
    const lost = [...drop]
    const leave = new Set([...lost, ...pending])
    for (const id of leave)
      if (!abandoned.has(id)) throw new BridgeError("bad-request", { notAbandoned: id })
    const miners = Array.from({ length: depth + 1 }, () => this.#miner(payTo))
    for (const fact of this.chain.forked(depth, leave, miners)) this.#record(fact)
    for (const id of lost) if (this.chain.mempool.find(id)) this.evict(id)
    return this.chain.trunk.slice(-depth - 1)
  }

  /** Adds a block that others have made; null, or the rule that it breaks. */
  submitBlock(block: Block): string | null {
    const objection = this.chain.objectionTo(block, this.seconds)
    if (objection === null) this.#record(factOf(block, this.chain.mempool))
    return objection
  }

  /** Takes a transaction out of the mempool, with all that spends it. Throws `not-found`. */
  evict(id: string): void {
    if (this.chain.mempool.find(id) === null)
      throw new BridgeError("not-found", { notInMempool: id })
    this.#record({ kind: "evicted", id })
  }

  invalidate(block: Block): void {
    this.#record({ kind: "invalidated", hash: block.hash })
  }

  reconsider(block: Block): void {
    this.#record({ kind: "reconsidered", hash: block.hash })
  }

  close(): void {
    this.#log.close()
  }

  #miner(payTo: Uint8Array): Miner {
    return { payTo, time: this.seconds, extraNonce: randomBytes(8) }
  }

  #record(fact: ChainFact): void {
    this.#log.append(fact)
    this.chain.apply(fact)
  }
}
