// Reads the final chain: blocks chained by their hashes to one that a quorum knows, logs proven by the receipts' root.

import { BridgeError } from "../../core/errors.ts"
import type { BlockRef } from "../../core/transfer.ts"
import { Recent } from "../recent.ts"
import { type BloomKey, bloomKey, mayHold } from "./bloom.ts"
import { type Counter, countedIn } from "./counter.ts"
import type { Header } from "./header.ts"
import type { Heads } from "./heads.ts"
import { fromHex } from "./hex.ts"
import { type Hints, hintsIn, mayBearLess, Spans } from "./hints.ts"
import { isRefusal, sliced } from "./jsonrpc.ts"
import type { EvmNode } from "./node.ts"
import type { Panel } from "./panel.ts"
import { type Log, logsIn } from "./receipt.ts"
import { Statements } from "./statements.ts"

export interface ProvenLog extends Log {
  /** Hash of the transaction; receipts do not commit to it, so a quorum of providers names it. */
  readonly transaction: string
  /** Who sent that transaction, named by a quorum too: of a deposit, where its block was read whole. Lower case, with `0x`. */
  readonly origin?: string
  /** It is a token's, of a plain transfer to the vault, whose sender has claimed it and says who is to be paid. */
  readonly claimed?: Claimed
}

export interface Claimed {
  readonly from: string
  readonly to: string
  /** The sender's. */
  readonly signature: Uint8Array
}

export interface ProvenBlock extends BlockRef {
  readonly parent: string
  readonly timestampMs: number
  /** The contract's, in the order of the block. */
  readonly logs: readonly ProvenLog[]
}

export interface ReaderOptions {
  readonly panel: Panel
  readonly heads: Heads
  /** Lower case, with `0x`. */
  readonly contract: string
  readonly counter: Counter
}

/** Blocks that are read together; a reader that goes through the chain has the next ones fetched ahead. */
const WINDOW = 512
const AHEAD = 3
/** Blocks of a range that is looked through for logs alone. */
const STRIDE = 5_000
/** Blocks whose receipts are asked for at once: on a busy chain each is a megabyte. */
const RECEIPTS = 16
/** Transactions that are looked up at once. */
const TRANSACTIONS = 100

export class Reader {
  readonly #options: ReaderOptions
  readonly #key: BloomKey
  readonly #spans = new Spans()
  readonly #windows = new Recent<number, Window>(64)
  readonly #singles = new Recent<string, Promise<ProvenBlock>>(2_000)
  /** The contract's count after the block of this height. */
  readonly #counts = new Recent<number, bigint>(1_000)

  constructor(options: ReaderOptions) {
    this.#options = options
    this.#key = bloomKey(fromHex(options.contract))
  }

  /**
   * The final block at a height, null above the final head. For reading one after the other: the blocks
   * around it are fetched with it. Throws `rpc-unavailable`, `rpc-disagrees` (also for a log that all
   * providers withhold) and `finality-broken`.
   */
  async block(height: number): Promise<ProvenBlock | null> {
    const head = await this.#options.heads.fresh()
    if (height > head.height || height < 0) return null
    const start = height - (height % WINDOW)
    const window = this.#window(start)
    if (window.isExpected && height === start) this.#readAhead(start, head)
    const known = window.blocks[height - start]
    if (known) return known
    await this.#fill(start, head)
    return window.blocks[height - start] ?? null
  }

  /** As `block`, for one somewhere: only this one is read. Numbers of deposits cannot be checked here. */
  async single(height: number): Promise<ProvenBlock | null> {
    const head = await this.#options.heads.fresh()
    if (height > head.height || height < 0) return null
    const known = this.#windows.get(height - (height % WINDOW))?.blocks[height % WINDOW]
    if (known) return known
    const [header] = await this.#options.panel.headers([height])
    const { id } = header!
    const found = this.#singles.get(id) ?? this.#readSingle(header!)
    this.#singles.set(id, found)
    found.catch(() => this.#singles.delete(id))
    return found
  }

  /**
   * The final blocks from one height to another in which the contract wrote logs, and no others; proven,
   * and their deposits counted, as in `block`.
   */
  async scan(from: number, to: number): Promise<readonly ProvenBlock[]> {
    const head = await this.#options.heads.fresh()
    if (to > head.height) throw new BridgeError("not-yet", { height: to, final: head.height })
    const starts: number[] = []
    for (let start = from; start <= to; start += STRIDE) starts.push(start)
    const parts = await Promise.all(
      starts.map((start) => this.#stride(start, Math.min(to, start + STRIDE - 1), head)),
    )
    return parts.flat()
  }

  /** The logs of any contract in the final block at a height, proven as the vault's are; null above the final head. */
  async logsOf(
    height: number,
    contract: string,
  ): Promise<{ readonly block: BlockRef; readonly logs: readonly ProvenLog[] } | null> {
    const { panel, heads } = this.#options
    const head = await heads.fresh()
    if (height > head.height || height < 0) return null
    const [header] = await panel.headers([height])
    const { id } = header!
    const logs = await panel.first(async (node) => {
      const [list] = await node.receipts([id])
      return logsIn(header!, list!, contract, node.url)
    })
    const named = logs.map(async (log) => ({
      ...log,
      transaction: await this.#transaction(id, log),
    }))
    return { block: { height, id }, logs: await Promise.all(named) }
  }

  /** Heights of blocks that hold a transaction, by whoever knows it: to be looked up, not believed. */
  async heightsOf(transaction: string): Promise<ReadonlySet<number>> {
    const said = await this.#options.panel.collect((node) => node.blockOf(transaction))
    return new Set(said.flatMap(({ value }) => (value === null ? [] : [value])))
  }

  /** What was read may stand on a chain that is gone. */
  forget(): void {
    for (const kept of [this.#windows, this.#singles, this.#counts]) kept.clear()
  }

  #window(start: number): Window {
    const known = this.#windows.get(start)
    if (known) return known
    const fresh: Window = {
      blocks: [],
      reading: Promise.resolve(),
      // A height in the middle of nowhere says nothing about what is asked for next.
      isExpected: this.#windows.get(start - WINDOW) !== undefined || start === 0,
    }
    this.#windows.set(start, fresh)
    return fresh
  }

  /** Reads the rest of a window, up to the head; one reading of a window at a time. */
  #fill(start: number, head: Header): Promise<void> {
    const window = this.#window(start)
    const reading = window.reading
      .catch(() => {})
      .then(async () => {
        const from = start + window.blocks.length
        const to = Math.min(start + WINDOW - 1, head.height)
        if (from <= to) window.blocks.push(...(await this.#segment(from, to, head)))
      })
    window.reading = reading
    return reading
  }

  #readAhead(start: number, head: Header): void {
    for (let n = 1; n <= AHEAD; n += 1) {
      const next = start + n * WINDOW
      // Whoever asks for these blocks hears of the failure.
      if (next + WINDOW <= head.height) this.#fill(next, head).catch(() => {})
    }
  }

  /** Every block of a range, chained to the last one, which a quorum knows. */
  async #segment(from: number, to: number, head: Header): Promise<readonly ProvenBlock[]> {
    const { panel, heads, contract } = this.#options
    const [last, hints] = await Promise.all([
      to === head.height ? head : panel.headers([to]).then(([header]) => header!),
      hintsIn(panel, this.#spans, contract, from, to),
    ])
    const headers = await panel.first((node) => chained(node, from, last))
    const before = this.#known(from - 1)
    if (before && headers[0]!.parent !== before.id)
      heads.break(before, { height: before.height, id: headers[0]!.parent })
    const blocks = await this.#proven(headers, hints)
    await this.#count(blocks, { height: from - 1, id: headers[0]!.parent }, last, head)
    return this.#withOrigins(blocks)
  }

  async #stride(from: number, to: number, head: Header): Promise<readonly ProvenBlock[]> {
    const { panel, contract } = this.#options
    const hints = await hintsIn(panel, this.#spans, contract, from, to)
    const edges = [Math.max(0, from - 1), to]
    const [before, last, ...headers] = await panel.headers([...edges, ...hints.heights])
    const blocks = await this.#proven(headers, hints)
    await this.#count(blocks, before!, last!, head)
    return blocks.filter(({ logs }) => logs.length > 0)
  }

  async #readSingle(header: Header): Promise<ProvenBlock> {
    const { height } = header
    const blocks = await this.#proven([header], { said: [], heights: [height] })
    const [block] = await this.#withOrigins(blocks)
    return block!
  }

  #known(height: number): BlockRef | null {
    return this.#windows.get(height - (height % WINDOW))?.blocks[height % WINDOW] ?? null
  }

  /** The blocks of these headers with the contract's logs, for which those are read that somebody hints at. */
  async #proven(headers: readonly Header[], hints: Hints): Promise<readonly ProvenBlock[]> {
    const { panel } = this.#options
    const hinted = new Set(hints.heights)
    const candidates = headers.filter(
      ({ height, bloom }) => hinted.has(height) && mayHold(bloom, this.#key),
    )
    const parts = await Promise.all(sliced(candidates, RECEIPTS).map((part) => this.#logsOf(part)))
    const logs = new Map(parts.flat())
    const statements = new Statements(hints.said)
    const blocks = await Promise.all(
      headers.map(async ({ height, id, parent, timestampMs }) => ({
        ...{ height, id, parent, timestampMs },
        logs: await Promise.all(
          (logs.get(height) ?? []).map(async (log) => ({
            ...log,
            transaction:
              statements.named({ height, id }, log, panel.quorum) ??
              (await this.#transaction(id, log)),
          })),
        ),
      })),
    )
    statements.compare(blocks, panel)
    return blocks
  }

  /** The vault names who called it: where that is a contract, somebody else sent the transaction. */
  async #withOrigins(blocks: readonly ProvenBlock[]): Promise<readonly ProvenBlock[]> {
    const { counter } = this.#options
    const isDeposit = (log: ProvenLog) => counter.numberOf(log) !== null
    const deposits = blocks.flatMap(({ logs }) => logs.filter(isDeposit))
    const wanted = [...new Set(deposits.map(({ transaction }) => transaction))]
    const parts = await Promise.all(sliced(wanted, TRANSACTIONS).map((part) => this.#origins(part)))
    const origins = new Map(parts.flat())
    return blocks.map((block) => ({
      ...block,
      logs: block.logs.map((log) =>
        isDeposit(log) ? { ...log, origin: origins.get(log.transaction)! } : log,
      ),
    }))
  }

  async #origins(
    transactions: readonly string[],
  ): Promise<readonly (readonly [transaction: string, origin: string])[]> {
    const { panel } = this.#options
    const said = await panel.collect((node) => node.sendersOf(transactions))
    return transactions.map((transaction, at) => {
      const answers = said.map(({ from, value }) => ({ from, value: value[at] ?? null }))
      return [transaction, panel.shared(answers, (text) => text, `who sent ${transaction}`)]
    })
  }

  /** The contract's logs in each of these blocks; as many blocks at once as a provider can bear. */
  async #logsOf(
    headers: readonly Header[],
  ): Promise<readonly (readonly [height: number, logs: readonly Log[]])[]> {
    const { panel, contract } = this.#options
    try {
      return await panel.first(async (node) => {
        const lists = await node.receipts(headers.map(({ id }) => id))
        return headers.map((header, n) => [
          header.height,
          logsIn(header, lists[n]!, contract, node.url),
        ])
      })
    } catch (error) {
      if (headers.length === 1 || !mayBearLess(error)) throw error
      const halves = sliced(headers, Math.ceil(headers.length / 2))
      return (await Promise.all(halves.map((half) => this.#logsOf(half)))).flat()
    }
  }

  async #transaction(block: string, { transactionIndex }: Log): Promise<string> {
    const { panel } = this.#options
    const said = await panel.collect((node) => node.transactionsOf(block))
    return panel.shared(
      said.map(({ from, value }) => ({ from, value: value?.[transactionIndex] ?? null })),
      (text) => text,
      `transaction ${transactionIndex} of ${block}`,
    )
  }

  /** Checks the numbers of the deposits between two blocks. */
  async #count(
    blocks: readonly ProvenBlock[],
    before: BlockRef,
    last: BlockRef,
    head: BlockRef,
  ): Promise<void> {
    const [start, end] = await Promise.all([
      before.height < 0
        ? 0n
        : (this.#counts.get(before.height) ?? this.#countAt(before.id).catch(unlessRefused)),
      // The state of a recent block must be there. That of an old one needs an archive, and without one
      // the next blocks' numbers tell.
      this.#countAt(last.id).catch((error) => {
        if (last.id === head.id) throw error
        return unlessRefused(error)
      }),
    ])
    const count = countedIn(this.#options.counter, blocks, start, end)
    if (count !== null) this.#counts.set(last.height, count)
  }

  async #countAt(block: string): Promise<bigint> {
    const { panel, contract, counter } = this.#options
    const said = await panel.collect((node) => node.read(contract, counter.input, block))
    // Before the contract was there, nothing answers.
    return panel.shared(
      said.map(({ from, value }) => ({
        from,
        value: value === "0x" ? 0n : counter.countIn(value),
      })),
      (count) => count.toString(),
      `the count of deposits after ${block}`,
    )
  }
}

interface Window {
  readonly blocks: ProvenBlock[]
  reading: Promise<void>
  readonly isExpected: boolean
}

/** The headers from a height up to `last`, each the parent of the next. */
async function chained(node: EvmNode, from: number, last: Header): Promise<readonly Header[]> {
  const heights = Array.from({ length: last.height - from }, (_, n) => from + n)
  const headers = heights.length === 0 ? [] : await node.headers(heights)
  let next = last
  for (const header of [...headers].reverse()) {
    if (header === null)
      throw new BridgeError("rpc-unavailable", { url: node.url, why: "no block" })
    if (header.id !== next.parent)
      throw new BridgeError("rpc-disagrees", {
        ...{ url: node.url, height: header.height, why: "not the parent of the next block" },
      })
    next = header
  }
  return [...(headers as readonly Header[]), last]
}

/** Null when enough providers are there, but have not the state any more. */
function unlessRefused(error: unknown): null {
  if (error instanceof BridgeError && (isRefusal(error) || isRefusal(error.cause))) return null
  throw error
}
