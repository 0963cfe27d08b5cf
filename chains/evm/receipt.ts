// The receipts of a block: read from a provider's JSON, and proven to be the ones that its header commits to.

import { z } from "zod"
import { BridgeError } from "../../core/errors.ts"
import { concat } from "../bytes.ts"
import type { Header } from "./header.ts"
import { fromHex, toHex } from "./hex.ts"
import { numberBytes, type Rlp, rlp } from "./rlp.ts"
import { address, bloom, data, hash, index, quantity } from "./shape.ts"
import { listRoot } from "./trie.ts"

/** A log in a block whose receipts were proven. */
export interface Log {
  /** Lower case, with `0x`. */
  readonly address: string
  readonly topics: readonly string[]
  readonly data: string
  /** Place of its transaction in the block. Receipts do not name the transaction itself. */
  readonly transactionIndex: number
  /** Place among all logs of the block. */
  readonly index: number
}

const receipt = z.object({
  transactionIndex: index,
  type: quantity.default(0n),
  /** Before Byzantium there was a state root instead. */
  status: quantity.nullish(),
  root: hash.nullish(),
  cumulativeGasUsed: quantity,
  logsBloom: bloom,
  logs: z.array(z.object({ address, topics: z.array(hash).max(4), data })),
})

export type Receipt = z.infer<typeof receipt>

const receipts = z.array(receipt)

/** The receipts in an answer, in the order of the block; throws `rpc-unavailable` when they are none. */
export function receiptsOf(json: unknown, url: string): readonly Receipt[] {
  const { data: list, error } = receipts.safeParse(json)
  if (!list)
    throw new BridgeError("rpc-unavailable", {
      url,
      receipts: z.prettifyError(error).slice(0, 300),
    })
  return list.sort((a, b) => a.transactionIndex - b.transactionIndex)
}

/** Root of their trie: what `receiptsRoot` of the block's header must be. */
export function receiptsRoot(list: readonly Receipt[]): string {
  return toHex(listRoot(list.map(receiptBytes)))
}

/**
 * The logs that `contract` wrote in the block of `header`. Throws `rpc-disagrees` unless the receipts are
 * the ones that the header commits to.
 */
export function logsIn(
  header: Header,
  list: readonly Receipt[],
  contract: string,
  url: string,
): readonly Log[] {
  if (receiptsRoot(list) !== header.receiptsRoot)
    throw new BridgeError("rpc-disagrees", {
      ...{ url, height: header.height, block: header.id },
      why: "the receipts are not the ones of the block",
    })
  let count = 0
  return list.flatMap(({ logs }, transactionIndex) =>
    logs.flatMap((log) => {
      const index = count++
      return log.address === contract ? [{ ...log, transactionIndex, index }] : []
    }),
  )
}

/** As the trie holds it: the type in front, except for the first (EIP-2718). */
function receiptBytes(one: Receipt): Uint8Array {
  const logs: Rlp = one.logs.map((log) => [
    fromHex(log.address),
    log.topics.map(fromHex),
    fromHex(log.data),
  ])
  const outcome = typeof one.root === "string" ? fromHex(one.root) : numberBytes(one.status ?? 0n)
  const body = rlp([outcome, numberBytes(one.cumulativeGasUsed), fromHex(one.logsBloom), logs])
  return one.type === 0n ? body : concat(numberBytes(one.type), body)
}
