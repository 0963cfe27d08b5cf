// A second look at where transfers stand: their block may have left the chain while they were being paid.

import type { Connection } from "../../chains/chain.ts"
import type { ChainName } from "../../core/assets.ts"
import { type FeeRule, feeFor } from "../../core/fees.ts"
import { advance } from "../store/advance.ts"
import * as blocks from "../store/blocks.ts"
import type { Sql } from "../store/database.ts"
import { fallen, type StoredTransfer } from "../store/transfers.ts"

export interface Sources {
  readonly sql: Sql
  /** Where transfers come from; each is read again at its source. */
  readonly sources: Readonly<Partial<Record<ChainName, Connection>>>
  readonly fees: readonly FeeRule[]
}

/**
 * Those of `ready` whose block is still on record as canonical. For the others it tells Vanished: from
 * signing and sent nobody could. One that stands in another block by now is seen there again. What its owner
 * may take back before long is held.
 */
export async function standing(
  looking: Sources,
  ready: readonly StoredTransfer[],
): Promise<readonly StoredTransfer[]> {
  const gone = await fallen(
    looking.sql,
    ready.map(({ id }) => id),
  )
  for (const transfer of gone) await lose(looking, transfer)
  const lost = new Set(gone.map(({ id }) => id))
  const stood: StoredTransfer[] = []
  for (const transfer of ready.filter(({ id }) => !lost.has(id)))
    if (await isLeaving(looking, transfer)) await holdBack(looking, transfer)
    else stood.push(transfer)
  return stood
}

/** No signer would sign it: its owner may take it back before long, if it does not move to the vault. */
async function isLeaving({ sources }: Sources, { id, source, note }: StoredTransfer) {
  return note !== undefined && ((await sources[source]?.isLeaving?.(id)) ?? false)
}

async function holdBack({ sql }: Sources, { id, version }: StoredTransfer): Promise<void> {
  const event = { kind: "Flagged", reason: "may-be-taken-back" } as const
  await advance(sql, [{ transfer: id, key: `Flagged:${version}`, version, event }])
}

async function lose({ sql, sources, fees }: Sources, transfer: StoredTransfer): Promise<void> {
  const { id, source, version, block } = transfer
  const event = { kind: "Vanished" } as const
  await advance(sql, [{ transfer: id, key: `Vanished:${block.id}:${version}`, version, event }])
  const found = await sources[source]?.locate(id)
  const recorded = found && (await blocks.at(sql, source, found.block.height))
  // Above what the watcher has read, it will see the transfer by itself.
  if (!found || recorded?.id !== found.block.id) return
  const { sighting, block: now } = found
  const fee = sighting.fee ?? feeFor(fees, sighting, now.height)
  const seen = { kind: "Seen", sighting, block: now, fee } as const
  await advance(sql, [{ transfer: id, key: `Seen:${now.id}:${version + 1}`, event: seen }])
}
