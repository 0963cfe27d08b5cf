// The chains we speak: one for each home, and the ledger of each asset whose home is there.

import { ASSET_NAMES, ASSETS, type HomeChain } from "../core/assets.ts"
import { ledgerChain } from "./ao/index.ts"
import { arweave } from "./arweave/index.ts"
import { bitcoin } from "./bitcoin/index.ts"
import type { Chain } from "./chain.ts"
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
    const ledger = home && (ledgerChain(asset, home.codec.address) as Chain)
    return [home, ledger].flatMap((chain) => (chain ? [[chain.name, chain] as const] : []))
  }),
)
