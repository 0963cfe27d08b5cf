// The chains we speak: one for each home, and the ledger of each asset whose home is there.

import { ASSET_NAMES, ASSETS, type HomeChain } from "../core/assets.ts"
import { ledgerChain } from "./ao/index.ts"
import { arweave } from "./arweave/index.ts"
import { vaultAddresses } from "./bitcoin/codec.ts"
import { bitcoin } from "./bitcoin/index.ts"
import type { Chain, Deployment } from "./chain.ts"
import { bsc, ethereum } from "./evm/index.ts"
import type { Chains } from "./served.ts"

const HOMES: Readonly<Partial<Record<HomeChain, Chain>>> = {
  arweave: arweave as Chain,
  ethereum: ethereum as Chain,
  bsc: bsc as Chain,
  bitcoin: bitcoin as Chain,
}

export const CHAIN_OF: Chains = Object.fromEntries(
  ASSET_NAMES.flatMap((asset) => {
    const home = HOMES[ASSETS[asset].home]
    const ledger = home && (ledgerChain(asset, payeeOn(home)) as Chain)
    return [home, ledger].flatMap((chain) => (chain ? [[chain.name, chain] as const] : []))
  }),
)

/** Who a burn can be paid to: an address of the chain, and no vault of ours, which cannot pay itself. */
function payeeOn({ codec }: Chain) {
  return (text: string, deployment: Deployment): string | null => {
    const address = codec.address(text, deployment.network)
    return address === null || isOurs(address, deployment) ? null : address
  }
}

/** Of any home chain: tokens know the vault that they were made for, and no later one. */
function isOurs(address: string, deployment: Deployment): boolean {
  const { ethereum, bsc: onBsc } = deployment.vaults ?? {}
  const contracts = [ethereum, onBsc].flatMap((one) => (one ? [one, ...(one.former ?? [])] : []))
  return (
    contracts.some(({ vault }) => vault === address.toLowerCase()) ||
    vaultAddresses(deployment).includes(address)
  )
}
