// A local Bitcoin network of one node: a regtest chain behind Bitcoin Core's RPC, time and misfortune on command.

import path from "node:path"
import { BridgeError } from "../../core/errors.ts"
import { run } from "./control.ts"
import { cookieIn } from "./cookie.ts"
import { FAUCET, payFrom } from "./faucet.ts"
import { type Endpoint, serve } from "./http.ts"
import { Node } from "./node.ts"
import { scriptOf } from "./script-type.ts"
import { type Faults, View } from "./view.ts"

export interface BitcoinOptions {
  /** Where the chain lives; one node at a time. It is created, or taken up where it was left. */
  readonly folder: string
  /** A port to keep over a restart; the kernel gives a free one otherwise. */
  readonly port?: number
  /** A block comes by itself this often; null (the default) leaves it to `mine`. */
  readonly blockTimeMs?: number | null
  /** What the mempool asks for, and what a replacement must add, in satoshis a kvB. 1000 by default. */
  readonly relayFee?: bigint
  /** The clock, in milliseconds since 1970. */
  readonly now?: () => number
}

/** Satoshis throughout. Every command works at once and is in the log before it returns. */
export interface BitcoinDevnet {
  /** With user and password: what `BITCOIND_URL` would be. */
  readonly url: string
  readonly port: number
  readonly height: number
  /** Mines blocks and returns their hashes. What is in `omit` stays in the mempool. */
  mine(n?: number, options?: { address?: string; omit?: Iterable<string> }): string[]
  /**
   * The last `depth` blocks are overtaken by one more new ones, whose hashes it returns. Their
   * transactions are mined again if they still fit, except those to `drop`, which are forgotten, and
   * those `pending`, which wait. Throws `bad-request`.
   */
  fork(depth: number, choice?: { drop?: Iterable<string>; pending?: Iterable<string> }): string[]
  /**
   * Pays an address in a transaction that waits for the next block, and returns its id. Mines first
   * when the faucet has too little. Throws `bad-address` or `bad-amount`.
   */
  faucet(address: string, satoshis: bigint): string
  /** Takes a transaction out of the mempool with all that spend it. Throws `not-found`. */
  evict(id: string): void
  /** Stops blocks from coming by themselves, and lets them come again. */
  stall(on: boolean): void
  setBlockTime(ms: number | null): void
  /** What fee estimates say, in satoshis a kvB; null (the default) for "not enough data". */
  setFeeRate(satoshisPerKvb: bigint | null): void
  /** Opens one more endpoint on the same chain, with faults of its own: another provider. */
  view(faults?: Faults): Promise<BitcoinView>
  /** Replaces the faults of the first endpoint; `{}` mends it. */
  setFaults(faults: Faults): void
  /** Ends the timer, all endpoints and the log. Once is enough, and twice does no harm. */
  stop(): Promise<void>
}

export interface BitcoinView {
  readonly url: string
  readonly port: number
  setFaults(faults: Faults): void
  stop(): Promise<void>
}

/** Listens on 127.0.0.1 when it resolves. Throws `journal-damaged` when the log cannot be read. */
export async function startBitcoin(options: BitcoinOptions): Promise<BitcoinDevnet> {
  const { folder, port = 0, blockTimeMs = null, relayFee = 1000n, now = Date.now } = options
  const cookie = cookieIn(folder)
  const rates = { minimum: relayFee, incremental: relayFee }
  const local = new Node({ file: path.join(folder, "bitcoin.jsonl"), now, rates })
  const endpoints = new Set<Endpoint>()
  let isStalled = false
  let timer: NodeJS.Timeout | null = null

  const open = async (faults: Faults, wanted: number) => {
    const view = new View(local.chain, faults)
    const setFaults = (faults: Faults) => {
      view.faults = faults
    }
    const command = (name: string, body: unknown) => run(devnet, setFaults, name, body)
    const endpoint = await serve({ node: local, view, cookie, command, port: wanted })
    endpoints.add(endpoint)
    return { url: endpoint.url, port: endpoint.port, setFaults, stop: endpoint.stop }
  }

  const setBlockTime = (ms: number | null) => {
    if (timer !== null) clearInterval(timer)
    timer = ms === null ? null : setInterval(() => isStalled || devnet.mine(), ms)
  }

  let stopped: Promise<void> | null = null
  const stop = async () => {
    setBlockTime(null)
    await Promise.all([...endpoints].map((endpoint) => endpoint.stop()))
    local.close()
  }

  const first = await open({}, port).catch((cause) => {
    local.close()
    throw cause
  })
  const devnet: BitcoinDevnet = {
    url: first.url,
    port: first.port,
    setFaults: first.setFaults,
    get height() {
      return local.chain.tip.height
    },
    mine(n = 1, { address, omit = [] } = {}) {
      const omitted = new Set(omit)
      const payTo = address === undefined ? FAUCET.script : scriptOf(address)
      if (payTo === null) throw new BridgeError("bad-address", { address })
      return Array.from({ length: n }, () => local.mine(payTo, omitted).hash)
    },
    fork: (depth, { drop = [], pending = [] } = {}) =>
      local.fork(depth, FAUCET.script, { drop, pending }).map(({ hash }) => hash),
    faucet: (address, satoshis) => payFrom(local, address, satoshis).id,
    evict: (id) => local.evict(id),
    stall(on) {
      isStalled = on
    },
    setBlockTime,
    setFeeRate(satoshisPerKvb) {
      local.feeRate = satoshisPerKvb
    },
    view: (faults = {}) => open(faults, 0),
    stop() {
      stopped ??= stop()
      return stopped
    },
  }
  setBlockTime(blockTimeMs)
  return devnet
}
