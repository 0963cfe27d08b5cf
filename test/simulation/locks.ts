// What a model signer counts as deposited, with the real counter (`chains/locked.ts`), block by block by its own view.

import type { Block, Codec, Connection, Deployment } from "../../chains/chain.ts"
import { type LockCounter, lockCounter, type Tally } from "../../chains/locked.ts"
import type { ChainName } from "../../core/assets.ts"
import type { ModelBlock } from "./fork.ts"
import type { HomeView } from "./home.ts"
import type { HomeName, ModelChain } from "./kinds.ts"
import type { View } from "./views.ts"

/** Where counts are kept from one start to the next. */
export type Tallies = Map<ChainName, Tally>

/** `tallies` are gone on with; whoever starts without any counts from the first block. */
export function counterOf(
  home: HomeName,
  look: (chain: ModelChain) => View,
  tallies: Tallies,
): LockCounter {
  const view = () => look(home) as HomeView
  const connection = {
    chain: home,
    tip: async () => view().tip,
    block: async (height: number) => view().block(height),
  }
  const source = { codec: CODEC, connection: connection as unknown as Connection }
  return lockCounter({ [home]: source }, NOWHERE, {}, tallies)
}

const CODEC = {
  facts: (block: Block) => {
    const { transactions } = block as unknown as ModelBlock
    return {
      sightings: transactions.flatMap((one) => (one.kind === "deposit" ? [one.sighting] : [])),
    }
  },
} as unknown as Codec

/** The model's chains are all vaults from their first block on. */
const NOWHERE = {} as Deployment
