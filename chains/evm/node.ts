// One provider of an EVM chain: what the bridge asks it, as typed values that were checked as far as one answer can be.

import { z } from "zod"
import { BridgeError } from "../../core/errors.ts"
import type { Http } from "../http.ts"
import { type Header, headerOf } from "./header.ts"
import { hexNumber } from "./hex.ts"
import { type Call, type JsonRpc, jsonRpc } from "./jsonrpc.ts"
import { type Receipt, receiptsOf } from "./receipt.ts"
import { address, data, hash, index, quantity } from "./shape.ts"

/** Where a provider says that a contract wrote a log: a hint, to be proven. */
export interface Hint {
  readonly height: number
  readonly block: string
  readonly transaction: string
  readonly index: number
}

export interface Heads {
  /** Newest block that the chain's finality has passed. */
  readonly finalized: Header
  /** Height of the newest block. */
  readonly latest: number
}

export interface EvmNode {
  readonly url: string
  /** Throws `bad-config` when the provider is on another chain, at whatever time that happens. */
  heads(): Promise<Heads>
  /** Canonical headers at these heights, their hashes computed here; null for those that are not there. */
  headers(heights: readonly number[]): Promise<readonly (Header | null)[]>
  /** Hashes of the transactions in a block, which nothing here proves; null when it is not known. */
  transactionsOf(block: string): Promise<readonly string[] | null>
  /** Who sent these transactions, which nothing here proves; null for one that is not known. */
  sendersOf(transactions: readonly string[]): Promise<readonly (string | null)[]>
  /** Of each of these blocks, by hash. */
  receipts(blocks: readonly string[]): Promise<readonly (readonly Receipt[])[]>
  /** Logs of a contract in the blocks `from` to `to`. */
  logs(contract: string, from: number, to: number): Promise<readonly Hint[]>
  /** The block that holds a transaction; null while none does. */
  blockOf(transaction: string): Promise<number | null>
  /** What a contract answers, in the state after a block (its hash) or the newest. */
  read(contract: string, input: string, block: string | "latest"): Promise<string>
  /** Wei of an account, in the state after a block. */
  balance(account: string, block: string): Promise<bigint>
  /** The code of an account in the state after a block, hex; `0x` for none. */
  code(account: string, block: string): Promise<string>
  readonly rpc: JsonRpc
}

export function evmNode(url: string, chainId: bigint, http: Http): EvmNode {
  const rpc = jsonRpc(url, http)

  const blockCall = (height: number | "finalized" | "latest"): Call => ({
    method: "eth_getBlockByNumber",
    params: [typeof height === "number" ? hexNumber(height) : height, false],
  })

  return {
    url,
    rpc,
    async heads() {
      const [id, finalized, latest] = await rpc.batch([
        { method: "eth_chainId", params: [] },
        blockCall("finalized"),
        { method: "eth_blockNumber", params: [] },
      ])
      const said = shaped(quantity, id, url)
      if (said !== chainId)
        throw new BridgeError("bad-config", { url, wanted: chainId, chainId: said })
      if (finalized === null) throw new BridgeError("rpc-unavailable", { url, why: "no finality" })
      return { finalized: headerOf(finalized, url), latest: shaped(index, latest, url) }
    },
    async headers(heights) {
      const blocks = await rpc.batch(heights.map(blockCall))
      return blocks.map((block, n) => {
        if (block === null) return null
        const header = headerOf(block, url)
        if (header.height !== heights[n])
          throw new BridgeError("rpc-disagrees", {
            ...{ url, asked: heights[n], height: header.height },
            why: "another block than the one that was asked for",
          })
        return header
      })
    },
    async transactionsOf(block) {
      const answer = await rpc.call("eth_getBlockByHash", block, false)
      return answer === null ? null : shaped(listing, answer, url).transactions
    },
    async sendersOf(transactions) {
      const calls = transactions.map((transaction) => ({
        method: "eth_getTransactionByHash",
        params: [transaction],
      }))
      const answers = await rpc.batch(calls)
      return answers.map((answer) => (answer === null ? null : shaped(sent, answer, url).from))
    },
    async receipts(blocks) {
      const calls = blocks.map((block) => ({ method: "eth_getBlockReceipts", params: [block] }))
      return (await rpc.batch(calls)).map((list) => receiptsOf(list, url))
    },
    async logs(contract, from, to) {
      const filter = { address: contract, fromBlock: hexNumber(from), toBlock: hexNumber(to) }
      const list = shaped(logs, await rpc.call("eth_getLogs", filter), url)
      return list
        .filter((log) => log.address === contract && !log.removed)
        .map(({ blockNumber, blockHash, transactionHash, logIndex }) => ({
          ...{ height: blockNumber, block: blockHash },
          ...{ transaction: transactionHash, index: logIndex },
        }))
        .filter(({ height }) => height >= from && height <= to)
    },
    async blockOf(transaction) {
      const answer = await rpc.call("eth_getTransactionReceipt", transaction)
      return answer === null ? null : shaped(placed, answer, url).blockNumber
    },
    async balance(account, block) {
      const answer = await rpc.call("eth_getBalance", account, { blockHash: block })
      return shaped(quantity, answer, url)
    },
    async code(account, block) {
      const answer = await rpc.call("eth_getCode", account, { blockHash: block })
      return shaped(data, answer, url)
    },
    async read(contract, input, block) {
      const at = block === "latest" ? block : { blockHash: block }
      return shaped(data, await rpc.call("eth_call", { to: contract, data: input }, at), url)
    },
  }
}

/** An answer of the expected form; throws `rpc-unavailable` for any other. */
export function shaped<T extends z.ZodType>(shape: T, answer: unknown, url: string): z.infer<T> {
  const result = shape.safeParse(answer)
  if (!result.success)
    throw new BridgeError("rpc-unavailable", {
      ...{ url, why: "an answer of another form" },
      problems: z.prettifyError(result.error).slice(0, 300),
    })
  return result.data
}

const listing = z.object({ transactions: z.array(hash) })
const sent = z.object({ from: address })
const placed = z.object({ blockNumber: index })
const logs = z.array(
  z.object({
    ...{ address, blockHash: hash, transactionHash: hash },
    ...{ blockNumber: index, logIndex: index },
    removed: z.boolean().default(false),
  }),
)
