// Hands signed payouts to their chain, again and again until they have landed or can never land.

import { BridgeError } from "../../core/errors.ts"
import type { Log } from "../log.ts"
import { advance, type Change } from "../store/advance.ts"
import type { OutboxRow } from "../store/outbox.ts"
import { openPlans, type Plan, plansById } from "../store/plans.ts"
import { transfersById } from "../store/transfers.ts"
import type { Payer } from "./plan.ts"

export interface Broadcasting extends Payer {
  readonly log: Log
}

/** Handles `broadcast` orders. */
export function broadcaster(payer: Broadcasting) {
  return async (rows: readonly OutboxRow[]): Promise<void> => {
    const plans = await plansById(
      payer.sql,
      rows.map(({ plan }) => plan!),
    )
    await Promise.all([...plans.values()].map((plan) => submit(payer, plan)))
    await advance(payer.sql, [], { done: rows.map(({ id }) => id) })
  }
}

/**
 * Looks after payouts that were signed `ageMs` ago or earlier and have not landed: the same bytes go out
 * again, and a slot that provably died frees its transfers. Safe to run anywhere, any number of times.
 */
export async function lookAfter(payer: Broadcasting, ageMs: number): Promise<void> {
  const { sql, chain, connection } = payer
  for (const plan of await openPlans(sql, chain.name, ageMs)) {
    if ((await connection.fate(plan.payouts, plan.terms)) === "dead") await bury(payer, plan)
    else if (plan.raw !== null) await submit(payer, plan)
  }
}

async function submit({ connection, log }: Broadcasting, plan: Plan): Promise<void> {
  if (plan.raw === null || plan.transaction === null) return
  try {
    await connection.submit({ id: plan.transaction, raw: plan.raw })
  } catch (error) {
    // Refused bytes may still be on their way by an earlier copy: only the chain's own fate frees the slot.
    if (!(error instanceof BridgeError) || error.code !== "payout-refused") throw error
    log.warn({ plan: plan.id, error: String(error) }, "the chain refuses a payout")
  }
}

async function bury({ sql, log }: Broadcasting, plan: Plan): Promise<void> {
  log.warn({ plan: plan.id }, "a payout can never land; its slot is free again")
  const transfers = await transfersById(
    sql,
    plan.payouts.map(({ transfer }) => transfer),
  )
  const changes = [...transfers.values()]
    .filter((transfer) => transfer.plan === plan.id)
    .filter(({ state }) => state === "signing" || state === "sent")
    .map(
      ({ id, version }): Change => ({
        transfer: id,
        key: `Died:${plan.id}`,
        version,
        event: { kind: "Died", reason: "slot-expired" },
      }),
    )
  await advance(sql, changes)
}
