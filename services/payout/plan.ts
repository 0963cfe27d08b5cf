// Turns transfers that are ready into plans: whom one transaction pays, on which terms, and the slots it takes.

import type { Chain, Connection, Deployment, Locks } from "../../chains/chain.ts"
import { BridgeError } from "../../core/errors.ts"
import { payoutOf } from "../../core/payout.ts"
import type { Transfer } from "../../core/transfer.ts"
import { advance, type Change } from "../store/advance.ts"
import { depositedOn } from "../store/ledger.ts"
import type { OutboxRow } from "../store/outbox.ts"
import { type NewPlan, nextAttempt } from "../store/plans.ts"
import { readyFor } from "../store/transfers.ts"
import { type Sources, standing } from "./standing.ts"

export interface Payer extends Sources {
  readonly chain: Chain
  readonly connection: Connection
  readonly deployment: Deployment
}

/** Transfers planned in one commit. */
const TRANSFERS_MAX = 100

/**
 * Handles `plan` orders: each is only a wake-up, so one call plans all that is ready on the chain. Throws
 * `stale-version` when a transfer moved meanwhile: the next call sees it as it is then.
 */
export function planner(payer: Payer) {
  return async (rows: readonly OutboxRow[]): Promise<void> => {
    while (await planReady(payer));
    await advance(payer.sql, [], { done: rows.map(({ id }) => id) })
  }
}

/** Plans the oldest ready transfers; false when there are none. */
async function planReady(payer: Payer): Promise<boolean> {
  const { sql, chain } = payer
  const oldest = await readyFor(sql, chain.name, TRANSFERS_MAX)
  const ready = await standing(payer, oldest)
  if (ready.length === 0) return oldest.length > 0
  const changes: Change[] = []
  for (let n = 0; n < ready.length; n += chain.codec.batchMax)
    changes.push(...(await planOf(payer, ready.slice(n, n + chain.codec.batchMax))))
  const outcomes = await advance(sql, changes)
  // One that moved meanwhile takes its whole batch with it: the others must not be left without an order.
  const moved = outcomes.find(({ kind }) => kind !== "applied")
  if (moved) throw new BridgeError("stale-version", { transfer: moved.transfer })
  return oldest.length === TRANSFERS_MAX
}

async function planOf(payer: Payer, transfers: readonly Transfer[]): Promise<readonly Change[]> {
  const { sql, chain, connection, deployment } = payer
  const payouts = transfers.map(payoutOf).sort((a, b) => (a.transfer < b.transfer ? -1 : 1))
  const attempt = await nextAttempt(
    sql,
    payouts.map(({ transfer }) => transfer),
  )
  const terms = await connection.terms(payouts, attempt, await locksFor(payer, transfers))
  const { message, slots } = chain.codec.build(payouts, terms, deployment)
  const id = `${chain.name}-${Buffer.from(message).toString("base64url").slice(0, 43)}`
  const plan: NewPlan = { id, chain: chain.name, payouts, terms, attempt, message, slots }
  return transfers.map((transfer) => ({
    transfer: transfer.id,
    key: `Planned:${id}`,
    version: transfer.version,
    event: { kind: "Planned", plan: id, slot: slots.get(transfer.id)! },
    plan,
  }))
}

/** What was ever deposited on the chains that back a mint; a payout at home states nothing of the kind. */
async function locksFor({ sql, chain }: Payer, transfers: readonly Transfer[]): Promise<Locks> {
  if (chain.name !== "ao") return {}
  const sources = new Set(transfers.map(({ source }) => source).filter((name) => name !== "ao"))
  return Object.fromEntries(
    await Promise.all(
      [...sources].map(async (name) => [name, await depositedOn(sql, name)] as const),
    ),
  )
}
