// What the ledgers' watchers have recorded for rewards: final mints, burns, refunds and transfers of wrapped tokens.

import { aoAddress } from "../../chains/address.ts"
import type { Settlement } from "../../chains/chain.ts"
import { type LedgerBlock, rewardEventsIn } from "../../chains/reward-events.ts"
import { ASSET_NAMES, ASSETS, type AssetName, type ChainName } from "../../core/assets.ts"
import type { Action } from "../../core/compliance/decision.ts"
import type { TransferId } from "../../core/ids.ts"
import type { Range } from "../../core/rewards/artifact.ts"
import type { Move, RewardEvent } from "../../core/rewards/event.ts"
import type { Sql } from "./database.ts"
import { answer } from "./failure.ts"
import { transfersById } from "./transfers.ts"

const PAGE = 5_000

/** Final blocks of a ledger in which something happened, lowest first. */
async function* blocksOf(sql: Sql, chain: ChainName): AsyncGenerator<LedgerBlock> {
  let from = -1
  for (;;) {
    const rows = await answer(sql<{ height: bigint; facts: Stated }[]>`
      select height, facts from blocks
      where chain = ${chain} and canonical and final and height > ${`${from}`}::text::bigint
        and (
          jsonb_array_length(facts -> 'sightings') > 0 or facts ? 'moves'
          or jsonb_array_length(facts -> 'settlements') > 0
        )
      order by height limit ${PAGE}`)
    for (const { height, facts } of rows)
      yield {
        ...{ chain, height: Number(height), timestampMs: facts.timestampMs ?? null },
        ...{ sightings: facts.sightings, settlements: facts.settlements },
        moves: facts.moves ?? [],
      }
    if (rows.length < PAGE) return
    from = Number(rows.at(-1)!.height)
  }
}

interface Stated {
  readonly timestampMs?: number
  readonly sightings: readonly TransferId[]
  readonly settlements: readonly Settlement[]
  readonly moves?: readonly Move[]
}

/** How far a ledger has been read for good: its first block, and the last one whose payouts are final. */
export async function rangeOf(sql: Sql, chain: ChainName): Promise<Range | null> {
  const end = async (direction: "asc" | "desc") => {
    const rows = await answer(sql<{ height: bigint; id: string }[]>`
      select height, id from blocks where chain = ${chain} and canonical and final
      order by height ${direction === "asc" ? sql`asc` : sql`desc`} limit 1`)
    return rows[0] ? { height: Number(rows[0].height), id: rows[0].id } : null
  }
  const [from, to] = [await end("asc"), await end("desc")]
  return from && to ? { chain, from, to } : null
}

/** Blocks that state something, are older than a moment, and are not final yet: an epoch that ends then must wait. */
export async function unfinished(sql: Sql, chain: ChainName, untilMs: number): Promise<boolean> {
  const rows = await answer(sql`
    select from blocks
    where chain = ${chain} and canonical and not final
      and coalesce((facts ->> 'timestampMs')::bigint, 0) < ${`${untilMs}`}::text::bigint
      and (
        jsonb_array_length(facts -> 'sightings') > 0 or facts ? 'moves'
        or jsonb_array_length(facts -> 'settlements') > 0
      )
    limit 1`)
  return rows.length > 0
}

/** Events of a ledger in its order, as its watcher has recorded them. */
export async function eventsOf(sql: Sql, asset: AssetName): Promise<readonly RewardEvent[]> {
  const chain = ASSETS[asset].wrapped.ledger
  const events: RewardEvent[] = []
  let atS = 1
  let batch: LedgerBlock[] = []
  const flush = async () => {
    const ids = batch.flatMap(({ sightings, settlements }) => [
      ...sightings,
      ...settlements.flatMap(({ transfers }) => transfers),
    ])
    const known = await transfersById(sql, [...new Set(ids)])
    for (const block of batch) {
      const made = rewardEventsIn(block, atS, asset, known)
      events.push(...made.events)
      atS = made.atS
    }
    batch = []
  }
  for await (const block of blocksOf(sql, chain)) {
    batch.push(block)
    if (batch.length === 500) await flush()
  }
  await flush()
  return events
}

/** Of all assets that are carried. */
export async function ledgerEvents(
  sql: Sql,
  carried: readonly AssetName[] = ASSET_NAMES,
): Promise<readonly RewardEvent[]> {
  const all: RewardEvent[] = []
  for (const asset of carried) for (const event of await eventsOf(sql, asset)) all.push(event)
  return all
}

/**
 * Accounts that were refused their reward in a transfer to them, and how: by the newest decision about it. Who was on
 * hold in one is not here, as a sign-in ends that.
 */
export async function rewardsRefused(
  sql: Sql,
): Promise<ReadonlyMap<string, Extract<Action, "reject" | "block">>> {
  const rows = await answer(sql<{ recipient: string; reward: "reject" | "block" }[]>`
    select s.recipient, d.reward from (
      select distinct on (transfer) transfer, reward from decisions order by transfer, number desc
    ) d join sightings s on s.id = d.transfer
    where d.reward in ('reject', 'block') and s.recipient is not null`)
  const refused = new Map<string, "reject" | "block">()
  for (const { recipient, reward } of rows) {
    const account = aoAddress(recipient)
    if (account !== null && refused.get(account) !== "block") refused.set(account, reward)
  }
  return refused
}
