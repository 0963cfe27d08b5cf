// Bitcoin as signers of a test read it: the real codec and connection, one destination, and terms without fees.

import { noteOf } from "../../chains/bitcoin/destination.ts"
import { bitcoin as realBitcoin } from "../../chains/bitcoin/index.ts"
import { connectBitcoin } from "../../chains/bitcoin/rpc.ts"
import type { Chain, Deployment } from "../../chains/chain.ts"
import type { Policy } from "../../core/policy.ts"
import { anId } from "../builders.ts"
import { aDestination } from "../chains/bitcoin/builders.ts"
import { policy as arPolicy } from "./world.ts"

/** Whom deposits go to; its addresses are known to every connection here. */
export const to = aDestination()
const limits = { asset: "BTC", minimum: 1n, cap: 10n ** 10n, refundFee: 1n, dust: 1n } as const
export const policy: Policy = {
  ...arPolicy,
  fees: [
    ...arPolicy.fees,
    ...(["bitcoin", "ao-btc"] as const).map((source) => ({
      ...({ asset: "BTC", source, heightMin: 0, flat: 0n, basisPoints: 0n } as const),
    })),
  ],
  limits: [
    ...arPolicy.limits,
    ...(["bitcoin", "ao-btc"] as const).map((source) => ({ ...limits, source })),
  ],
  depths: { ...arPolicy.depths, bitcoin: 1 },
  payoutDepths: { ...arPolicy.payoutDepths, bitcoin: 1 },
}
export const campaign = {
  ...{ id: "one", rules: "0".repeat(64), process: anId("points") },
  ...{ allocation: 1n, claimS: 1, pushMax: 1n },
}

/** A connection that never takes an old look for a new one. */
export const connect = (urls: Parameters<Chain["connect"]>[0], deployment: Deployment) => {
  const connection = connectBitcoin(urls, deployment, { freshMs: 0 })
  void connection.learn([noteOf(to, "devnet")])
  return connection
}
export const bitcoin = { ...realBitcoin, connect } as Chain
