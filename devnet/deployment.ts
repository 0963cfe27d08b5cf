// The bridge's public facts on a local network: vaults and tokens are deployed at the first start, and kept.

import { readFile } from "node:fs/promises"
import { vaultAddress } from "../chains/bitcoin/deposit.ts"
import { parseBridge } from "../chains/bridge.ts"
import type { BitcoinVault, Deployment, EvmVault } from "../chains/chain.ts"
import { ASSETS, type AssetName } from "../core/assets.ts"
import type { DealtCluster } from "../mpc/ceremony/devnet.ts"
import { groupKeyBytes } from "../mpc/manifest.ts"
import { schemeOf } from "../mpc/schemes/index.ts"
import { createJwk, type Jwk, rsaWallet } from "./arweave/wallet.ts"
import { type BitcoinHome, bitcoinVault } from "./bitcoin-home.ts"
import { type EvmHome, type EvmName, vaultOn } from "./homes.ts"
import { type AoKind, deployHyperToken, deployToken, type TokenFacts, type Units } from "./token.ts"

export interface Deploying {
  readonly cluster: DealtCluster
  readonly assets: readonly AssetName[]
  readonly homes: readonly EvmHome[]
  /** Where the Bitcoin node is, when bitcoin is carried. */
  readonly bitcoin: BitcoinHome | null
  readonly units: Units
  readonly kind: AoKind
  /** The key that deploys; one is made when there is none, and is of no use afterwards. */
  readonly known: Jwk | undefined
}

/** The deployment of the first start, or that of the one before. */
export async function deploymentIn(
  file: string,
  { cluster, assets, homes, bitcoin, units, kind, known }: Deploying,
): Promise<Deployment> {
  const text = await readFile(file, "utf8").catch(() => null)
  if (text !== null) return parseBridge(JSON.parse(text)).deployment
  const { owner, vault } = cluster
  const deployer = known ?? (await createJwk())
  const guardian = rsaWallet(deployer).address
  const groupKey = homes.length > 0 ? groupKeyIn(cluster, "evm") : null
  const evm: Partial<Record<EvmName, EvmVault>> = Object.fromEntries(
    await Promise.all(
      homes.map(async (home) => [home.name, await vaultOn(home, groupKey!, assets)] as const),
    ),
  )
  const onBitcoin = bitcoin && (await bitcoinVault(bitcoin, groupKeyIn(cluster, "taproot")))
  const tokens: Partial<Record<AssetName, string>> = {}
  for (const asset of assets) {
    const { home } = ASSETS[asset]
    const there = home === "arweave" || home === "bitcoin" ? undefined : evm[home]
    const contract = there?.contracts[asset]
    const facts: TokenFacts = {
      ...{ deployer, bridge: vault, guardian, asset },
      ...(there && contract && { home: { token: contract, vault: there.vault } }),
      ...(home === "bitcoin" &&
        onBitcoin && { home: { token: "BTC", vault: addressOf(onBitcoin) } }),
    }
    const isNode = kind === "hyperbeam"
    tokens[asset] = await (isNode ? deployHyperToken(units.url, facts) : deployToken(units, facts))
  }
  const vaults = { ...evm, ...(onBitcoin && { bitcoin: onBitcoin }) }
  const hasVaults = Object.keys(vaults).length > 0
  return { network: "devnet", owner, vault, tokens, ...(hasVaults && { vaults }) }
}

function groupKeyIn({ manifest }: DealtCluster, scheme: "evm" | "taproot"): Uint8Array {
  return schemeOf(scheme).decode(groupKeyBytes(manifest, scheme)).publicKey
}

function addressOf({ key }: BitcoinVault): string {
  return vaultAddress({ network: "devnet", key: Buffer.from(key, "hex") })
}
