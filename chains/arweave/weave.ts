// The canonical Arweave chain as one operator's nodes show it: tip, blocks, and our transactions in them, verified.

import { BridgeError } from "../../core/errors.ts"
import type { BlockRef } from "../../core/transfer.ts"
import type { Block, Deployment, Owner } from "../chain.ts"
import { keysEver, vaultsEver } from "../owners.ts"
import { Quorum } from "../quorum.ts"
import { Recent } from "../recent.ts"
import { isRsaSigned, sha256, sha384 } from "../rsa.ts"
import { shortTurn } from "../turns.ts"
import type { Gateway } from "./gateway.ts"
import type { ArweaveNode, Header } from "./node.ts"
import { REORG_MAX } from "./planning.ts"
import { recoveredKey } from "./recover.ts"
import {
  addressOf,
  bytes,
  idOf,
  messageOf,
  signedBy,
  type Transaction,
  type TransactionJson,
  transactionJson,
} from "./transaction.ts"

/** Nodes whose tips are further apart are not on one chain, or one of them stands still. */
const SPREAD_MAX = 10
/** A gateway may list a block's transactions late; nearer to the tip than this every one is read. */
const GATEWAY_LAG = 50
const WINDOW = 100
const MAINNET = "arweave.N.1"

export interface WeaveOptions {
  readonly nodes: readonly ArweaveNode[]
  /** Names candidates in old blocks; null reads every transaction of every block. */
  readonly gateway: Gateway | null
  readonly deployment: Deployment
  /** How old a look at the tip may be for it to be used again, milliseconds. */
  readonly freshMs: number
}

export class Weave {
  readonly nodes: Quorum<ArweaveNode>
  readonly #options: WeaveOptions
  #tip: { readonly ref: BlockRef; readonly atMs: number } | null = null
  #asking: Promise<BlockRef> | null = null
  /** Canonical headers by height, and what else holds as long as the tip is the same. */
  readonly #headers = new Map<number, Promise<Header | null>>()
  readonly #facts = new Map<string, Promise<unknown>>()
  readonly #blocks = new Recent<string, Promise<Block<Transaction>>>(2_000)
  readonly #transactions = new Recent<string, Transaction>(50_000)
  /** Where a transaction was seen; always checked again. */
  readonly #heights = new Recent<string, number>(50_000)
  readonly #windows = new Recent<number, ReturnType<Gateway["candidates"]>>(100)

  constructor(options: WeaveOptions) {
    this.#options = options
    this.nodes = new Quorum(options.nodes)
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

  /** The canonical header at a height; null above the tip. */
  async header(height: number): Promise<Header | null> {
    const tip = await this.freshTip()
    if (height > tip.height || height < 0) return null
    return kept(this.#headers, height, async () => {
      const header = await this.nodes.ask((node) => node.header(height), headerText)
      for (const id of header?.txs ?? []) this.#heights.set(id, height)
      return header
    })
  }

  /** The canonical block at a height with the transactions to and from our vaults; null above the tip. */
  async block(height: number, everyOne = this.#options.gateway === null) {
    const header = await this.header(height)
    if (header === null) return null
    const key = `${header.id}${everyOne ? "" : " by gateway"}`
    return kept(this.#blocks, key, () => this.#read(header, everyOne))
  }

  /** The canonical headers that hold these transactions, null for those that are in no block. */
  async place(ids: readonly string[]): Promise<(Header | null)[]> {
    // Deposits come in clusters: the block of the first tells where many others are.
    const lost = async () => {
      const homes = await Promise.all(ids.map((id) => this.#home(id)))
      return ids.filter((_, at) => homes[at] === null)
    }
    const asked = new Set<string>()
    for (let wave = 1; ; wave = 8) {
      const next = (await lost()).filter((id) => !asked.has(id)).slice(0, wave)
      if (next.length === 0) break
      await Promise.all(
        next.map(async (id) => {
          asked.add(id)
          for (const height of await this.#hints(id)) await this.header(height)
        }),
      )
    }
    return Promise.all(ids.map((id) => this.#home(id)))
  }

  /** A transaction of a block, checked against its id and signature; null when it is none of ours. */
  async transaction(id: string): Promise<Transaction | null> {
    const known = this.#transactions.get(id)
    if (known) return known
    const json = await this.#served(id)
    const isOurs = ({ owner, vault }: Owner) => json?.target === vault || json?.owner === owner
    if (json === null || !keysEver(this.#options.deployment).some(isOurs)) return null
    const transaction = readIn(json)
    if (transaction) this.#transactions.set(id, transaction)
    return transaction
  }

  /** As `transaction`, of whomever it is: for evidence. */
  async anybodys(id: string): Promise<Transaction | null> {
    const json = await this.#served(id)
    return json && readIn(json)
  }

  /** Checked against its id; null for a format that we do not read. */
  async #served(id: string): Promise<TransactionJson | null> {
    const answer = await this.nodes.ask((node) => node.transaction(id), signedText)
    if (answer === null)
      throw new BridgeError("rpc-unavailable", { transaction: id, why: "listed but not served" })
    await shortTurn()
    const json = transactionJson(answer)
    if (json && (json.id !== id || idOf(bytes(json.signature), sha256) !== id))
      throw new BridgeError("rpc-disagrees", { transaction: id, why: "its id is not its own" })
    return json
  }

  /** What a node says about the present, asked once for each tip; it may differ between nodes. */
  async atTip<T>(name: string, ask: (node: ArweaveNode) => Promise<T>): Promise<readonly T[]> {
    await this.freshTip()
    return kept(this.#facts, name, () => this.nodes.collect(ask)) as Promise<readonly T[]>
  }

  async #look(): Promise<BlockRef> {
    const infos = await this.nodes.collect((node) => node.info())
    for (const { network } of infos) this.#checkNetwork(network)
    const ref = await this.#shared(infos.map(({ tip }) => tip))
    if (ref.id !== this.#tip?.ref.id) {
      this.#headers.clear()
      this.#facts.clear()
    }
    this.#tip = { ref, atMs: performance.now() }
    return ref
  }

  #checkNetwork(network: string): void {
    const isMainnet = this.#options.deployment.network === "mainnet"
    if ((network === MAINNET) !== isMainnet)
      throw new BridgeError("bad-config", {
        wanted: this.#options.deployment.network,
        network,
        help: "an Arweave node of another network",
      })
  }

  /** Forks of a block or two are ordinary: the newest block below them counts. */
  async #shared(tips: readonly BlockRef[]): Promise<BlockRef> {
    const [first] = tips
    if (tips.every(({ id }) => id === first!.id)) return first!
    const heights = tips.map(({ height }) => height)
    const [low, high] = [Math.min(...heights), Math.max(...heights)]
    if (high - low > SPREAD_MAX)
      throw new BridgeError("rpc-disagrees", {
        heights: heights.join(", "),
        why: "a node is behind",
      })
    for (let height = low; height >= Math.max(0, low - REORG_MAX); height -= 1) {
      const ids = await this.nodes.collect(async (node) => (await node.header(height))?.id ?? "")
      if (ids[0] !== "" && ids.every((id) => id === ids[0])) return { height, id: ids[0]! }
    }
    throw new BridgeError("rpc-disagrees", { height: low, why: "the nodes share no recent block" })
  }

  async #read(header: Header, everyOne: boolean): Promise<Block<Transaction>> {
    const ids = everyOne ? [...header.txs] : await this.#candidates(header)
    const found = await Promise.all(ids.map((id) => this.transaction(id)))
    const { height, id, parent, timestampMs } = header
    const items = found.filter((one) => one !== null)
    return { chain: "arweave", height, id, parent, timestampMs, items }
  }

  async #candidates({ height, txs }: Header): Promise<string[]> {
    const { gateway, deployment } = this.#options
    const start = height - (height % WINDOW)
    const end = start + WINDOW - 1
    if (gateway === null || end > (this.#tip?.ref.height ?? 0) - GATEWAY_LAG) return [...txs]
    const window = await kept(this.#windows, start, () =>
      gateway.candidates(vaultsEver(deployment), start, end),
    )
    // The gateway may list what the chain dropped; what it leaves out is missed.
    const listed = new Set(window.get(height))
    return [...txs].filter((id) => listed.has(id))
  }

  async #home(id: string): Promise<Header | null> {
    const height = this.#heights.get(id)
    const header = height === undefined ? null : await this.header(height)
    return header?.txs.has(id) ? header : null
  }

  /** Heights where some node says it is. "Not found" means nothing: only a canonical block tells. */
  async #hints(id: string): Promise<ReadonlySet<number>> {
    const heights = await this.nodes.collect((node) => node.heightOf(id))
    return new Set(heights.filter((height) => height !== null))
  }
}

function readIn(json: TransactionJson): Transaction | null {
  const sender = senderOf(json)
  return sender === null ? null : signedBy(sender, json)
}

/**
 * The address that signed; null for a kind of signature that we do not know, which must not stop us.
 * One that we know and that does not fit cannot be in a block: the node tells it differently.
 */
function senderOf(json: TransactionJson): string | null {
  const owner = bytes(json.owner)
  const signature = bytes(json.signature)
  const isRsa = owner.length === 512
  if (!isRsa && (owner.length !== 0 || signature.length !== 65)) return null
  const message = messageOf(json, sha384)
  const key = isRsa ? owner : recoveredKey(message, signature)
  if (key === null || (isRsa && !isRsaSigned(json.owner, message, signature)))
    throw new BridgeError("rpc-disagrees", {
      transaction: json.id,
      why: "the signature does not fit",
    })
  return addressOf(key, sha256)
}

function headerText(header: Header | null): string {
  return header === null ? "no block" : [header.id, header.parent, ...header.txs].join(" ")
}

function signedText(answer: unknown): string {
  return JSON.stringify(transactionJson(answer))
}

/** The promise under a key, made when there is none; one that fails is forgotten. */
function kept<Key, Value>(
  store: {
    get(key: Key): Promise<Value> | undefined
    set(key: Key, value: Promise<Value>): unknown
    delete(key: Key): unknown
  },
  key: Key,
  make: () => Promise<Value>,
): Promise<Value> {
  const known = store.get(key)
  if (known !== undefined) return known
  const promise = make()
  store.set(key, promise)
  promise.catch(() => store.delete(key))
  return promise
}
