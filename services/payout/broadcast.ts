// Hands signed payouts to their chain, again and again until they have landed or can never land.

import { BridgeError, remedyOf } from "../../core/errors.ts"
import { originOf, type TransferId } from "../../core/ids.ts"
import type { Payout } from "../../core/payout.ts"
import type { Log } from "../log.ts"
import { advance } from "../store/advance.ts"
import { type Pause, pauses } from "../store/controls.ts"
import type { OutboxRow } from "../store/outbox.ts"
import { openPlans, type Plan, plansById } from "../store/plans.ts"
import { keepBroadcast } from "../store/signings.ts"
import { transfersById } from "../store/transfers.ts"
import { buried } from "./batching.ts"
import { type Payer, replan } from "./plan.ts"

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
 * again, or where others offer more by now, a replacement in the same slot; and a slot that provably died
 * frees its transfers. What a pause holds back waits. Safe to run anywhere, any number of times. Throws the first failure after all have had their turn.
 */
export async function lookAfter(payer: Broadcasting, ageMs: number): Promise<void> {
  const { sql, chain } = payer
  const held = await pauses(sql)
  const open = await openPlans(sql, chain.name, ageMs)
  const plans = open.filter((plan) => plan.sweep === null && !isHeld(plan, held))
  const failures: unknown[] = []
  for (const plan of plans) await lookAt(payer, plan).catch((error) => failures.push(error))
  if (failures.length > 0) throw failures.find((one) => remedyOf(one) === "halt") ?? failures[0]
}

async function lookAt(payer: Broadcasting, plan: Plan): Promise<void> {
  const payouts = await openOf(payer, plan)
  if (payouts.length === 0) return
  const fate = await payer.connection.fate(payouts, plan.terms)
  if (fate === "dead") await bury(payer, plan, await deadOf(payer, plan, payouts))
  if (fate !== "open") return
  // What may not be replaced by a dearer one goes out again as it is.
  if ((await isToReplace(payer, plan)) && (await replan(payer, plan))) return
  await submit(payer, plan)
}

/** Where every payout has a slot of its own, what is paid already says nothing of those that the transaction left out. */
async function openOf({ sql, chain }: Broadcasting, { id, payouts }: Plan) {
  if (!chain.codec.slotOf) return payouts
  const transfers = await transfersById(
    sql,
    payouts.map(({ transfer }) => transfer),
  )
  return payouts.filter(({ transfer }) => {
    const known = transfers.get(transfer)
    return known?.plan === id && known.state !== "paid"
  })
}

/** Of each alone: what used the slot may have paid one of them, and left out the others. */
async function deadOf({ connection }: Broadcasting, { terms }: Plan, payouts: readonly Payout[]) {
  if (payouts.length === 1) return new Set([payouts[0]!.transfer])
  const dead = new Set<TransferId>()
  for (const payout of payouts)
    if ((await connection.fate([payout], terms)) === "dead") dead.add(payout.transfer)
  return dead
}

/**
 * By one that offers more, once it was signed: for the rest a signature is on its way. And, signed or not, what nobody can
 * sign or mine as it is: a block that went took a coin of it along, or books from a backup had forgotten that somebody in
 * it was being paid already. Only in its own slot, so that whoever holds the old bytes can do no harm.
 */
async function isToReplace(payer: Broadcasting, plan: Plan): Promise<boolean> {
  const { connection } = payer
  const { payouts, terms, raw } = plan
  const left = (await connection.remainder?.(terms)) ?? "all"
  if (left === "slot") return true
  if (left === "all" && connection.remainder && (await isPartlyPaid(payer, plan))) return true
  return raw !== null && ((await connection.isOutbid?.(payouts, terms)) ?? false)
}

async function isPartlyPaid({ sql }: Broadcasting, { payouts }: Plan): Promise<boolean> {
  const transfers = await transfersById(
    sql,
    payouts.map(({ transfer }) => transfer),
  )
  return [...transfers.values()].some(({ state }) => state === "paid")
}

function isHeld({ chain, payouts }: Plan, held: readonly Pause[]): boolean {
  const sources = payouts.map(({ transfer }) => originOf(transfer).chain)
  return held.some((pause) =>
    pause.direction === "out" ? pause.chain === chain : sources.includes(pause.chain),
  )
}

async function submit({ sql, connection, log }: Broadcasting, plan: Plan): Promise<void> {
  if (plan.raw === null || plan.transaction === null) return
  try {
    await connection.submit({ id: plan.transaction, raw: plan.raw })
    await keepBroadcast(sql, plan.id, null)
  } catch (error) {
    await keepBroadcast(sql, plan.id, error instanceof BridgeError ? error.code : "assertion")
    // Refused bytes may still be on their way by an earlier copy: only the chain's own fate frees the slot.
    if (!(error instanceof BridgeError) || error.code !== "payout-refused") throw error
    log.warn({ plan: plan.id, error: String(error) }, "the chain refuses a payout")
  }
}

async function bury(
  { sql, log }: Broadcasting,
  plan: Plan,
  dead: ReadonlySet<TransferId>,
): Promise<void> {
  log.warn({ plan: plan.id }, "a payout can never land; its slot is free again")
  const transfers = await transfersById(
    sql,
    plan.payouts.map(({ transfer }) => transfer),
  )
  const freed = [...transfers.values()].filter(({ id }) => dead.has(id))
  await advance(sql, buried(plan.id, freed))
}
