// A contract's logs above the final head, as a quorum of providers lists them: unproven, and they may vanish again.

import { z } from "zod"
import { hexNumber } from "./hex.ts"
import { shaped } from "./node.ts"
import type { Panel } from "./panel.ts"
import type { ProvenLog } from "./reader.ts"
import { address, data, hash, index } from "./shape.ts"

/** Never for money: only to see early that something is wrong. Throws what the panel throws. */
export async function logsAhead(
  panel: Panel,
  contract: string,
  final: number,
): Promise<readonly ProvenLog[]> {
  const filter = { address: contract, fromBlock: hexNumber(final + 1), toBlock: "latest" }
  const said = await panel.collect(async ({ rpc, url }) =>
    shaped(logs, await rpc.call("eth_getLogs", filter), url)
      .filter((log) => log.address === contract && !log.removed)
      .map((log) => ({
        ...{ address: log.address, topics: log.topics, data: log.data },
        ...{ index: log.logIndex, transactionIndex: log.transactionIndex },
        transaction: log.transactionHash,
      })),
  )
  const votes = new Map<string, { readonly log: ProvenLog; count: number }>()
  for (const log of said.flatMap(({ value }) => value)) {
    const key = JSON.stringify(log)
    votes.set(key, { log, count: (votes.get(key)?.count ?? 0) + 1 })
  }
  return [...votes.values()].filter(({ count }) => count >= panel.quorum).map(({ log }) => log)
}

const logs = z.array(
  z.object({
    ...{ address, topics: z.array(hash).max(4), data, transactionHash: hash, logIndex: index },
    transactionIndex: index,
    removed: z.boolean().default(false),
  }),
)
