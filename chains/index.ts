// The chains we speak. A new one is one line here; `tsc` fails until it is there.

import type { ChainName } from "../core/assets.ts"
import { ao } from "./ao/index.ts"
import { arweave } from "./arweave/index.ts"
import type { Chain } from "./chain.ts"

/** By name. Services and signers treat them all alike, without looking into an item. */
export const CHAIN_OF: Readonly<Record<ChainName, Chain>> = {
  arweave: arweave as Chain,
  ao: ao as Chain,
}
