// Bitcoin as a home chain of a local network: a node in a process of its own, and commands to it.

import type { BitcoinVault } from "../chains/chain.ts"
import { BridgeError } from "../core/errors.ts"

export interface BitcoinHome {
  /** With user and password, as the bridge reads it. */
  readonly url: string
  /** Mines blocks; what is in `omit` stays in the mempool. */
  mine(n: number, omit?: readonly string[]): Promise<void>
  /** The last blocks are overtaken by one more; what is in `pending` waits again. */
  fork(depth: number, pending: readonly string[]): Promise<void>
  /** What fee estimates say, satoshis a kvB; null for "not enough data". */
  setFeeRate(satoshisPerKvb: bigint | null): Promise<void>
  /** Pays an address in a transaction that waits for the next block; its id. */
  faucet(address: string, satoshis: bigint): Promise<string>
  /** What the node answers to a call of Core's RPC. Throws `rpc-unavailable` with what it refused. */
  rpc<Answer>(method: string, ...params: readonly unknown[]): Promise<Answer>
}

/** `url` of a node with user and password in it. */
export function bitcoinHome(url: string): BitcoinHome {
  const { origin, username, password } = new URL(url)
  const authorization = `Basic ${btoa(`${username}:${password}`)}`
  const post = async <Answer>(path: string, body: object): Promise<Answer> => {
    const response = await fetch(`${origin}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization },
      body: JSON.stringify(body),
    })
    const answer = (await response.json()) as Answer & { error?: unknown }
    if (response.ok && !answer.error) return answer
    throw new BridgeError("rpc-unavailable", { bitcoin: path, answer: JSON.stringify(answer) })
  }
  return {
    url,
    mine: async (n, omit = []) => {
      await post("/devnet/mine", { n, omit })
    },
    fork: async (depth, pending) => {
      await post("/devnet/fork", { depth, pending })
    },
    setFeeRate: async (rate) => {
      await post("/devnet/fee-rate", { satoshisPerKvb: rate === null ? null : `${rate}` })
    },
    faucet: async (address, satoshis) => {
      const told = await post<{ txid: string }>("/devnet/faucet", {
        address,
        satoshis: `${satoshis}`,
      })
      return told.txid
    },
    rpc: async <Answer>(method: string, ...params: readonly unknown[]) =>
      (await post<{ result: Answer }>("/", { jsonrpc: "1.0", id: 1, method, params })).result,
  }
}

/** The vault of `key` (x-only, 32 bytes): nothing before the block that is the newest now concerns it. */
export async function bitcoinVault(home: BitcoinHome, key: Uint8Array): Promise<BitcoinVault> {
  const heightMin = await home.rpc<number>("getblockcount")
  return { key: Buffer.from(key).toString("hex"), heightMin }
}
