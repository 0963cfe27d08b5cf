// `GET /info`: the bridge's public facts in AOX's shape, with what AOX leaves out beside it. Pure.

import { ASSETS, type AssetName, type ChainName } from "../../core/assets.ts"
import { feeFor } from "../../core/fees.ts"
import type { Balances } from "../../core/ledger.ts"
import { depthOf, limitsOf } from "../../core/policy.ts"
import type { Info } from "../../sdk/schemas/aox.ts"
import type { Context } from "./context.ts"
import { ledgerView, pauseView } from "./views.ts"

/** Native tokens have the id of 43 "A" there. */
export const NATIVE_TOKEN = "A".repeat(43)

/** `balances` of each asset that the deployment carries. */
export function infoView(context: Context, balances: ReadonlyMap<AssetName, Balances>): Info {
  const { deployment, policy, heights, pauses } = context
  const names = [...balances.keys()]
  const fee = (asset: AssetName, source: ChainName) =>
    String(feeFor(policy.fees, { asset, source, amount: 0n }, heights[source] ?? 0))
  const limit = (asset: AssetName, source: ChainName) => limitsOf(policy, { asset, source })
  const homeOf = (asset: AssetName) => ASSETS[asset].home
  const ledgerOf = (asset: AssetName) => ASSETS[asset].wrapped.ledger
  const isPaused = (chain: string, direction: "in" | "out") =>
    pauses.some((one) => one.chain === chain && one.direction === direction)
  return {
    bridgePid: deployment.vault,
    arLocker: deployment.vault,
    chainTokens: names.map((asset) => ({
      chainType: homeOf(asset),
      chainId: "0",
      symbol: asset,
      decimals: ASSETS[asset].decimals,
      stableRange: depthOf(policy, homeOf(asset)),
      locker: deployment.vault,
      tokenId: NATIVE_TOKEN,
      wrappedTokenId: deployment.tokens[asset]!,
    })),
    wrappedTokens: names.map((asset) => ({
      wrappedTokenId: deployment.tokens[asset]!,
      name: ASSETS[asset].wrapped.name,
      ticker: ASSETS[asset].wrapped.ticker,
      denomination: ASSETS[asset].decimals,
      totalSupply: String(balances.get(asset)!.supply),
      minBurnAmt: String(limit(asset, ledgerOf(asset))?.minimum ?? 0n),
      burnFee: fee(asset, ledgerOf(asset)),
      feeRecipient: deployment.vault,
      mintFee: fee(asset, homeOf(asset)),
      // Only the token process knows its holders; it answers Info with HolderNum.
      holderNum: null,
      bridgeProcessId: deployment.vault,
    })),
    mintLimits: Object.fromEntries(
      names.map((asset) => [asset, String(limit(asset, homeOf(asset))?.cap ?? 0n)]),
    ),
    burnLimits: Object.fromEntries(
      names.map((asset) => [
        ASSETS[asset].wrapped.ticker,
        { perLimit: String(limit(asset, ledgerOf(asset))?.cap ?? 0n) },
      ]),
    ),
    closeServer: {
      closeArweaveMint: isPaused("arweave", "in") || isPaused("ao", "out"),
      closeArweaveBurn: isPaused("ao", "in") || isPaused("arweave", "out"),
    },
    // Ours from here on.
    network: deployment.network,
    minimums: Object.fromEntries(
      names.map((asset) => [
        asset,
        {
          deposit: String(limit(asset, homeOf(asset))?.minimum ?? 0n),
          burn: String(limit(asset, ledgerOf(asset))?.minimum ?? 0n),
        },
      ]),
    ),
    depths: policy.depths,
    payoutDepths: policy.payoutDepths,
    pauses: pauses.map(pauseView),
    ledger: Object.fromEntries([...balances].map(([asset, row]) => [asset, ledgerView(row)])),
  }
}
