// What one provider knows of an account: its nonce, its money, its transactions, what gas costs, what a call would do.

import { z } from "zod"
import type { FeeHistory } from "./fees.ts"
import { hexNumber } from "./hex.ts"
import { revertOf } from "./jsonrpc.ts"
import { type EvmNode, shaped } from "./node.ts"
import type { Attempt } from "./nonces.ts"
import { data, index, quantity } from "./shape.ts"

export interface AccountView {
  /** Its next nonce, by the newest block. */
  readonly mined: number
  /** Wei. */
  readonly balance: bigint
  /** Of the newest block. */
  readonly height: number
  readonly history: FeeHistory
  /** Those of the hashes asked for that wait or are in a block. */
  readonly known: readonly string[]
}

/** Recent blocks whose tips count. */
const BLOCKS = 10

export async function lookAt(
  node: EvmNode,
  address: string,
  hashes: readonly string[],
): Promise<AccountView> {
  const [count, balance, height, history, ...transactions] = await node.rpc.batch([
    { method: "eth_getTransactionCount", params: [address, "latest"] },
    { method: "eth_getBalance", params: [address, "latest"] },
    { method: "eth_blockNumber", params: [] },
    { method: "eth_feeHistory", params: [hexNumber(BLOCKS), "latest", [50]] },
    ...hashes.map((hash) => ({ method: "eth_getTransactionByHash", params: [hash] })),
  ])
  const { baseFeePerGas, gasUsedRatio, reward } = shaped(feeHistory, history, node.url)
  return {
    mined: shaped(index, count, node.url),
    balance: shaped(quantity, balance, node.url),
    height: shaped(index, height, node.url),
    history: {
      // The last one is of the block to come.
      baseFee: baseFeePerGas.at(-1)!,
      // Nobody offered anything in an empty block.
      tips: (reward ?? []).flatMap(([tip], at) =>
        gasUsedRatio[at] && tip !== undefined ? [tip] : [],
      ),
    },
    known: hashes.filter((_, at) => transactions[at] !== null),
  }
}

const feeHistory = z.object({
  baseFeePerGas: z.array(quantity).min(1),
  gasUsedRatio: z.array(z.number()),
  reward: z.array(z.array(quantity)).nullish(),
})

/** Whether one of these transactions is in a block and did what it should; null when none is. */
export async function statusOf(
  node: EvmNode,
  attempts: readonly Attempt[],
): Promise<boolean | null> {
  const receipts = await node.rpc.batch(
    attempts.map(({ hash }) => ({ method: "eth_getTransactionReceipt", params: [hash] })),
  )
  const found = receipts.find((receipt) => receipt !== null)
  return found === undefined ? null : shaped(status, found, node.url).status === 1n
}

const status = z.object({ status: quantity })

export interface CallTo {
  readonly from: string
  readonly to: string
  readonly data: string
}

/** What a call would do in the state after the newest block. */
export type Trial =
  | { readonly reverted: null; readonly answer: string }
  | { readonly reverted: string; readonly answer: null }

export async function tried(node: EvmNode, call: CallTo): Promise<Trial> {
  try {
    const answer = shaped(data, await node.rpc.call("eth_call", call, "latest"), node.url)
    return { reverted: null, answer }
  } catch (error) {
    const reverted = revertOf(error)
    if (reverted === null) throw error
    return { reverted, answer: null }
  }
}

export async function gasOf(node: EvmNode, call: CallTo): Promise<bigint> {
  return shaped(quantity, await node.rpc.call("eth_estimateGas", call), node.url)
}
