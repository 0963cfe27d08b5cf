// Orders to the vaults of a chain: what the group signs for one, if the bridge has the vault, and the calls of it. Pure.

import { BridgeError } from "../../core/errors.ts"
import type { Deployment } from "../chain.ts"
import type { OrderCodec, VaultOrder } from "../vault.ts"
import type { EvmName, EvmSide } from "./codec.ts"
import { isOurs, sideAt } from "./former.ts"
import { orderCalls, orderDigest, readOrder } from "./order.ts"

export function orderCodec(name: EvmName, sideOf: (deployment: Deployment) => EvmSide): OrderCodec {
  /** A former vault only sends on what still came to it. */
  const ordered = (order: VaultOrder, deployment: Deployment) => {
    const side = sideOf(deployment)
    const own = order.chain === name ? sideAt(side, order.vault) : null
    const isPresent = own?.vault === side.vault
    if (!own || !(isPresent || (order.kind === "migrate" && isOurs(order, own, side))))
      throw new BridgeError("bad-request", { vault: order.vault, ours: side.vault })
    return own
  }
  return {
    parse: readOrder,
    demandOurs: (order, deployment) => void ordered(order, deployment),
    message: (order, deployment) => orderDigest(order, ordered(order, deployment)),
    calls: (order, deployment, signature) =>
      orderCalls(order, ordered(order, deployment), signature),
  }
}
