// Reads one chain block by block for an auditor, from its own endpoints, and keeps what concerns the bridge.

import type { Chain, Connection, Deployment, PaidNote } from "../../chains/chain.ts"
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

/** Notes that showed nothing, yet; a source that invents more is not asked again for them. */
const NOTES_MAX = 10_000

/**
 * Looks at which its source may be silent before a verdict is given without it: whoever silences it cannot blind us
 * for two minutes.
 */
const SILENT_MAX = 2

/** Those that came since it was asked last, of addresses of depositors' own; from anybody, as each proves itself. */
export type NoteSource = () => Promise<readonly PaidNote[]>

interface Row {
  readonly height: number
  readonly gain: bigint
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
  /** What left above the final block, and whether an earlier look showed it. */
  #ahead: NonNullable<Statement["ahead"]> = []
  #before: ReadonlySet<string> = new Set()
  #tip: BlockRef | null = null
  /** What the token said of itself at the newest block. */
  #stated: Statement["stated"] = null
  /** Outflows up to this height were known before this turn. */
  #knownTo = -1
  /** What was told, and not found in a block yet. */
  #notes: readonly PaidNote[] = []
  readonly #newNotes: NoteSource | null
  /** Since the source spoke last; as if for ever before it has. */
  #silent = Number.NEGATIVE_INFINITY

  constructor(
    chain: Chain,
    connection: Connection,
    deployment: Deployment,
    { start, newNotes }: { readonly start: number; readonly newNotes: NoteSource | null },
  ) {
    assertAuditable(chain, newNotes)
    this.#chain = chain
    this.#connection = connection
    this.#deployment = deployment
    this.#start = start
    this.#newNotes = newNotes
  }

  /** Up to the tip, or as far as one turn goes. Throws what the connection throws. */
  async turn(): Promise<void> {
    this.#knownTo = this.#blocks.at(-1)?.height ?? -1
    // No verdict from an old tip, should anything fail below.
    this.#tip = null
    await this.#stepBack()
    await this.#learn()
    const tip = await this.#connection.tip()
    const last = Math.min(tip.height, this.#next() + TURN_MAX - 1)
    while (this.#next() <= last) await this.#read(this.#next(), last)
    this.#ahead = await this.#early()
    this.#returned = await this.#claimed()
    const head = this.#blocks.at(-1)
    this.#stated = head && head.height >= tip.height ? await this.#saidAt(head.height) : null
    // What is here is read whatever others say; without their notes it may be no picture of the whole.
    if (this.#silent < 0 || (this.#silent > 0 && this.#silent <= SILENT_MAX))
      throw new BridgeError("not-yet", { chain: this.#chain.name, why: "no notes" })
    this.#tip = tip
  }

  /** Null while it is catching up, with how far it is. */
  statement(): Statement | { readonly chain: Chain["name"]; readonly behind: number | null } {
    const block = this.#blocks.at(-1)
    const tip = this.#tip
    if (!tip || !block || block.height < tip.height)
      return { chain: this.#chain.name, behind: tip ? tip.height - this.#next() + 1 : null }
    const known = this.#rows.filter(({ height }) => height <= this.#knownTo)
    return {
      ...{ chain: this.#chain.name, block, stated: this.#stated },
      known: known.reduce((sum, { outflows }) => sum + outflows.length, 0),
      ...(this.#chain.codec.gain && { held: this.#rows.reduce((sum, { gain }) => sum + gain, 0n) }),
      sightings: [...this.#rows.flatMap(({ sightings }) => sightings), ...this.#returned],
      outflows: this.#rows.flatMap(({ outflows }) => outflows),
      seen: new Set(
        this.#rows
          .flatMap(({ outflows }) => outflows)
          .filter((outflow) => this.#before.has(nameOf(outflow))),
      ),
      ahead: this.#ahead,
    }
  }

  /** Of that height: what the token says of its newest slot would be about another one. */
  async #saidAt(height: number): Promise<Statement["stated"]> {
    return (await this.#connection.stated?.(height)) ?? null
  }

  async #early(): Promise<NonNullable<Statement["ahead"]>> {
    const block = this.#blocks.at(-1)
    if (!this.#connection.ahead || !block) return []
    const { codec, name } = this.#chain
    const items = await this.#connection.ahead()
    // What became final since the tip was asked for is seen twice: once is enough.
    const final = new Set(this.#rows.flatMap(({ outflows }) => outflows.map(nameOf)))
    this.#before = new Set(this.#ahead.map(({ outflow }) => nameOf(outflow)))
    const above = { ...block, chain: name, parent: block.id, timestampMs: 0, items }
    return codec.outflows!(above, this.#deployment)
      .filter((outflow) => !final.has(nameOf(outflow)))
      .map((outflow) => ({ outflow, isKnown: this.#before.has(nameOf(outflow)) }))
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
      const gain = codec.gain?.(block, this.#deployment) ?? 0n
      if (sightings.length + outflows.length > 0 || gain !== 0n)
        this.#rows.push({ height: block.height, gain, sightings, outflows })
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
      this.#knownTo = Math.min(this.#knownTo, head.height - 1)
      this.#forget(head.height)
    }
  }

  #forget(from: number): void {
    this.#blocks = this.#blocks.filter(({ height }) => height < from)
    this.#rows = this.#blocks.length > 0 ? this.#rows.filter(({ height }) => height < from) : []
  }

  /** Blocks in which an address of ours was paid that was not known then are read again. */
  async #learn(): Promise<void> {
    const told = this.#newNotes ? await this.#newNotes().catch(() => null) : []
    this.#silent = told === null ? this.#silent + 1 : 0
    this.#notes = [...this.#notes, ...(told ?? [])].slice(-NOTES_MAX)
    if (this.#blocks.length === 0) {
      await this.#connection.learn?.(this.#notes.map(({ note }) => note))
      this.#notes = []
    }
    const waiting: PaidNote[] = []
    let from = Number.POSITIVE_INFINITY
    for (const one of this.#notes) {
      const reread = await this.#connection.claim!(one.note, one.transaction)
      if (reread) from = Math.min(from, reread.from)
      else waiting.push(one)
    }
    this.#notes = waiting
    if (from < Number.POSITIVE_INFINITY) this.#forget(from)
  }

  async #claimed(): Promise<readonly Sighting[]> {
    if (!this.#connection.unattributed) return []
    const seen = new Set(this.#rows.flatMap(({ sightings }) => sightings.map(({ id }) => id)))
    const left = this.#rows.flatMap(({ outflows }) => outflows)
    const unseen = [...left, ...this.#ahead.map(({ outflow }) => outflow)].filter(
      ({ transfer }) => transfer?.startsWith(`${this.#chain.name}:`) && !seen.has(transfer),
    )
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

function nameOf({ transaction, transfer, recipient, amount }: Outflow): string {
  return `${transaction} ${transfer} ${recipient} ${amount}`
}

/** Whether all that came to a chain can be seen: where addresses are depositors' own, somebody has to name them. */
export function isAuditable({ codec, addressFor }: Chain, hasNotes: boolean): boolean {
  return codec.outflows !== undefined && (addressFor === undefined || hasNotes)
}

function assertAuditable(chain: Chain, newNotes: NoteSource | null): void {
  if (!isAuditable(chain, newNotes !== null))
    throw new BridgeError("not-supported", { chain: chain.name, why: "nobody tells its addresses" })
}
