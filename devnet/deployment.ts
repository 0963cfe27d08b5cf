// The bridge's public facts on a local network: vaults and tokens are deployed at the first start, and kept.

import { readFile } from "node:fs/promises"
import { parseBridge } from "../chains/bridge.ts"
import type { Deployment, EvmVault } from "../chains/chain.ts"
import { ASSETS, type AssetName } from "../core/assets.ts"
import type { DealtCluster } from "../mpc/ceremony/devnet.ts"
import { schemeOf } from "../mpc/schemes/index.ts"
import { createJwk, type Jwk, rsaWallet } from "./arweave/wallet.ts"
import { type EvmHome, type EvmName, vaultOn } from "./homes.ts"
import { deployToken, type Units } from "./token.ts"

export interface Deploying {
  readonly cluster: DealtCluster
  readonly assets: readonly AssetName[]
  readonly homes: readonly EvmHome[]
  readonly units: Units
  /** The key that deploys; one is made when there is none, and is of no use afterwards. */
  readonly known: Jwk | undefined
}

/** The deployment of the first start, or that of the one before. */
export async function deploymentIn(
  file: string,
  { cluster, assets, homes, units, known }: Deploying,
): Promise<Deployment> {
  const text = await readFile(file, "utf8").catch(() => null)
  if (text !== null) return parseBridge(JSON.parse(text)).deployment
  const { owner, vault } = cluster
  const deployer = known ?? (await createJwk())
  const guardian = rsaWallet(deployer).address
  const { evm } = cluster.manifest.keys
  const groupKey = evm ? schemeOf("evm").decode(Buffer.from(evm, "base64url")).publicKey : null
  const vaults: Partial<Record<EvmName, EvmVault>> = Object.fromEntries(
    await Promise.all(
      homes.map(async (home) => [home.name, await vaultOn(home, groupKey!, assets)] as const),
    ),
  )
  const tokens: Partial<Record<AssetName, string>> = {}
  for (const asset of assets) {
    const { home } = ASSETS[asset]
    const there = home === "arweave" || home === "bitcoin" ? undefined : vaults[home]
    const contract = there?.contracts[asset]
    tokens[asset] = await deployToken(units, {
      ...{ deployer, bridge: vault, guardian, asset },
      ...(there && contract && { home: { token: contract, vault: there.vault } }),
    })
  }
  return { network: "devnet", owner, vault, tokens, ...(homes.length > 0 && { vaults }) }
}
