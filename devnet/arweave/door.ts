// Where transactions come in: `POST /tx`, with the node's literal answers.

import type { Chain, ChainFact } from "./chain.ts"
import { type Reply, text } from "./reply.ts"
import type { Objection } from "./rules.ts"
import { NotATransaction, parseTransaction, type Transaction } from "./transaction.ts"

export interface DoorOptions {
  readonly chain: Chain
  /** Makes a fact part of the chain, for good. */
  readonly record: (fact: ChainFact) => void
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** How long the id of an accepted transaction is answered with 208; the network's is 10 minutes. */
  readonly rememberMs: number
}

export class Door {
  readonly #options: DoorOptions
  /** Accepted ids and until when they are remembered. A restart forgets them, as on the network. */
  readonly #known = new Map<string, number>()

  constructor(options: DoorOptions) {
    this.#options = options
  }

  /**
   * Takes a transaction or says why not. Two answers deserve care. 208 means only that the node knows
   * the id: it may have been dropped since. 400 for an anchor or for "already on the weave" may be
   * the answer to a transaction that was mined long ago.
   */
  post(body: string): Reply {
    const { chain, record, now, rememberMs } = this.#options
    let tx: Transaction
    try {
      tx = parseTransaction(JSON.parse(body))
    } catch (error) {
      return text(400, error instanceof NotATransaction ? error.message : "Invalid JSON.")
    }
    if (chain.pending.has(tx.id) || this.#knows(tx.id)) {
      return text(208, "Transaction already processed.")
    }
    const objection = chain.objectionTo(tx)
    if (objection === null) {
      record({ kind: "posted", tx: tx.json, sender: tx.sender })
      this.#known.set(tx.id, now() + rememberMs)
      return text(200, "OK")
    }
    // Not recorded: a node that restarts has forgotten what it refused.
    if (objection.kind === "invalid") chain.apply({ ...objection, kind: "refused", id: tx.id })
    return text(400, WORDS[objection.kind])
  }

  /** Lets the same transaction be posted again as if it had never been here. */
  forget(id: string): void {
    this.#known.delete(id)
  }

  #knows(id: string): boolean {
    const until = this.#known.get(id)
    if (until !== undefined && until <= this.#options.now()) this.#known.delete(id)
    return this.#known.has(id)
  }
}

const WORDS: Record<Objection["kind"], string> = {
  invalid: "Transaction verification failed.",
  "data-split": "The attached data is split in an unknown way.",
  "anchor-pending": "Invalid anchor (last_tx from mempool).",
  "bad-anchor": "Invalid anchor (last_tx).",
  "on-weave": "Transaction is already on the weave.",
  "in-mempool": "Transaction is already in the mempool.",
}
