// Where a transfer may be paid by a plan that was given up: on AO, Ethereum and BSC a slot outlives its plan, so that what
// was planned there once is paid there or nowhere, even when its deposit vanished meanwhile and came back.

import { CHAIN_OF } from "../../chains/index.ts"
import type { ChainName } from "../../core/assets.ts"
import type { TransferId } from "../../core/ids.ts"
import { advance, type Change } from "../store/advance.ts"
import type { Sql } from "../store/database.ts"
import { slotsEver } from "../store/holdbacks.ts"
import { payoutChainOf } from "../store/rows.ts"
import type { StoredTransfer } from "../store/transfers.ts"
import { isPayableOn } from "./batching.ts"

/** The chains on which one of `ids` ever held such a slot. */
export async function mayLandOn(
  sql: Sql,
  ids: readonly TransferId[],
): Promise<(id: TransferId) => ReadonlySet<ChainName>> {
  const slots = await slotsEver(sql, ids)
  return (id) => {
    const chains = (slots.get(id) ?? []).map((slot) => slot.split(":")[0] as ChainName)
    return new Set(chains.filter((chain) => CHAIN_OF[chain]?.codec.slotOf !== undefined))
  }
}

/** Those of `ready` that may be paid nowhere else than where they are to be planned; people decide about the others. */
export async function payableHere(
  sql: Sql,
  ready: readonly StoredTransfer[],
): Promise<readonly StoredTransfer[]> {
  const landing = await mayLandOn(
    sql,
    ready.map(({ id }) => id),
  )
  const isFree = (one: StoredTransfer) => isPayableOn(payoutChainOf(one), landing(one.id))
  const flags = ready
    .filter((one) => !isFree(one))
    .map(({ id, version }): Change => {
      const event = { kind: "Flagged", reason: "slot-taken" } as const
      return { transfer: id, key: `Flagged:${version}`, version, event }
    })
  if (flags.length > 0) await advance(sql, flags)
  return ready.filter(isFree)
}
