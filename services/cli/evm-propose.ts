// `causeway evm propose`: has the group sign an order to its vault, and writes down the calls that carry it out.

import { writeFile } from "node:fs/promises"
import { parseArgs } from "node:util"
import { CHAIN_OF } from "../../chains/index.ts"
import { chainNamed } from "../../chains/served.ts"
import { networkOf } from "../../core/assets.ts"
import { BridgeError } from "../../core/errors.ts"
import { clusterIn } from "../cluster.ts"
import { readServicesConfig } from "../config.ts"
import { giveOrder } from "../payout/vault-order.ts"
import type { Terminal } from "./commands.ts"
import { fileIn } from "./signer-orders.ts"
import { orderText } from "./vault-words.ts"

export async function propose(words: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      folder: { type: "string" },
      out: { type: "string", default: "calls.json" },
      json: { type: "boolean" },
    },
  })
  const [file] = positionals
  const { folder, out } = values
  if (!file || !folder)
    throw new BridgeError("bad-request", { missing: file ? "--folder DIR" : "an order's file" })
  const order = await fileIn(file)
  const config = await readServicesConfig(folder)
  const { deployment } = config.bridge
  const cluster = await clusterIn(config, {
    onBlame: (blame) => terminal.note(`signer ${blame.signer}: ${blame.kind}, ${blame.detail}`),
  })
  const chain = chainNamed(CHAIN_OF, order.chain)
  const connection = chain.connect(config.settings.endpoints[networkOf(order.chain)]!, deployment)
  try {
    const calls = await giveOrder({
      chain,
      orders: chain.codec.orders,
      place: connection,
      deployment,
      cluster,
      order,
    })
    await writeFile(out, `${JSON.stringify({ chain: order.chain, ...calls }, null, 2)}\n`)
    terminal.out(
      values.json
        ? JSON.stringify({ ok: true, file: out, ...calls })
        : [
            `${out}: ${orderText(order, deployment)}.`,
            `Anybody sends "propose" to it now, and "execute" ${calls.delayS / 3_600} hours later or more, within ${calls.lifeS / 86_400} days.`,
            "Until then the guardian can cancel it, unless it replaces the guardian.",
          ].join("\n"),
    )
    return 0
  } finally {
    cluster.close()
    await connection.close()
  }
}
