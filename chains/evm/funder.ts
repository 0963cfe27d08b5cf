// Who first paid an account: found in old states of the chain, and believed when a quorum of providers says the same.

import { z } from "zod"
import { evmAddress } from "../address.ts"
import type { Funder } from "../chain.ts"
import { hexNumber } from "./hex.ts"
import { isRefusal } from "./jsonrpc.ts"
import { type EvmNode, shaped } from "./node.ts"
import type { Panel } from "./panel.ts"
import { address, hash, index, quantity } from "./shape.ts"

/** The first look back. Providers without an archive have states of 128 blocks at least. */
const STRIDE = 64

/**
 * An account without a nonce cannot spend: from its first coin on it has a balance or a nonce, before that neither. So
 * the block of that coin is found by halves, at `head` or below. Null when the account has nothing, when no provider
 * has states so old or no quorum says the same, and when that block has no payment to it of its own: a contract paid it,
 * or a block's reward.
 */
export async function funderOf(
  panel: Panel,
  account: string,
  head: number,
): Promise<Funder | null> {
  const height = await panel.first((node) => orNothing(() => firstHeight(node, account, head)))
  if (height === null) return null
  const said = await panel.collect((node) => orNothing(() => paidAt(node, account, height)))
  // Nobody is blamed for an answer about the past: what stays different would stop the chain's money, which has no
  // part in it.
  const texts = said.flatMap(({ value }) => (value ? [JSON.stringify(value.funder)] : []))
  const agreed = texts.find((text) => texts.filter((one) => one === text).length >= panel.quorum)
  return agreed === undefined ? null : (JSON.parse(agreed) as Funder | null)
}

/** In blocks that grow as they go back, so that what is recent is found without old states. */
async function firstHeight(node: EvmNode, account: string, head: number): Promise<number | null> {
  if (!(await isThere(node, account, head))) return null
  let [low, high] = [-1, head]
  for (let back = STRIDE; head - back >= 0; back *= 2) {
    const at = head - back
    if (await isThere(node, account, at)) high = at
    else {
      low = at
      break
    }
  }
  while (high - low > 1) {
    const middle = low + Math.floor((high - low) / 2)
    if (await isThere(node, account, middle)) high = middle
    else low = middle
  }
  return high
}

async function isThere({ rpc, url }: EvmNode, account: string, height: number): Promise<boolean> {
  const [balance, nonce] = await rpc.batch(
    ["eth_getBalance", "eth_getTransactionCount"].map((method) => {
      return { method, params: [account, hexNumber(height)] }
    }),
  )
  return shaped(quantity, balance, url) > 0n || shaped(quantity, nonce, url) > 0n
}

/** What one provider says of the block: that the account was not there before it, and who paid it in it. */
async function paidAt(
  node: EvmNode,
  account: string,
  height: number,
): Promise<{ readonly funder: Funder | null }> {
  const isFirst =
    (await isThere(node, account, height)) &&
    (height === 0 || !(await isThere(node, account, height - 1)))
  if (!isFirst) return { funder: null }
  const answer = await node.rpc.call("eth_getBlockByNumber", hexNumber(height), true)
  const { timestamp, transactions } = shaped(block, answer, node.url)
  const paid = transactions.find(
    ({ from, to, value }) => to === account.toLowerCase() && value > 0n && from !== to,
  )
  if (!paid) return { funder: null }
  const { from, hash: transaction } = paid
  const funder = evmAddress(from) ?? from
  return { funder: { account: funder, transaction, height, atMs: 1_000 * timestamp } }
}

/** A provider that does not keep what is asked for says nothing, and is at no fault. */
async function orNothing<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask()
  } catch (error) {
    if (isRefusal(error)) return null
    throw error
  }
}

const block = z.object({
  timestamp: index,
  transactions: z.array(z.object({ hash, from: address, to: address.nullish(), value: quantity })),
})
