// One Arweave node over its HTTP API: reads as typed values, and posting by the official client.

import { BridgeError } from "../../core/errors.ts"
import type { BlockRef } from "../../core/transfer.ts"
import { type Http, jsonOf, type Reply, unreadable } from "../http.ts"

/** A block as a node shows it; its own hash cannot be recomputed from this, only compared between nodes. */
export interface Header extends BlockRef {
  readonly parent: string
  readonly timestampMs: number
  /** Ids, in the order of the block. */
  readonly txs: ReadonlySet<string>
}

export interface ArweaveNode {
  readonly url: string
  info(): Promise<{ readonly network: string; readonly tip: BlockRef }>
  /** The canonical block at a height; null above the tip. */
  header(height: number): Promise<Header | null>
  /** The JSON of a transaction in a block, as it came; null when it is in none that this node knows. */
  transaction(id: string): Promise<unknown>
  /** The height of the block that holds it; null while it is in none. */
  heightOf(id: string): Promise<number | null>
  /** The height of a block by its hash, canonical or not; null when the node does not know it. */
  heightOfBlock(hash: string): Promise<number | null>
  /** Winston for a transaction without data to `target`. */
  price(target: string): Promise<bigint>
  balance(address: string): Promise<bigint>
  /** Why it was dropped as invalid, in the node's codes; null when it was not. */
  objection(id: string): Promise<string | null>
  /** Hands in a transaction's JSON by the official client; the node's answer, whatever it is. */
  post(json: object): Promise<Reply>
}

export function arweaveNode(url: string, http: Http, timeoutMs: number): ArweaveNode {
  const get = (path: string) => http.get(`${url}${path}`)

  const read = async (path: string): Promise<Record<string, unknown> | null> => {
    const reply = await get(path)
    if (reply.status === 404) return null
    const json = expect(reply, path)
    if (typeof json !== "object" || json === null) throw unreadable(`${url}${path}`, "object")
    return json as Record<string, unknown>
  }
  const expect = (reply: Reply, path: string): unknown => {
    if (reply.status === 200) return jsonOf(reply, `${url}${path}`)
    throw new BridgeError("rpc-unavailable", { url: `${url}${path}`, status: reply.status })
  }
  const money = async (path: string): Promise<bigint> => {
    const { status, body } = await get(path)
    if (status !== 200 || !/^[0-9]{1,30}$/.test(body)) throw unreadable(`${url}${path}`, "amount")
    return BigInt(body)
  }
  const blockHeight = (block: Record<string, unknown> | null, path: string): number | null => {
    if (block === null) return null
    if (!isHeight(block.height)) throw unreadable(`${url}${path}`, "height")
    return block.height
  }

  return {
    url,
    async info() {
      const { network, height, current } = (await read("/info")) ?? {}
      if (typeof network !== "string" || !isHeight(height) || !isText(current))
        throw unreadable(`${url}/info`, "network, height and current")
      return { network, tip: { height, id: current } }
    },
    async header(height) {
      const path = `/block/height/${height}`
      const block = await read(path)
      if (block === null) return null
      const { indep_hash: id, previous_block: parent, timestamp, txs } = block
      const isWhole = isText(id) && typeof parent === "string" && isHeight(timestamp)
      if (!isWhole || block.height !== height || !Array.isArray(txs) || !txs.every(isText))
        throw unreadable(`${url}${path}`, "block")
      return { height, id, parent, timestampMs: timestamp * 1_000, txs: new Set(txs) }
    },
    async transaction(id) {
      const reply = await get(`/tx/${id}`)
      return [202, 404, 410].includes(reply.status) ? null : expect(reply, `/tx/${id}`)
    },
    async heightOf(id) {
      const path = `/tx/${id}/status`
      const reply = await get(path)
      if (reply.status === 202 || reply.status === 404) return null
      const { block_height: height } = Object(expect(reply, path)) as { block_height: unknown }
      if (!isHeight(height)) throw unreadable(`${url}${path}`, "block_height")
      return height
    },
    async heightOfBlock(hash) {
      const path = `/block/hash/${hash}`
      return blockHeight(await read(path), path)
    },
    price: (target) => money(`/price/0/${target}`),
    balance: (address) => money(`/wallet/${address}/balance`),
    async objection(id) {
      const { status, body } = await get(`/tx/${id}`)
      return status === 410 ? body : null
    },
    async post(json) {
      // The client sets no time-out of its own.
      const api = await clientOf(url)
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error(`${timeoutMs} ms`)), timeoutMs)
      })
      try {
        const { status, data } = await Promise.race([api.post("tx", json), late])
        return { status, body: typeof data === "string" ? data : JSON.stringify(data) }
      } catch (cause) {
        throw new BridgeError("rpc-unavailable", { url: `${url}/tx` }, { cause })
      } finally {
        clearTimeout(timer)
      }
    },
  }
}

/** Loaded only by those who post: a signer reads, and needs the memory. */
async function clientOf(url: string) {
  const { default: Arweave } = await import("arweave")
  const { hostname, port, protocol } = new URL(url)
  // The module is CommonJS; under some loaders the class is one `default` further down.
  const { init } = (Arweave as unknown as { default?: typeof Arweave }).default ?? Arweave
  const host = { host: hostname, protocol: protocol.slice(0, -1) }
  return init(port === "" ? host : { ...host, port }).api
}

function isHeight(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== ""
}
