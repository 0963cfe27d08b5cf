// The mempool after a reorganisation: what was mined waits again, and what no longer fits is gone.

import { type Block, transactionsOf } from "./block.ts"
import type { Chain } from "./chain.ts"
import type { Coin, Coins } from "./coins.ts"
import { coinsOf, feeOf, type Ground, isFinal, isOldEnough, spendFault } from "./consensus.ts"
import type { Entry, Mempool } from "./mempool.ts"
import type { Transaction } from "./transaction.ts"

/** `abandoned` are the blocks that have just left the trunk, the lowest first. */
export function refit(chain: Chain, abandoned: readonly Block[]): void {
  const { mempool } = chain
  const waited = mempool.entries()
  mempool.clear()
  const ground = chain.groundOn(chain.tip)
  const height = chain.tip.height
  const readmit = (tx: Transaction, entry: Omit<Entry, "tx" | "fee">) => {
    if (chain.placeOf(tx.id) !== null || mempool.conflictsOf(tx).size > 0) return
    const spent = spentBy(tx, ground.coins, mempool, ground.height)
    if (spent === null || waitingFault(tx, spent, ground) !== null) return
    mempool.add({ tx, fee: feeOf(tx, spent), ...entry })
  }
  // What was mined is older than what waited, which may spend it.
  for (const block of abandoned)
    for (const tx of transactionsOf(block).slice(1)) readmit(tx, { time: block.time, height })
  for (const { tx, time, height } of waited) readmit(tx, { time, height })
}

/** The coins of a transaction that is to wait, mined or waiting themselves; null when one is missing. */
export function spentBy(
  tx: Transaction,
  coins: Pick<Coins, "find">,
  mempool: Mempool,
  height: number,
): Coin[] | null {
  const places = new Map(tx.inputs.map((input) => [input.point, input]))
  return coinsOf(tx, {
    find: (point) => {
      const { txid, vout } = places.get(point)!
      return coins.find(point) ?? mempool.coin(txid, vout, height)
    },
  })
}

/** Why a transaction could not be in the next block, signatures apart. */
export function waitingFault(
  tx: Transaction,
  spent: readonly Coin[],
  ground: Ground,
): { readonly reason: string; readonly detail: string } | null {
  if (!isFinal(tx, ground.height, ground.medianTime)) return { reason: "non-final", detail: "" }
  if (!isOldEnough(tx, spent, ground)) return { reason: "non-BIP68-final", detail: "" }
  return spendFault(tx, spent, ground.height)
}
