// Stations that take a transfer from confirmed to paid by real changes, without a chain or a signer.

import { payoutOf } from "../../../core/payout.ts"
import type { Station } from "../../../services/queue/workers.ts"
import { advance, type Change } from "../../../services/store/advance.ts"
import type { Sql } from "../../../services/store/database.ts"
import type { OutboxRow } from "../../../services/store/outbox.ts"
import { type NewPlan, type Plan, plansById } from "../../../services/store/plans.ts"
import { readyFor, transfersById } from "../../../services/store/transfers.ts"
import { anId } from "../../builders.ts"

/** Payouts in one plan. */
const PLAN = 7

export function wholeLife(sql: Sql): Station[] {
  return [
    { kind: "screen", chain: "arweave", concurrency: 2, handle: (rows) => screen(sql, rows) },
    { kind: "plan", chain: "ao", concurrency: 2, handle: (rows) => plan(sql, rows) },
    { kind: "sign", chain: "ao", concurrency: 2, handle: (rows) => sign(sql, rows) },
    { kind: "broadcast", chain: "ao", concurrency: 2, handle: (rows) => broadcast(sql, rows) },
  ]
}

const done = (rows: readonly OutboxRow[]) => ({ done: rows.map(({ id }) => id) })

async function screen(sql: Sql, rows: readonly OutboxRow[]): Promise<void> {
  const transfers = await transfersById(
    sql,
    rows.map(({ transfer }) => transfer),
  )
  const changes = [...transfers.values()].map(({ id, version }): Change => {
    return { transfer: id, key: "cleared", version, event: { kind: "Cleared" } }
  })
  await advance(sql, changes, done(rows))
}

async function plan(sql: Sql, rows: readonly OutboxRow[]): Promise<void> {
  const ready = await readyFor(sql, "ao")
  const changes: Change[] = []
  for (let at = 0; at < ready.length; at += PLAN) {
    const transfers = ready.slice(at, at + PLAN)
    const plan: NewPlan = {
      id: anId(transfers.map(({ id }) => id).join()),
      chain: "ao",
      payouts: transfers.map(payoutOf),
      terms: {},
      attempt: 0,
      messages: [new Uint8Array([1])],
      slots: new Map(transfers.map(({ id }) => [id, id])),
    }
    for (const { id, version } of transfers) {
      const event = { kind: "Planned", slot: id, plan: plan.id } as const
      changes.push({ transfer: id, key: `planned ${plan.id}`, version, event, plan })
    }
  }
  await advance(sql, changes, done(rows))
}

async function sign(sql: Sql, rows: readonly OutboxRow[]): Promise<void> {
  const changes = (await plansOf(sql, rows)).flatMap(({ id, payouts }) => {
    const signed = { plan: id, transaction: anId(id), raw: new Uint8Array([2]) }
    const event = { kind: "Signed", transaction: signed.transaction } as const
    return payouts.map(({ transfer }): Change => {
      return { transfer, key: `signed ${id}`, event, signed }
    })
  })
  await advance(sql, changes, done(rows))
}

/** The payout lands at once. */
async function broadcast(sql: Sql, rows: readonly OutboxRow[]): Promise<void> {
  const changes = (await plansOf(sql, rows)).flatMap(({ payouts, transaction }) => {
    const event = { kind: "Settled", transaction: transaction!, networkFee: 0n } as const
    return payouts.map(({ transfer }): Change => {
      return { transfer, key: `settled ${transaction}`, event }
    })
  })
  await advance(sql, changes, done(rows))
}

async function plansOf(sql: Sql, rows: readonly OutboxRow[]): Promise<readonly Plan[]> {
  const plans = await plansById(
    sql,
    rows.map(({ plan }) => plan!),
  )
  return [...plans.values()]
}
