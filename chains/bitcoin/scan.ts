// The canonical chain as one operator's nodes show it, read from a height on, block after block, and proven.

import { BridgeError } from "../../core/errors.ts"
import type { BlockRef } from "../../core/transfer.ts"
import type { Block, NewNotes } from "../chain.ts"
import { answered, Quorum } from "../quorum.ts"
import { Recent } from "../recent.ts"
import { addressOf } from "./address.ts"
import { type RawBlock, type RawTransaction, readBlock, readRaw } from "./block.ts"
import type { Vault } from "./deposit.ts"
import { type Destination, destinationIn } from "./destination.ts"
import type { BitcoinItem, ItemInput } from "./facts.ts"
import { Holdings } from "./holdings.ts"
import type { KeptBlock, Memory } from "./memory.ts"
import type { BitcoinNode } from "./node.ts"
import { type ReadTransaction, readTransaction } from "./transaction.ts"

export interface ScanOptions {
  readonly nodes: readonly BitcoinNode[]
  readonly vault: Vault
  /** The first block that can concern us: every coin of ours was made in it or later. */
  readonly heightMin: number
  /** How old a look at the tip may be for it to be used again, milliseconds. */
  readonly freshMs: number
  /** Keeps what was read for the next start. */
  readonly memory?: Memory | null
  /** As `NewNotes`: whoever waits for a deposit has said so before its block. */
  readonly newNotes?: NewNotes
}

/** As Core names them. */
const CHAINS = {
  mainnet: ["main"],
  testnet: ["test", "testnet4", "signet"],
  devnet: ["regtest"],
} as const
/** Nodes whose tips are further apart are not on one chain, or one of them stands still. */
const SPREAD_MAX = 6
/** Blocks fetched at one time; one can have four million bytes. */
const AT_ONCE = 8
/** The chain may move while it is read, but not for ever. */
const MOVES_MAX = 50

export class Scan {
  readonly nodes: Quorum<BitcoinNode>
  readonly holdings: Holdings
  readonly #options: ScanOptions
  readonly #blocks: Block<BitcoinItem>[] = []
  readonly #transactions = new Recent<string, ReadTransaction>(20_000)
  #tip: { readonly ref: BlockRef; readonly atMs: number } | null = null
  #asking: Promise<BlockRef> | null = null
  #working: Promise<unknown> = Promise.resolve()
  #recalling: Promise<void> | null = null
  /** The tip under which all that was read is known to be canonical. */
  #checked: string | null = null

  constructor(options: ScanOptions) {
    this.#options = options
    this.nodes = new Quorum(options.nodes)
    this.holdings = new Holdings(options.vault)
  }

  /** The newest block that all nodes share, asked for now. */
  tip(): Promise<BlockRef> {
    this.#asking ??= this.#look().finally(() => {
      this.#asking = null
    })
    return this.#asking
  }

  /** As `tip`, but a moment old if that is allowed. */
  async freshTip(): Promise<BlockRef> {
    const known = this.#tip
    if (known && performance.now() - known.atMs < this.#options.freshMs) return known.ref
    return this.tip()
  }

  /** The canonical block at a height; null above the tip. All between `heightMin` and it are read first. */
  async block(height: number): Promise<Block<BitcoinItem> | null> {
    const tip = await this.freshTip()
    if (height > tip.height || height < this.#options.heightMin) return null
    await this.#upTo(height, tip)
    return this.#blocks[height - this.#options.heightMin] ?? null
  }

  /** Reads up to the tip, so that the holdings are as of now, and says which block that is. */
  async catchUp(): Promise<BlockRef> {
    const tip = await this.freshTip()
    await this.#upTo(tip.height, tip)
    return tip
  }

  /**
   * Watches an address of ours from the next block on. With `since`, the blocks from that height on are read
   * again, for a deposit that came before its address was made known.
   */
  learn(destination: Destination, since: number | null): Promise<void> {
    return this.#inTurn(async () => {
      // What is recalled later could not be read again.
      if (since !== null) await this.#recall()
      this.holdings.learn(destination)
      if (since === null) return
      while ((this.#blocks.at(-1)?.height ?? -1) >= since) this.#drop()
      await this.#options.memory?.sync()
    })
  }

  /** What was read so far is kept; a reading under way is not waited for, as it may be of years. */
  async close(): Promise<void> {
    await this.#options.memory?.sync()
  }

  /** When what was kept of an earlier life is there. */
  recalled(): Promise<void> {
    return this.#inTurn(() => this.#recall())
  }

  /** A transaction by its bytes, whose id is proven; null when no node finds it. */
  async transaction(txid: string): Promise<ReadTransaction | null> {
    const known = this.#transactions.get(txid)
    if (known) return known
    const answers = await this.nodes.collect(async (node) => {
      const found = await node.transaction(txid)
      const read = found && readTransaction(found.raw)
      if (found && read?.txid !== txid)
        throw new BridgeError("rpc-disagrees", {
          url: node.url,
          txid,
          why: "its id is not its own",
        })
      return read
    })
    const read = answers.find((answer) => answer !== null) ?? null
    if (read) this.#transactions.set(txid, read)
    return read
  }

  /** Height of the canonical block that holds a transaction, as some node says: to be looked at, not believed. */
  async heightOf(txid: string): Promise<number | null> {
    const heights = await this.nodes.collect(async (node) => {
      const found = await node.transaction(txid)
      return found?.block ? node.heightOf(found.block) : null
    })
    return heights.find((height) => height !== null) ?? null
  }

  async #look(): Promise<BlockRef> {
    const infos = answered(await this.nodes.outcomes((node) => node.info()))
    const { network } = this.#options.vault
    for (const { from, value } of infos)
      if (!(CHAINS[network] as readonly string[]).includes(value.chain))
        throw new BridgeError("bad-config", {
          ...{ url: from, wanted: network, chain: value.chain, help: "another network" },
        })
    const ref = await this.#shared(infos.map(({ from, value }) => ({ from, ...value.tip })))
    this.#tip = { ref, atMs: performance.now() }
    return ref
  }

  /** Forks of a block or two are ordinary: the newest block below them counts. */
  async #shared(tips: readonly (BlockRef & { readonly from: string })[]): Promise<BlockRef> {
    const [{ height, id } = { height: 0, id: "" }] = tips
    if (tips.every((tip) => tip.id === id)) return { height, id }
    const heights = tips.map(({ height }) => height)
    const [low, high] = [Math.min(...heights), Math.max(...heights)]
    const shown = tips.map(({ from, height }) => `${from} at ${height}`).join(", ")
    if (high - low > SPREAD_MAX)
      throw new BridgeError("rpc-disagrees", { heights: shown, why: "one is behind" })
    for (let height = low; height >= Math.max(0, low - SPREAD_MAX); height -= 1) {
      const ids = await this.nodes.collect((node) => node.hash(height))
      if (ids[0] && ids.every((id) => id === ids[0])) return { height, id: ids[0] }
    }
    throw new BridgeError("rpc-disagrees", {
      ...{ heights: shown, why: "the nodes share no recent block" },
    })
  }

  #hash(height: number): Promise<string | null> {
    return this.nodes.ask(
      (node) => node.hash(height),
      (id) => id ?? "no block",
    )
  }

  #upTo(height: number, tip: BlockRef): Promise<void> {
    return this.#inTurn(() => this.#extend(height, tip))
  }

  /** One change of the pile of blocks at a time. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#working.then(work, work)
    this.#working = turn
    return turn
  }

  /** Puts what was kept on the pile, once, before anything else. Whether it is canonical nodes say afterwards. */
  #recall(): Promise<void> {
    this.#recalling ??= this.#recallAll().catch((error: unknown) => {
      this.#recalling = null
      throw error
    })
    return this.#recalling
  }

  async #recallAll(): Promise<void> {
    const { memory, heightMin } = this.#options
    if (!memory) return
    await this.#learnNew()
    for (const block of await memory.load(heightMin)) {
      const { height, id, parent, timestampMs, transactions } = block
      const raw = transactions.map(({ raw, isCoinbase }) => readRaw(raw, isCoinbase))
      const from = new Map(raw.map((one, at) => [one?.txid, transactions[at]!.from]))
      const items = this.holdings.push(
        height,
        raw.filter((one) => one !== null),
      )
      const named = items.map((item) => {
        const told = from.get(item.txid) ?? []
        return {
          ...item,
          inputs: item.inputs.map((one, at) => ({ ...one, from: told[at] ?? null })),
        }
      })
      this.#blocks.push({ chain: "bitcoin", height, id, parent, timestampMs, items: named })
    }
    for (const { transactions } of memory.dropped) {
      const raw = transactions.map((one) => readRaw(one.raw, one.isCoinbase))
      this.holdings.remember(raw.filter((one) => one !== null))
    }
  }

  async #extend(height: number, tip: BlockRef): Promise<void> {
    await this.#recall()
    for (let moves = 0; moves < MOVES_MAX; moves += 1) {
      await this.#rewind(tip)
      if (this.#options.heightMin + this.#blocks.length <= height) await this.#learnNew()
      if (await this.#grow(height)) return
      this.#checked = null
    }
    throw new BridgeError("not-yet", { height, why: "the chain moves" })
  }

  /** After the look at the tip: what was made known before a block was there is watched in it. */
  async #learnNew(): Promise<void> {
    const { vault, newNotes } = this.#options
    for (const note of (await newNotes?.()) ?? []) {
      const destination = destinationIn(note, vault.network)
      if (destination) this.holdings.learn(destination)
    }
  }

  /** Takes off what is not canonical any more. A node that shows no block at a height says nothing about it. */
  async #rewind(tip: BlockRef): Promise<void> {
    if (this.#checked === tip.id) return
    for (let last = this.#blocks.at(-1); last; last = this.#blocks.at(-1)) {
      const id = await this.#hash(last.height)
      if (id === null || id === last.id) break
      this.#drop()
    }
    this.#checked = tip.id
  }

  /** False when a block does not follow the one below it: the chain moved meanwhile. */
  async #grow(height: number): Promise<boolean> {
    const start = this.#options.heightMin + this.#blocks.length
    const ahead: Promise<RawBlock | null>[] = []
    for (let next = start; next <= height; next += 1) {
      while (ahead.length < AT_ONCE && next + ahead.length <= height) {
        const fetched = this.#fetch(next + ahead.length)
        // When an earlier one fails nobody waits for this any more.
        fetched.catch(() => {})
        ahead.push(fetched)
      }
      const raw = (await ahead.shift()) ?? null
      const parent = this.#blocks.at(-1)
      if (raw === null || (parent && raw.parent !== parent.id)) return false
      await this.#put(next, raw)
    }
    return true
  }

  /** The canonical block at a height, or null above the tip. */
  async #fetch(height: number): Promise<RawBlock | null> {
    const id = await this.#hash(height)
    return id === null ? null : this.#raw(id)
  }

  /** From one node: what a block holds is proven by its id. */
  async #raw(id: string): Promise<RawBlock> {
    let failure: unknown = new BridgeError("rpc-unavailable", { block: id, why: "no node has it" })
    for (const node of this.nodes.endpoints) {
      try {
        const bytes = await node.block(id)
        if (bytes === null) continue
        const block = readBlock(bytes)
        if (block?.id === id) return block
        throw new BridgeError("rpc-disagrees", { url: node.url, block: id, why: "not its hash" })
      } catch (error) {
        if (!(error instanceof BridgeError) || error.code !== "rpc-unavailable") throw error
        failure = error
      }
    }
    throw failure
  }

  async #put(height: number, raw: RawBlock): Promise<void> {
    const { id, parent, timestampMs, transactions } = raw
    const items = this.holdings.push(height, transactions)
    try {
      const named = await Promise.all(items.map((item) => this.#withSenders(item)))
      this.#blocks.push({ chain: "bitcoin", height, id, parent, timestampMs, items: named })
      this.#keep({ height, id, parent, timestampMs }, named, transactions)
    } catch (error) {
      this.holdings.pop()
      throw error
    }
  }

  #keep(
    block: Omit<KeptBlock, "transactions">,
    items: readonly BitcoinItem[],
    all: readonly RawTransaction[],
  ): void {
    const inputs = new Map(items.map((item) => [item.txid, item.inputs]))
    const ours = items.length === 0 ? [] : all.filter(({ txid }) => inputs.has(txid))
    const transactions = ours.map(({ raw, isCoinbase, txid }) => {
      return { raw, isCoinbase, from: inputs.get(txid)!.map(({ from }) => from) }
    })
    this.#options.memory?.put({ ...block, transactions })
  }

  #drop(): void {
    const dropped = this.#blocks.pop()
    this.holdings.pop()
    if (dropped) this.#options.memory?.drop(dropped.height)
  }

  /** Only deposits have senders; a node without an index of transactions cannot tell them. */
  async #withSenders(item: BitcoinItem): Promise<BitcoinItem> {
    if (item.isCoinbase || item.inputs.some(({ coin }) => coin !== null)) return item
    return { ...item, inputs: await Promise.all(item.inputs.map((input) => this.#from(input))) }
  }

  async #from(input: ItemInput): Promise<ItemInput> {
    const before = await this.transaction(input.txid)
    const output = before?.outputs[input.vout]
    return { ...input, from: output ? addressOf(output.script, this.#options.vault.network) : null }
  }
}
