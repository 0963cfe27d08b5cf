// Has the cluster sign an order to a vault, and gives the calls that anybody may send for it.

import type { Chain, Connection, Deployment } from "../../chains/chain.ts"
import type { VaultCalls, VaultOrder } from "../../chains/vault.ts"
import { BridgeError } from "../../core/errors.ts"
import type { ClusterClient } from "../../mpc/client.ts"

export interface Giving {
  readonly chain: Chain
  readonly connection: Connection
  readonly deployment: Deployment
  readonly cluster: ClusterClient
  readonly order: VaultOrder
}

/**
 * Throws `not-supported` where vaults take no orders, `bad-request` for an order to another vault, `stale-version` for one
 * whose number is not the vault's next, and as `ClusterClient.sign`: `signer-refused` as long as too few operators have
 * approved this very order.
 */
export async function giveOrder(giving: Giving): Promise<VaultCalls> {
  const { chain, connection, deployment, cluster, order } = giving
  const { orders } = chain.codec
  if (!orders || !connection.handover)
    throw new BridgeError("not-supported", {
      chain: chain.name,
      missing: "a vault that takes orders",
    })
  const message = orders.message(order, deployment)
  const { present: key, terms } = await connection.handover(order.vault)
  const { number } = order
  if (terms.number !== `${number}`)
    throw new BridgeError("stale-version", { number, next: terms.number })
  const { name, scheme } = chain
  const { signatures } = await cluster.order({ chain: name, scheme, key, number, message })
  return orders.calls(order, deployment, signatures[0]!)
}
