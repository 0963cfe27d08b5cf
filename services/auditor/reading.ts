// Reads one chain block by block for an auditor, from its own endpoints, and keeps what concerns the bridge.

import type { Chain, Connection, Deployment } from "../../chains/chain.ts"
import { claimIndex } from "../../chains/evm/claim.ts"
import { BridgeError } from "../../core/errors.ts"
import { transferId } from "../../core/ids.ts"
import type { Outflow, Statement } from "../../core/solvency.ts"
import type { BlockRef, Sighting } from "../../core/transfer.ts"

/** Blocks read at one time, and in one turn: a chain that is far behind does not keep the others waiting. */
const AT_ONCE = 32
const TURN_MAX = 1_024
/** Blocks whose ids are kept: a chain that is reorganised deeper is read from its beginning. */
const KEPT = 256

interface Row {
  readonly height: number
  readonly sightings: readonly Sighting[]
  readonly outflows: readonly Outflow[]
}

export class Reading {
  readonly #chain: Chain
  readonly #connection: Connection
  readonly #deployment: Deployment
  readonly #start: number
  /** The newest blocks, oldest first. */
  #blocks: BlockRef[] = []
  /** Blocks that concern us, oldest first. */
  #rows: Row[] = []
  /** Tokens that came without a word and went back to whom their sender named. */
  #returned: readonly Sighting[] = []
  #tip: BlockRef | null = null
  #known = 0
  /** What the token said of itself at the newest block. */
  #stated: Statement["stated"] = null

  constructor(chain: Chain, connection: Connection, deployment: Deployment, start: number) {
    assertAuditable(chain)
    this.#chain = chain
    this.#connection = connection
    this.#deployment = deployment
    this.#start = start
  }

  /** Up to the tip, or as far as one turn goes. Throws what the connection throws. */
  async turn(): Promise<void> {
    this.#known = this.#rows.reduce((sum, { outflows }) => sum + outflows.length, 0)
    // No verdict from an old tip, should anything fail below.
    this.#tip = null
    await this.#stepBack()
    const tip = await this.#connection.tip()
    const last = Math.min(tip.height, this.#next() + TURN_MAX - 1)
    while (this.#next() <= last) await this.#read(this.#next(), last)
    this.#returned = await this.#claimed()
    const head = this.#blocks.at(-1)
    this.#stated = head && head.height >= tip.height ? await this.#saidAt(head.height) : null
    this.#tip = tip
  }

  /** Null while it is catching up, with how far it is. */
  statement(): Statement | { readonly chain: Chain["name"]; readonly behind: number | null } {
    const block = this.#blocks.at(-1)
    const tip = this.#tip
    if (!tip || !block || block.height < tip.height)
      return { chain: this.#chain.name, behind: tip ? tip.height - this.#next() + 1 : null }
    return {
      ...{ chain: this.#chain.name, block, known: this.#known, stated: this.#stated },
      sightings: [...this.#rows.flatMap(({ sightings }) => sightings), ...this.#returned],
      outflows: this.#rows.flatMap(({ outflows }) => outflows),
    }
  }

  /** Of that height: what the token says of its newest slot would be about another one. */
  async #saidAt(height: number): Promise<Statement["stated"]> {
    return (await this.#connection.stated?.(height)) ?? null
  }

  #next(): number {
    const head = this.#blocks.at(-1)
    return head ? head.height + 1 : this.#start
  }

  async #read(from: number, last: number): Promise<void> {
    const heights = Array.from({ length: Math.min(AT_ONCE, last - from + 1) }, (_, n) => from + n)
    for (const block of await Promise.all(heights.map((one) => this.#connection.block(one)))) {
      const head = this.#blocks.at(-1)
      if (block === null || (head && block.parent !== head.id))
        throw new BridgeError("not-yet", { chain: this.#chain.name, why: "the chain moved" })
      const { codec } = this.#chain
      const { sightings } = codec.facts(block, this.#deployment)
      const outflows = codec.outflows!(block, this.#deployment)
      if (sightings.length + outflows.length > 0)
        this.#rows.push({ height: block.height, sightings, outflows })
      this.#blocks.push({ height: block.height, id: block.id })
    }
    this.#blocks = this.#blocks.slice(-KEPT)
  }

  /** Forgets what the chain holds no more. */
  async #stepBack(): Promise<void> {
    for (let head = this.#blocks.at(-1); head; head = this.#blocks.at(-1)) {
      const now = await this.#connection.block(head.height)
      if (now?.id === head.id) return
      // A lower tip is an endpoint that lags: nothing is forgotten for it.
      if (now === null) throw new BridgeError("not-yet", { chain: this.#chain.name })
      this.#blocks.pop()
      // What was known may stand at another place now: it is news again.
      this.#known = 0
      const { height } = head
      this.#rows = this.#rows.filter((row) => row.height < height)
      if (this.#blocks.length === 0) this.#rows = []
    }
  }

  async #claimed(): Promise<readonly Sighting[]> {
    if (!this.#connection.unattributed) return []
    const seen = new Set(this.#rows.flatMap(({ sightings }) => sightings.map(({ id }) => id)))
    const unseen = this.#rows
      .flatMap(({ outflows }) => outflows)
      .filter(({ transfer }) => transfer?.startsWith(`${this.#chain.name}:`) && !seen.has(transfer))
    if (unseen.length === 0) return []
    const came = await this.#connection.unattributed()
    return came.flatMap(({ chain, transaction, index, asset, sender, amount }) => {
      const id = transferId({ chain, transaction, index: claimIndex(index) })
      const back = unseen.find(({ transfer }) => transfer === id)
      if (!back) return []
      const none = { recipient: null, forward: {}, fee: null, problem: "unattributed" } as const
      // The vault pays a claim only to whom the sender's signature names.
      const refundTo = back.recipient
      return [{ id, asset, amount, sender, refundTo, source: chain, target: chain, ...none }]
    })
  }
}

function assertAuditable({ name, codec }: Chain): void {
  if (!codec.outflows)
    throw new BridgeError("not-supported", { chain: name, why: "its payouts name no transfers" })
}
