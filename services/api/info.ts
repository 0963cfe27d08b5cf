// `GET /info`: the bridge's public facts in AOX's shape, with what AOX leaves out beside it. Pure.

import type { Deployment } from "../../chains/chain.ts"
import { ASSETS, type AssetName, type ChainName, type HomeChain } from "../../core/assets.ts"
import { feeFor } from "../../core/fees.ts"
import type { Balances } from "../../core/ledger.ts"
import { firstVault } from "../../core/orders.ts"
import { depthOf, limitsOf } from "../../core/policy.ts"
import type { Info } from "../../sdk/schemas/aox.ts"
import type { Context } from "./context.ts"
import { ledgerView, pauseView } from "./views.ts"

/** Native tokens have the id of 43 "A" there; the coins of EVM chains that of the zero address. */
export const NATIVE_TOKEN = "A".repeat(43)

/** What AOX calls an asset's token on its home chain. */
export function tokenIdOf({ vaults }: Pick<Deployment, "vaults">, asset: AssetName): string {
  const { home } = ASSETS[asset]
  if (home === "ethereum" || home === "bsc") return vaults?.[home]?.contracts[asset] ?? NATIVE_TOKEN
  return NATIVE_TOKEN
}

/** Where the money of a home chain lies; on Bitcoin every depositor has an address of their own. */
function lockerOf({ vault, vaults }: Deployment, home: HomeChain): string {
  if (home === "ethereum" || home === "bsc") return vaults?.[home]?.vault ?? ""
  return home === "bitcoin" ? "" : vault
}

/** `balances` of each asset that the deployment carries. */
export function infoView(context: Context, balances: ReadonlyMap<AssetName, Balances>): Info {
  const { deployment, policy, heights, pauses } = context
  const names = [...balances.keys()]
  const fee = (asset: AssetName, source: ChainName) =>
    String(feeFor(policy.fees, { asset, source, amount: 0n }, heights[source] ?? 0))
  const limit = (asset: AssetName, source: ChainName) => limitsOf(policy, { asset, source })
  const homeOf = (asset: AssetName) => ASSETS[asset].home
  const ledgerOf = (asset: AssetName) => ASSETS[asset].wrapped.ledger
  return {
    // By this orders name the bridge, whatever becomes of its keys.
    bridgePid: firstVault(deployment),
    arLocker: deployment.vault,
    chainTokens: names.map((asset) => ({
      chainType: homeOf(asset),
      chainId: chainIdOf(deployment, homeOf(asset)),
      symbol: asset,
      decimals: ASSETS[asset].decimals,
      stableRange: depthOf(policy, homeOf(asset)),
      locker: lockerOf(deployment, homeOf(asset)),
      tokenId: tokenIdOf(deployment, asset),
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
        { perLimit: String(limit(asset, ledgerOf(asset))?.cap ?? 0n), ...dayOf(context, asset) },
      ]),
    ),
    closeServer: closedIn({ pauses }),
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

function chainIdOf({ vaults }: Deployment, home: HomeChain): string {
  return home === "ethereum" || home === "bsc" ? String(vaults?.[home]?.chainId ?? 0) : "0"
}

/** What the window of a day lets out at home. */
function dayOf({ policy }: Context, asset: AssetName) {
  const { home } = ASSETS[asset]
  const window = policy.governor?.windows.find((row) => row.asset === asset && row.target === home)
  return window && { dailyLimit: String(window.day) }
}

/** AOX knows a chain as closed, each way; a chain of several tokens is when all of them are, or when we stopped it. */
function closedIn({ pauses }: Pick<Context, "pauses">): Info["closeServer"] {
  const isPaused = (chain: ChainName, direction: "in" | "out") =>
    pauses.some((one) => one.chain === chain && one.direction === direction)
  const ledgersOf = (home: HomeChain) =>
    Object.values(ASSETS).flatMap((one) => (one.home === home ? [one.wrapped.ledger] : []))
  const isClosed = (home: HomeChain, direction: "in" | "out") => {
    const other = direction === "in" ? "out" : "in"
    return isPaused(home, direction) || ledgersOf(home).every((ledger) => isPaused(ledger, other))
  }
  return {
    // Not a chain of ours.
    closeBaseMint: true,
    closeArweaveMint: isClosed("arweave", "in"),
    closeEthMint: isClosed("ethereum", "in"),
    closeBscMint: isClosed("bsc", "in"),
    closeArweaveBurn: isClosed("arweave", "out"),
    closeEthBurn: isClosed("ethereum", "out"),
    closeBscBurn: isClosed("bsc", "out"),
    closeTransfer: false,
  }
}
