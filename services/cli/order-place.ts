// Who takes an order: a vault, a ledger's token or the campaign's, by the bridge file; and the way to it.

import type { Bridge } from "../../chains/bridge.ts"
import type { Endpoints } from "../../chains/chain.ts"
import { CHAIN_OF } from "../../chains/index.ts"
import { chainNamed } from "../../chains/served.ts"
import type { HandedToken, OrderCodec, VaultOrder } from "../../chains/vault.ts"
import { ASSET_NAMES, ASSETS, type ChainName } from "../../core/assets.ts"
import { BridgeError } from "../../core/errors.ts"

type Addressed = Pick<VaultOrder, "chain" | "of">

/** The token on a ledger, or a campaign's by its name. Throws `bad-request` for one that the bridge file does not name. */
export function tokenIn({ deployment, campaign }: Bridge, chain: string, named?: string) {
  const asset = ASSET_NAMES.find((one) => ASSETS[one].wrapped.ledger === chain)
  const ledger = asset && ASSETS[asset].wrapped.ledger
  const isOurs = named === undefined || (chain === "ao" && named === campaign?.id)
  const vault = named === undefined ? asset && deployment.tokens[asset] : campaign?.process
  if (!ledger || !isOurs || !vault)
    throw new BridgeError("bad-request", {
      ...{ missing: "a ledger that the bridge has", got: chain, token: named },
      ...(campaign && { campaign: `ao ${campaign.id}` }),
    })
  return { chain: ledger, vault, ...(named !== undefined && { of: "campaign" as const }) }
}

/** Throws `not-supported` where none is taken. */
export function ordersOf(bridge: Bridge, { chain, of }: Addressed): OrderCodec {
  const orders = of ? handed(bridge, chain).orders : chainNamed(CHAIN_OF, chain).codec.orders
  if (!orders) throw new BridgeError("not-supported", { chain, order: "its vault takes none" })
  return orders
}

/** To be closed. */
export function deskFor({ chain, of }: Addressed, bridge: Bridge, endpoints: Endpoints) {
  if (of) return handed(bridge, chain).desk(endpoints, bridge.deployment)
  return chainNamed(CHAIN_OF, chain).connect(endpoints, bridge.deployment)
}

function handed({ campaign }: Bridge, chain: ChainName): HandedToken {
  const token = campaign && chainNamed(CHAIN_OF, chain).tokenAt?.(campaign.process)
  if (!token) throw new BridgeError("not-supported", { chain, missing: "a campaign's token" })
  return token
}
