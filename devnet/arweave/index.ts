// A local Arweave network of one node: the real HTTP API, time and misfortune on command.

import { randomUUID } from "node:crypto"
import path from "node:path"
import { BridgeError } from "../../core/errors.ts"
import type { Price } from "./accounts.ts"
import { isId } from "./bytes.ts"
import { Chain, type ChainFact, genesis } from "./chain.ts"
import { run } from "./control.ts"
import { Door } from "./door.ts"
import { type Endpoint, serve } from "./http.ts"
import { openLog } from "./log.ts"
import { type Faults, View } from "./view.ts"
import { type ChunkFact, Weave } from "./weave.ts"

export interface ArweaveOptions {
  /** Where the chain lives; one node at a time. It is created, or taken up where it was left. */
  readonly folder: string
  /** A port to keep over a restart; the kernel gives a free one otherwise. */
  readonly port?: number
  /** A block comes by itself this often; null (the default) leaves it to `mine`. */
  readonly blockTimeMs?: number | null
  /** How long an accepted id is answered with 208. The network's 10 minutes by default. */
  readonly rememberMs?: number
  /** The clock, in milliseconds since 1970. */
  readonly now?: () => number
}

/** Winston throughout. Every command works at once and is in the log before it returns. */
export interface ArweaveDevnet {
  readonly url: string
  readonly port: number
  readonly height: number
  /** The confirmed balance, 0 for an address that does not exist. */
  balance(address: string): bigint
  /** Mines blocks and returns their hashes. What is in `omit` stays in the mempool. */
  mine(n?: number, options?: { omit?: Iterable<string> }): string[]
  /**
   * The last `depth` (1 to 18) blocks are overtaken by one more new ones, whose hashes it returns.
   * Their transactions are mined again if they still fit, except those to `drop`, which the network
   * forgets, and those `pending`, which wait. An anchor in an overtaken block no longer counts.
   * Throws `bad-request`.
   */
  fork(depth: number, options?: { drop?: Iterable<string>; pending?: Iterable<string> }): string[]
  /** Credits an address from outside the chain, at once; no reorganisation takes it away. */
  faucet(address: string, winston: bigint): void
  /**
   * Takes a transaction out of the mempool. A node would `remember` its id for 10 minutes and answer
   * 208 to the same bytes; the default is that it can be posted again. Throws `not-found`.
   */
  evict(id: string, options?: { remember?: boolean }): void
  /** Stops blocks from coming by themselves, and lets them come again. */
  stall(on: boolean): void
  setBlockTime(ms: number | null): void
  /** Changes what the network charges; the next block drops what has become too cheap. */
  setPrice(price: Partial<Price>): void
  /** Opens one more endpoint on the same chain, with faults of its own: another provider. */
  view(faults?: Faults): Promise<ArweaveView>
  /** Replaces the faults of the first endpoint; `{}` mends it. */
  setFaults(faults: Faults): void
  /** Ends the timer, all endpoints and the log. Once is enough, and twice does no harm. */
  stop(): Promise<void>
}

export interface ArweaveView {
  readonly url: string
  readonly port: number
  setFaults(faults: Faults): void
  stop(): Promise<void>
}

/** Listens on 127.0.0.1 when it resolves. Throws `journal-damaged` when the log cannot be read. */
export async function startArweave(options: ArweaveOptions): Promise<ArweaveDevnet> {
  const { folder, port = 0, blockTimeMs = null, rememberMs = 600_000, now = Date.now } = options
  const { lines, log } = openLog(path.join(folder, "arweave.jsonl"))
  const chain = new Chain()
  const weave = new Weave()
  const apply = (fact: ChainFact | ChunkFact) => {
    if (fact.kind === "chunk") weave.apply(fact)
    else chain.apply(fact)
    if (fact.kind === "posted") weave.expect(chain.transactions.get(fact.tx.id)!)
  }
  const record = (fact: ChainFact | ChunkFact) => {
    log.append(fact)
    apply(fact)
  }
  const seconds = () => Math.floor(now() / 1000)
  for (const line of lines) apply(line as ChainFact | ChunkFact)
  if (lines.length === 0) record(genesis(seconds(), randomUUID()))

  const door = new Door({ chain, record, now, rememberMs })
  const endpoints = new Set<Endpoint>()
  let isStalled = false
  let timer: NodeJS.Timeout | null = null

  const open = async (faults: Faults, wanted: number) => {
    const view = new View(chain, faults)
    const setFaults = (faults: Faults) => {
      view.faults = faults
    }
    const command = (name: string, body: unknown) => run(node, setFaults, name, body)
    const endpoint = await serve({ view, weave, door, record, command, port: wanted })
    endpoints.add(endpoint)
    return { url: endpoint.url, port: endpoint.port, setFaults, stop: endpoint.stop }
  }

  const setBlockTime = (ms: number | null) => {
    if (timer !== null) clearInterval(timer)
    timer = ms === null ? null : setInterval(() => isStalled || node.mine(), ms)
  }

  let stopped: Promise<void> | null = null
  const stop = async () => {
    setBlockTime(null)
    await Promise.all([...endpoints].map((endpoint) => endpoint.stop()))
    log.close()
  }

  const first = await open({}, port).catch((cause) => {
    log.close()
    throw cause
  })
  const node: ArweaveDevnet = {
    url: first.url,
    port: first.port,
    setFaults: first.setFaults,
    get height() {
      return chain.height
    },
    balance: (address) => chain.accounts.find(address)?.winston ?? 0n,
    mine(n = 1, { omit = [] } = {}) {
      const omitted = new Set(omit)
      return Array.from({ length: n }, () => {
        record(chain.mined(seconds(), omitted))
        return chain.trunk.at(-1)!
      })
    },
    fork(depth, { drop = [], pending = [] } = {}) {
      const lose = new Set(drop)
      record(chain.forked(depth, seconds(), { lose, hold: new Set(pending) }))
      for (const id of lose) door.forget(id)
      return chain.trunk.slice(-depth - 1)
    },
    faucet(address, winston) {
      if (!isId(address)) throw new BridgeError("bad-address", { address })
      if (winston < 0n) throw new BridgeError("bad-amount", { winston })
      record({ kind: "allocated", address, winston: `${winston}` })
    },
    evict(id, { remember = false } = {}) {
      if (!chain.pending.has(id)) throw new BridgeError("not-found", { notInMempool: id })
      record({ kind: "evicted", id })
      if (!remember) door.forget(id)
    },
    stall(on) {
      isStalled = on
    },
    setBlockTime,
    setPrice(price) {
      const { winstonPerByte, newWallet } = { ...chain.price, ...price }
      record({
        kind: "priced",
        winstonPerByte: `${winstonPerByte}`,
        newWallet: `${newWallet}`,
      })
    },
    view: (faults = {}) => open(faults, 0),
    stop() {
      stopped ??= stop()
      return stopped
    },
  }
  setBlockTime(blockTimeMs)
  return node
}
