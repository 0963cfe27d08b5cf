// What an operator's own endpoints show of a transfer, before they sign an order about it: the API may be in a thief's hands.

import type { Located } from "../../chains/chain.ts"
import { CHAIN_OF } from "../../chains/index.ts"
import { chainNamed, servedBy } from "../../chains/served.ts"
import { networkOf } from "../../core/assets.ts"
import { BridgeError } from "../../core/errors.ts"
import { originOf, type TransferId } from "../../core/ids.ts"
import { readSignerConfig } from "../../mpc/config.ts"

/** What the bridge tells of it; amounts are base units as text. */
export interface Told {
  readonly id: string
  readonly asset: string
  readonly amount: string
  readonly sender: string
  readonly recipient: string | null
}

/**
 * By the endpoints of this operator's signer (`settings.json` in its folder). Throws `not-found` when they do not show it,
 * and `rpc-disagrees` when they show something else than the bridge tells.
 */
export async function byOwnEyes(folder: string, told: Told): Promise<string> {
  const { bridge, settings } = await readSignerConfig(folder)
  const { chain } = originOf(told.id as TransferId)
  const endpoints = settings.endpoints[networkOf(chain)]
  if (!servedBy(bridge.deployment).includes(chain) || !endpoints)
    throw new BridgeError("not-supported", { chain })
  const connection = chainNamed(CHAIN_OF, chain).connect(endpoints, bridge.deployment)
  try {
    const located = await connection.locate(told.id as TransferId)
    if (located === null)
      throw new BridgeError("not-found", { transfer: told.id, by: "your own endpoints" })
    return compared(told, located)
  } finally {
    await connection.close()
  }
}

/** In words; throws `rpc-disagrees`. */
export function compared(told: Told, { sighting, block, tip }: Located): string {
  const { asset, sender, recipient, refundTo, source } = sighting
  const amount = String(sighting.amount)
  const own = { asset, amount, sender, recipient }
  const wrong = (["asset", "amount", "sender", "recipient"] as const).filter(
    (field) => own[field] !== told[field],
  )
  if (wrong.length > 0)
    throw new BridgeError("rpc-disagrees", {
      transfer: told.id,
      ...Object.fromEntries(
        wrong.map((field) => [field, `${own[field]}, and the bridge tells ${told[field]}`]),
      ),
    })
  const deep = tip.height - block.height + 1
  return (
    `your own endpoints show it ${deep} deep in block ${block.height} of ${source}: ${amount} base units of ${asset} ` +
    `from ${sender}, for ${recipient ?? "nobody"}; a refund goes to ${refundTo || "nobody"}`
  )
}
