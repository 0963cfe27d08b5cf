// What the ledgers' watchers have recorded for rewards: final mints, burns, refunds and transfers of wrapped tokens.

import { aoAddress } from "../../chains/address.ts"
import type { Settlement } from "../../chains/chain.ts"
import { ASSET_NAMES, ASSETS, type AssetName, type ChainName } from "../../core/assets.ts"
import type { Action } from "../../core/compliance/decision.ts"
import type { TransferId } from "../../core/ids.ts"
import type { Range } from "../../core/rewards/artifact.ts"
import type { Move, RewardEvent } from "../../core/rewards/event.ts"
import type { Sql } from "./database.ts"
import { answer } from "./failure.ts"
import { type StoredTransfer, transfersById } from "./transfers.ts"

/** A final block of a ledger in which something happened. */
export interface LedgerBlock {
  readonly chain: ChainName
  readonly height: number
  /** Null when it was read before blocks kept their time. */
  readonly timestampMs: number | null
  readonly sightings: readonly TransferId[]
  readonly settlements: readonly Settlement[]
  readonly moves: readonly Move[]
}

const PAGE = 5_000

/** Blocks of a ledger whose payouts are final and that state something, lowest first. */
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

/**
 * Events of a ledger in its order. A block without a time has the time of the one before it, and one second before all
 * when there is none; on one ledger time never goes back.
 */
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
      atS = Math.max(atS, Math.floor((block.timestampMs ?? 0) / 1_000))
      events.push(...eventsIn(block, atS, asset, known))
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

/** In the order in which a slot does things: what it mints, what it burns, what it moves. */
function eventsIn(
  { chain, height, sightings, settlements, moves }: LedgerBlock,
  atS: number,
  asset: AssetName,
  known: ReadonlyMap<TransferId, StoredTransfer>,
): readonly RewardEvent[] {
  const paid = settlements
    .filter(({ outcome }) => outcome === "paid")
    .flatMap(({ transfers }) => transfers)
  const facts = [
    ...paid.flatMap((id) => mintOf(known.get(id), asset)),
    ...sightings.flatMap((id) => burnOf(known.get(id), asset)),
    ...moves.map((move) => moveOf(move, asset)),
  ]
  return facts.map((fact, index) => ({ atS, chain, block: height, index, ...fact }) as RewardEvent)
}

/** `X-Referrer` of a deposit, in whatever case it was written. */
const REFERRER = /^x-referrer$/i

function mintOf(transfer: StoredTransfer | undefined, asset: AssetName) {
  if (!transfer || transfer.asset !== asset) return []
  const { id, source, target, sender, recipient, refund, refundTo, forward } = transfer
  const amount = transfer.amount - transfer.fee
  const account = aoAddress((refund ? refundTo : recipient) ?? "")
  if (account === null || amount <= 0n) return []
  // A burn that came back: it is minted on the ledger that it was burned on.
  if (refund) return [{ kind: "refund", account, asset, amount, transfer: id }]
  if (target !== ASSETS[asset].wrapped.ledger) return []
  const named = Object.entries(forward).find(([name]) => REFERRER.test(name))?.[1] ?? ""
  const referrer = aoAddress(named)
  return [{ kind: "mint", account, asset, amount, transfer: id, source, sender, referrer }]
}

function burnOf(transfer: StoredTransfer | undefined, asset: AssetName) {
  if (!transfer || transfer.asset !== asset || transfer.state === "dropped") return []
  const { id, amount, sender } = transfer
  return [{ kind: "burn", account: sender, asset, amount, transfer: id }]
}

function moveOf({ sender, recipient, amount, transaction }: Move, asset: AssetName) {
  return { kind: "move", account: sender, to: recipient, asset, amount, message: transaction }
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
