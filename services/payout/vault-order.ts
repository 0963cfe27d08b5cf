// Has the cluster sign an order to a vault or a token, and gives what anybody may send for it.

import type { Chain, Connection, Deployment, Sealed } from "../../chains/chain.ts"
import { nextOrderAt } from "../../chains/next-order.ts"
import type { OrderCodec, VaultCalls, VaultOrder } from "../../chains/vault.ts"
import { BridgeError } from "../../core/errors.ts"
import type { ClusterClient } from "../../mpc/client.ts"

export interface Giving {
  readonly chain: Pick<Chain, "name" | "scheme">
  /** Of the vault or token that is meant. */
  readonly orders: OrderCodec | undefined
  readonly place: Pick<Connection, "chain" | "handover" | "nextOrder">
  readonly deployment: Deployment
  readonly cluster: ClusterClient
  readonly order: VaultOrder
}

/** As `signedOrder`, for a vault that obeys after a while. */
export async function giveOrder(giving: Giving): Promise<VaultCalls> {
  const { chain, orders, deployment, order } = giving
  if (!orders?.calls)
    throw new BridgeError("not-supported", { chain: chain.name, missing: "calls" })
  const { signature } = await signedOrder(giving)
  return orders.calls(order, deployment, signature)
}

/** As `signedOrder`, for a token on AO: the message that it obeys at once. Whoever has it can hand it in. */
export async function orderMessage(giving: Giving): Promise<Sealed> {
  const { chain, orders, deployment, order } = giving
  if (!orders?.sealed)
    throw new BridgeError("not-supported", {
      chain: chain.name,
      missing: "a token that takes orders",
    })
  const { key, signature } = await signedOrder(giving)
  return orders.sealed(order, deployment, key, signature)
}

/**
 * Throws `not-supported` where vaults take no orders, `bad-request` for an order to another vault, `stale-version` for one
 * whose number is not the vault's next, and as `ClusterClient.sign`: `signer-refused` as long as too few operators have
 * approved this very order.
 */
async function signedOrder({ chain, orders, place, deployment, cluster, order }: Giving) {
  if (!orders)
    throw new BridgeError("not-supported", {
      chain: chain.name,
      missing: "a vault that takes orders",
    })
  orders.demandOurs(order, deployment)
  const { key, number: next } = await nextOrderAt(place, order.vault)
  const message = orders.message(order, deployment, key)
  const { number } = order
  if (number !== next) throw new BridgeError("stale-version", { number, next })
  const { name, scheme } = chain
  const about = { chain: name, token: order.of, scheme, key, number }
  const { signatures } = await cluster.order({ ...about, message })
  return { key, signature: signatures[0]! }
}
