// Token transfers to the vault that no deposit explains: they are nobody's deposit, and are told so that they are seen.

import { z } from "zod"
import type { BlockRef } from "../../core/transfer.ts"
import { numberIn, topicOf, word } from "./abi.ts"
import { eventIn } from "./events.ts"
import { hexNumber } from "./hex.ts"
import { type EvmNode, shaped } from "./node.ts"
import type { Panel } from "./panel.ts"
import type { ProvenLog, Reader } from "./reader.ts"
import { address, data, hash, index } from "./shape.ts"

/** Addresses in lower case, base units. */
export interface PlainTransfer {
  readonly height: number
  readonly transaction: string
  /** Of its log in the block. */
  readonly index: number
  readonly token: string
  readonly from: string
  readonly amount: bigint
}

export interface PlainOptions {
  readonly panel: Panel
  readonly reader: Reader
  readonly vault: string
  /** Contracts; coins cannot arrive this way. */
  readonly tokens: readonly string[]
  readonly heightMin: number
}

/** Blocks of one question: as many as providers commonly take. */
const STRIDE = 2_000
const TRANSFER = topicOf("Transfer(address,address,uint256)")

/**
 * All up to a final head, oldest first; the first call reads from `heightMin` on, later ones what is new. A transfer
 * counts when a quorum of providers lists it. Nothing is paid by this list: whoever pays proves the event anew.
 */
export function plainTransfersOf(options: PlainOptions) {
  const { panel, reader, vault, tokens } = options
  const found: PlainTransfer[] = []
  let next = options.heightMin
  let reading: Promise<readonly PlainTransfer[]> | null = null

  const read = async ({ height }: BlockRef) => {
    while (next <= height && tokens.length > 0) {
      const to = Math.min(height, next + STRIDE - 1)
      const [said, blocks] = await Promise.all([
        panel.collect((node) => transfersBy(node, { tokens, vault, from: next, to })),
        reader.scan(next, to),
      ])
      const byQuorum = shared(
        said.map(({ value }) => value),
        panel.quorum,
      )
      found.push(...unexplained(byQuorum, depositsIn(blocks.flatMap(({ logs }) => logs))))
      next = to + 1
    }
    return found
  }

  /** Throws what the panel and the reader throw; what was read before is not read again. */
  return (head: BlockRef): Promise<readonly PlainTransfer[]> => {
    reading ??= read(head).finally(() => {
      reading = null
    })
    return reading
  }
}

interface Place {
  readonly transaction: string
  readonly token: string
  readonly index: number
}

/** A deposit's log stands behind that of the transfer which it credits: the nearest one of its token is explained. */
export function unexplained(
  transfers: readonly PlainTransfer[],
  deposits: readonly Place[],
): readonly PlainTransfer[] {
  const explained = new Set<PlainTransfer>()
  for (const { transaction, token, index } of [...deposits].sort((a, b) => a.index - b.index)) {
    const before = transfers.filter(
      (one) => one.transaction === transaction && one.token === token && one.index < index,
    )
    const nearest = before
      .filter((one) => !explained.has(one))
      .reduce<PlainTransfer | null>((a, b) => (a && a.index > b.index ? a : b), null)
    if (nearest) explained.add(nearest)
  }
  return transfers.filter((one) => !explained.has(one))
}

export function depositsIn(logs: readonly ProvenLog[]): readonly Place[] {
  return logs.flatMap((log) => {
    const event = eventIn(log)
    if (event?.name !== "deposited") return []
    return [{ transaction: log.transaction, token: event.value.token, index: log.index }]
  })
}

/** Transfers to the vault among the proven logs of tokens in a block. */
export function plainIn(
  logs: readonly ProvenLog[],
  vault: string,
  height: number,
): readonly PlainTransfer[] {
  return logs.flatMap(({ topics, data, transaction, index, address: token }) => {
    const [topic, from = "", to] = topics
    if (topic !== TRANSFER || to !== `0x${word(vault)}` || !isTransfer(topics, data)) return []
    const amount = numberIn(data.slice(2))
    return [{ height, transaction, index, token, from: `0x${from.slice(26)}`, amount }]
  })
}

/** Some tokens have events of that name with other fields. */
function isTransfer(topics: readonly string[], data: string): boolean {
  return topics.length === 3 && data.length === 66
}

/** Those that as many name, in the order of the chain. */
function shared(lists: readonly (readonly PlainTransfer[])[], quorum: number) {
  const votes = new Map<string, { readonly one: PlainTransfer; count: number }>()
  for (const list of lists)
    for (const one of list) {
      const key = Object.values(one).join(" ")
      const vote = votes.get(key) ?? { one, count: 0 }
      votes.set(key, { one, count: vote.count + 1 })
    }
  return [...votes.values()]
    .filter(({ count }) => count >= quorum)
    .map(({ one }) => one)
    .sort((a, b) => a.height - b.height || a.index - b.index)
}

interface Range {
  readonly tokens: readonly string[]
  readonly vault: string
  readonly from: number
  readonly to: number
}

async function transfersBy(node: EvmNode, { tokens, vault, from, to }: Range) {
  const filter = {
    ...{ address: tokens, topics: [TRANSFER, null, `0x${word(vault)}`] },
    ...{ fromBlock: hexNumber(from), toBlock: hexNumber(to) },
  }
  const list = shaped(logs, await node.rpc.call("eth_getLogs", filter), node.url)
  return list
    .filter(({ topics, data }) => isTransfer(topics, data))
    .map(({ topics, ...log }) => ({
      ...{ height: log.blockNumber, transaction: log.transactionHash, index: log.logIndex },
      ...{ token: log.address, from: `0x${topics[1]!.slice(26)}` },
      amount: numberIn(log.data.slice(2)),
    }))
    .filter(({ token, height }) => tokens.includes(token) && height >= from && height <= to)
}

const logs = z.array(
  z.object({
    ...{ address, data, topics: z.array(hash), transactionHash: hash },
    ...{ blockNumber: index, logIndex: index },
  }),
)
