// Has a plan signed by the cluster, and keeps the signed bytes: from then on only these are ever sent.

import { homeOf, isLedger } from "../../core/assets.ts"
import { BridgeError, type ErrorCode } from "../../core/errors.ts"
import type { TransferId } from "../../core/ids.ts"
import type { ClusterClient, SessionReport, Telling } from "../../mpc/client.ts"
import type { Log } from "../log.ts"
import { advance, type Change } from "../store/advance.ts"
import { paidNotes } from "../store/notes.ts"
import { approvalsOf } from "../store/orders.ts"
import type { OutboxRow } from "../store/outbox.ts"
import { type Plan, plansById } from "../store/plans.ts"
import { keepSigning } from "../store/signings.ts"
import { transfersById } from "../store/transfers.ts"
import { answeredBefore } from "./answered.ts"
import { givenUp, letGo, type Refused } from "./batching.ts"
import type { Payer } from "./plan.ts"

export interface Signing extends Payer {
  readonly cluster: ClusterClient
  readonly log: Log
}

/** Handles `sign` orders, several plans at once; throws `stale-version` when a transfer moved meanwhile. */
export function signer(signing: Signing) {
  return async (rows: readonly OutboxRow[]): Promise<void> => {
    const plans = await plansById(
      signing.sql,
      rows.map(({ plan }) => plan!),
    )
    const results = await Promise.allSettled(
      rows.map((row) => signOne(signing, plans.get(row.plan!)!, row)),
    )
    const failure = results.find((result) => result.status === "rejected")
    if (failure) throw failure.reason
  }
}

async function signOne(signing: Signing, plan: Plan, row: OutboxRow): Promise<void> {
  const { sql, chain, cluster, deployment } = signing
  const { payouts, terms } = plan
  const transfers = await transfersById(
    sql,
    payouts.map(({ transfer }) => transfer),
  )
  const members = [...transfers.values()].filter((one) => one.plan === plan.id)
  if (members.every(({ state }) => state !== "signing")) {
    await advance(sql, await answeredBefore(signing, plan), { done: [row.id] })
    return
  }
  // No signer signs again what is paid (books from a backup do not know that it was signed before): the rest goes on alone.
  if (chain.codec.slotOf && members.some(({ state }) => state === "paid"))
    return drop(signing, plan, row, new Map())
  try {
    const { signatures } = await cluster.sign({
      ...{ chain: chain.name, scheme: chain.scheme },
      transfers: payouts.map(({ transfer, refund }) => ({ id: transfer, refund })),
      terms,
      messages: plan.messages,
      keys: chain.codec.build(payouts, terms, deployment).keys,
      telling: tellingOf(signing),
      attestations: await signing.screen?.vouchers(payouts, members),
      approvals: await approvalsOf(sql, [...transfers.keys()]),
      onReport: (report) => keep(signing, plan, report),
    })
    const sealed = chain.codec.seal(payouts, terms, deployment, signatures)
    const changes = members.map(
      (transfer): Change => ({
        transfer: transfer.id,
        key: `Signed:${plan.id}`,
        version: transfer.version,
        event: { kind: "Signed", transaction: sealed.id },
        signed: { plan: plan.id, transaction: sealed.id, raw: sealed.raw },
      }),
    )
    await record(signing, changes, isLedger(chain.name) ? [] : [row.id])
    // Until that is looked for the order is not done.
    if (isLedger(chain.name))
      await advance(sql, await answeredBefore(signing, plan), { done: [row.id] })
  } catch (error) {
    if (!(error instanceof BridgeError) || error.code !== "signer-refused") throw error
    await giveUp(signing, plan, row, error)
  }
}

/** For people to see: nothing waits for it. */
function keep({ sql, chain, log }: Signing, plan: Plan, report: SessionReport): void {
  const transfers = plan.payouts.map(({ transfer }) => transfer)
  const about = { plan: plan.id, chain: chain.name, scheme: chain.scheme, transfers }
  keepSigning(sql, { ...report, ...about }).catch((error: unknown) =>
    log.warn({ plan: plan.id, error: String(error) }, "a signing session is not on record"),
  )
}

/** Where depositors have addresses of their own, signers find a deposit only when they know its address. */
export function tellingOf({ sql, chain, sources }: Signing): Telling | undefined {
  const source = homeOf(chain.name)
  if (!sources[source]?.learn) return undefined
  return { chain: source, after: (after, limit) => paidNotes(sql, source, { after, limit }) }
}

/**
 * All that a plan pays goes on together, or none of it: throws `stale-version` when one has moved meanwhile, and the order is
 * worked on again. One that stayed behind would be sent when its message has long had its answer, which nobody tells again.
 */
async function record(
  { sql }: Signing,
  changes: readonly Change[],
  done: readonly bigint[],
): Promise<void> {
  const asRead = new Map<TransferId, number>()
  for (const { transfer, version } of changes)
    if (version !== undefined && !asRead.has(transfer)) asRead.set(transfer, version)
  await advance(sql, changes, { asRead, done })
}

/**
 * The signers refuse some transfer for good. Where the slot outlives the plan (AO: the token remembers the
 * transfer; Ethereum and BSC: the vault remembers its number) the plan is dropped (`givenUp`, `letGo`). Elsewhere the
 * slot must die first: the order stays, and that chain's watcher frees it.
 */
async function giveUp(
  signing: Signing,
  plan: Plan,
  row: OutboxRow,
  error: BridgeError,
): Promise<void> {
  const refusals = refusalsOf(error)
  signing.log.warn({ plan: plan.id, refusals }, "the signers refuse a plan")
  const reasons = signing.chain.codec.slotOf ? givenUp(refusals, row.round) : null
  if (reasons === null) throw error
  await drop(signing, plan, row, reasons)
}

async function drop(
  signing: Signing,
  plan: Plan,
  row: OutboxRow,
  reasons: ReadonlyMap<TransferId | null, ErrorCode>,
): Promise<void> {
  const transfers = await transfersById(
    signing.sql,
    plan.payouts.map(({ transfer }) => transfer),
  )
  await record(signing, letGo(plan.id, [...transfers.values()], reasons), [row.id])
}

function refusalsOf(error: BridgeError): readonly Refused[] {
  const list = error.detail.refusals
  return Array.isArray(list) ? (list as Refused[]) : []
}
