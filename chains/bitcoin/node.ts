// One Bitcoin node by Bitcoin Core's JSON-RPC: answers checked for their form, not for their truth.

import { BridgeError } from "../../core/errors.ts"
import type { BlockRef } from "../../core/transfer.ts"
import { type Http, jsonOf, unreadable } from "../http.ts"

export interface BitcoinNode {
  /** Without name and password: it is written in logs. */
  readonly url: string
  /** `chain` as Core names it: `main`, `test`, `regtest` and more. Throws `rpc-unavailable` while it catches up. */
  info(): Promise<{ readonly chain: string; readonly tip: BlockRef }>
  /** The program; and whether it finds mined transactions by their ids, null when it does not say. */
  about(): Promise<{ readonly version: string | null; readonly hasIndex: boolean | null }>
  /** Id of the canonical block at a height, or null above the tip. */
  hash(height: number): Promise<string | null>
  /** The raw bytes of a block; null for one that it does not know. */
  block(id: string): Promise<Uint8Array | null>
  /** The raw bytes of a transaction and the block that holds it; null when it is not found. */
  transaction(
    txid: string,
  ): Promise<{ readonly raw: Uint8Array; readonly block: string | null } | null>
  /** Height of a canonical block, or null. */
  heightOf(id: string): Promise<number | null>
  /** An output that no block has spent, or null. */
  unspent(txid: string, vout: number): Promise<Unspent | null>
  /** Estimated rate, satoshi for 1,000 virtual bytes, to be mined within so many blocks; null: too little seen. */
  estimate(blocks: number): Promise<bigint | null>
  /** Hands in a transaction; the error's code and words when the node does not take it, else null. */
  send(raw: Uint8Array): Promise<RpcFailure | null>
}

export interface Unspent {
  /** Satoshi. */
  readonly value: bigint
  /** Hexadecimal. */
  readonly script: string
  readonly confirmations: number
  readonly isCoinbase: boolean
}

export interface RpcFailure {
  readonly code: number
  readonly message: string
}

/** `url` may hold name and password (`http://user:password@host:8332`). */
export function bitcoinNode(url: string, http: Http): BitcoinNode {
  const { address, headers } = authorized(url)

  /** In a batch of one: then a node of any version answers 200 and says in the body what failed. */
  const call = async (method: string, params: readonly unknown[]): Promise<Answer> => {
    const body = JSON.stringify([{ jsonrpc: "1.0", id: 0, method, params }])
    const send = method === "sendrawtransaction" ? http.post : http.query
    const reply = await send(address, body, "application/json", headers)
    const where = `${address} ${method}`
    if (reply.status !== 200)
      throw new BridgeError("rpc-unavailable", { url: where, status: reply.status })
    const answers = jsonOf(reply, where)
    const [answer] = Array.isArray(answers) && answers.length === 1 ? answers : [null]
    const { result = null, error = null } = Object(answer) as Record<string, unknown>
    const { code, message } = Object(error) as Record<string, unknown>
    if (answer === null || (error !== null && typeof code !== "number"))
      throw unreadable(where, "answer")
    return error === null
      ? { result, failure: null }
      : { result: null, failure: { code: code as number, message: String(message) } }
  }
  const ask = async (method: string, params: readonly unknown[], absent?: number) => {
    const { result, failure } = await call(method, params)
    if (failure === null) return result
    if (failure.code === absent) return null
    const said = failure.message.slice(0, 200)
    throw new BridgeError("rpc-unavailable", { url: `${address} ${method}`, said })
  }
  const malformed = (method: string) => unreadable(`${address} ${method}`, "result")

  return {
    url: address,
    async info() {
      const info = Object(await ask("getblockchaininfo", [])) as Record<string, unknown>
      const { chain, blocks: height, bestblockhash: id, initialblockdownload } = info
      if (typeof chain !== "string" || !isCount(height) || !isHash(id))
        throw malformed("getblockchaininfo")
      if (initialblockdownload === true)
        throw new BridgeError("rpc-unavailable", { url: address, why: "the node catches up" })
      return { chain, tip: { height, id } }
    },
    async about() {
      const network = Object(await ask("getnetworkinfo", [])) as Record<string, unknown>
      const indices = await ask("getindexinfo", ["txindex"], METHOD_NOT_FOUND)
      const { subversion } = network
      return {
        version: typeof subversion === "string" ? subversion.slice(0, 100) : null,
        // One that is still being built finds nothing either.
        hasIndex: indices === null ? null : Object(Object(indices).txindex).synced === true,
      }
    },
    async hash(height) {
      const id = await ask("getblockhash", [height], INVALID_PARAMETER)
      if (id !== null && !isHash(id)) throw malformed("getblockhash")
      return id
    },
    async block(id) {
      const text = await ask("getblock", [id, 0], NOT_FOUND)
      if (text !== null && !isHex(text)) throw malformed("getblock")
      return text === null ? null : fromHex(text)
    },
    async transaction(txid) {
      const found = await ask("getrawtransaction", [txid, true], NOT_FOUND)
      if (found === null) return null
      const { hex, blockhash: block = null } = Object(found) as Record<string, unknown>
      if (!isHex(hex) || (block !== null && !isHash(block))) throw malformed("getrawtransaction")
      return { raw: fromHex(hex), block }
    },
    async heightOf(id) {
      const header = await ask("getblockheader", [id, true], NOT_FOUND)
      if (header === null) return null
      const { height, confirmations } = Object(header) as Record<string, unknown>
      if (!isCount(height) || typeof confirmations !== "number") throw malformed("getblockheader")
      // Core says -1 of a block that is not on its best chain.
      return confirmations > 0 ? height : null
    },
    async unspent(txid, vout) {
      const found = await ask("gettxout", [txid, vout, false])
      if (found === null) return null
      const { value, confirmations, coinbase, scriptPubKey } = Object(found) as Record<
        string,
        unknown
      >
      const { hex: script } = Object(scriptPubKey) as Record<string, unknown>
      if (typeof value !== "number" || !isCount(confirmations) || !isHex(script))
        throw malformed("gettxout")
      return { value: satoshi(value), script, confirmations, isCoinbase: coinbase === true }
    },
    async estimate(blocks) {
      const { feerate } = Object(await ask("estimatesmartfee", [blocks])) as { feerate?: unknown }
      if (feerate === undefined) return null
      if (typeof feerate !== "number" || feerate <= 0) throw malformed("estimatesmartfee")
      return satoshi(feerate)
    },
    async send(raw) {
      const { failure } = await call("sendrawtransaction", [Buffer.from(raw).toString("hex")])
      return failure
    },
  }
}

interface Answer {
  readonly result: unknown
  readonly failure: RpcFailure | null
}

/** `RPC_INVALID_ADDRESS_OR_KEY`, `RPC_INVALID_PARAMETER` and `RPC_METHOD_NOT_FOUND` of Core. */
const NOT_FOUND = -5
const METHOD_NOT_FOUND = -32601
const INVALID_PARAMETER = -8

function authorized(url: string) {
  const { username, password, origin, pathname } = new URL(url)
  const address = `${origin}${pathname === "/" ? "" : pathname}`
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  const basic = { authorization: `Basic ${Buffer.from(pair).toString("base64")}` }
  return { address, headers: username === "" ? {} : basic }
}

/** Bitcoin as a JSON number; up to 21 million of them the nearest satoshi is the one that was meant. */
function satoshi(bitcoin: number): bigint {
  return BigInt(Math.round(bitcoin * 1e8))
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isHash(value: unknown): value is string {
  return typeof value === "string" && /^[0-9a-f]{64}$/.test(value)
}

function isHex(value: unknown): value is string {
  return typeof value === "string" && value.length % 2 === 0 && !/[^0-9a-f]/.test(value)
}

function fromHex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "hex"))
}
