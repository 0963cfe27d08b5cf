// Which transfers share a plan, how it counts, and what it changes; what a refusal or a death makes of it. Pure: the
// planners of all chains, and the simulation.

import type { Settlement } from "../../chains/chain.ts"
import type { ChainName } from "../../core/assets.ts"
import { type ErrorCode, REMEDIES } from "../../core/errors.ts"
import type { TransferId } from "../../core/ids.ts"
import { type Payout, payoutOf } from "../../core/payout.ts"
import type { Transfer, TransferEvent } from "../../core/transfer.ts"

/** A change of one transfer by a worker that read it; the store's `Change` without what the store keeps of it. */
export interface Told {
  readonly transfer: TransferId
  readonly key: string
  readonly version: number
  readonly event: TransferEvent
}

/** How long others go before one for which the coins do not suffice, milliseconds. */
export const OVERTAKEN_MAX_MS = 3_600_000

/** Why a plan died that the signers did not sign for some rounds, when they refuse none of it for good. */
const NOT_TOGETHER = "not-signed-together"

/** A sweep of the queue makes a round, so this is a minute or more. */
export const ROUNDS_MAX = 3

/** What one transfer weighs among those that share its plan, base units. */
export interface Weight {
  readonly amount: bigint
  /** The greatest that is carried at once: whoever signs for that, signs for a plan that pays no more. */
  readonly most: bigint
}

/** How many a plan pays, and how much. */
export interface Batching<T> {
  readonly batchMax: number
  /** Plans must know of each other: the next must find its coins taken. */
  readonly isAlone: boolean
  readonly weigh: (one: T) => Weight
}

/**
 * What each plan of one look pays: the oldest first, as many as share a transaction. Where plans must know of each other
 * there is one, and no more in it than one transfer may be: nothing frees its coins but a signature, and no signer need give
 * one for more. Those that signers did not sign together (`letGo`) have a plan each: all of them may be more than a signer
 * pays in a day, or one of them keep the others waiting, every time again.
 */
export function batchesOf<T extends Pick<Transfer, "reason">>(
  ready: readonly T[],
  { batchMax, isAlone, weigh }: Batching<T>,
): readonly (readonly T[])[] {
  if (isAlone) return ready.length === 0 ? [] : [withinOne(ready.slice(0, batchMax), weigh)]
  const together = ready.filter(({ reason }) => reason !== NOT_TOGETHER)
  const batches: (readonly T[])[] = []
  for (let n = 0; n < together.length; n += batchMax) batches.push(together.slice(n, n + batchMax))
  for (const one of ready) if (one.reason === NOT_TOGETHER) batches.push([one])
  return batches
}

/** The oldest that together are no more than one of them might be; the oldest of all in any case. */
function withinOne<T>(ready: readonly T[], weigh: (one: T) => Weight): readonly T[] {
  let [sum, most] = [0n, 0n]
  const within: T[] = []
  for (const one of ready) {
    const weight = weigh(one)
    sum += weight.amount
    if (weight.most > most) most = weight.most
    if (within.length > 0 && sum > most) break
    within.push(one)
  }
  return within
}

/**
 * Whom a plan may pay when the coins do not suffice for all: all, else the smaller half, and so on; none without one that
 * has waited longer than others may go before it. `sinceMs`: when it came to wait.
 */
export function triesOf<T extends { readonly amount: bigint }>(
  batch: readonly T[],
  sinceMs: (one: T) => number,
  nowMs: number,
): readonly (readonly T[])[] {
  const bySize = [...batch].sort(
    (a, b) => Number(a.amount > b.amount) - Number(a.amount < b.amount),
  )
  const tries: (readonly T[])[] = []
  for (let count = batch.length; count > 0; count = Math.floor(count / 2)) {
    const isLate = bySize.slice(count).some((one) => nowMs - sinceMs(one) > OVERTAKEN_MAX_MS)
    if (isLate) break
    tries.push(count === batch.length ? batch : bySize.slice(0, count))
  }
  return tries
}

/** What a plan pays, in the one order that everybody writes it in. */
export function payoutsOf(
  transfers: readonly Transfer[],
  owed: (transfer: Transfer) => Payout = payoutOf,
): readonly Payout[] {
  return transfers.map(owed).sort((a, b) => (a.transfer < b.transfer ? -1 : 1))
}

/**
 * The number of the next plan: `planned` is how often each of its transfers was planned, `lost` what books that came back
 * from a backup may have forgotten. The same bytes are never asked for again of a token that has refused them.
 */
export function attemptOf(planned: readonly number[], lost: number): number {
  return Math.max(0, ...planned) + lost
}

/** Each transfer enters the plan from the version that was read, in its own slot. */
export function planned(
  { id, slots }: { readonly id: string; readonly slots: ReadonlyMap<TransferId, string> },
  transfers: readonly Transfer[],
): readonly Told[] {
  return transfers.map((transfer) => ({
    transfer: transfer.id,
    key: `Planned:${id}`,
    version: transfer.version,
    event: { kind: "Planned", plan: id, slot: slots.get(transfer.id)! },
  }))
}

/** Whom the replacement of a plan pays: all that are not paid yet. None when another plan has taken its place. */
export function openIn<T extends Transfer>(plan: string, transfers: readonly T[]): readonly T[] {
  const open = transfers.filter(({ state }) => state !== "paid")
  return open.every((one) => isUnderWay(one, plan)) ? open : []
}

/**
 * Whether a transfer may be planned on `chain`: `landing` are the chains on which it was ever planned in a slot that
 * outlives its plan, which may pay it there at any time.
 */
export function isPayableOn(chain: ChainName, landing: Iterable<ChainName>): boolean {
  return [...landing].every((one) => one === chain)
}

/** A plan that can never land: its slot is free again. */
export function buried(plan: string, transfers: readonly Transfer[]): readonly Told[] {
  return transfers
    .filter((one) => isUnderWay(one, plan))
    .map(({ id, version }) => ({
      transfer: id,
      key: `Died:${plan}`,
      version,
      event: { kind: "Died", reason: "slot-expired" },
    }))
}

/**
 * What a chain's refusal of a payout frees: the transfers that this very transaction should have paid. One because they were
 * minted before says nothing new, the earlier settlement already did.
 */
export function refusedFacts(
  { transaction, transfers, outcome, reason }: Settlement,
  knownOf: (id: TransferId) => Transfer | null,
): readonly Omit<Told, "version">[] {
  if (outcome !== "refused" || reason === "already-minted") return []
  return transfers
    .filter((transfer) => knownOf(transfer)?.transaction === transaction)
    .filter((transfer) => knownOf(transfer)?.state === "sent")
    .map((transfer) => ({
      transfer,
      key: `Died:${transaction}`,
      event: { kind: "Died", reason: reason ?? "payout-refused" },
    }))
}

export interface Refused {
  /** Null: the request as a whole is refused. */
  readonly transfer: TransferId | null
  readonly code: ErrorCode
}

/**
 * What refusals of a plan come to, where its slots outlive it: null to wait, else why each of those is held that signers
 * refuse for good (perhaps of none: then all are planned again). So it is when they still say "not yet" after some
 * rounds, or still derive another transaction: the planner looks whether the deposit stands, and where, which the batch
 * must not wait for. What a signer has stopped waits for the end of that.
 */
export function givenUp(
  refusals: readonly Refused[],
  rounds: number,
): ReadonlyMap<TransferId | null, ErrorCode> | null {
  const lasting = refusals.filter((one) => one.transfer && REMEDIES[one.code] !== "retry")
  const isOther = ({ transfer, code }: Refused) =>
    transfer === null ? code === "signer-refused" : code !== "paused"
  if (lasting.length === 0 && !(rounds >= ROUNDS_MAX && refusals.some(isOther))) return null
  return new Map(lasting.map(({ transfer, code }) => [transfer, code]))
}

/** Drops a plan in slots that outlive it: those with a reason are held, the others planned again. */
export function letGo(
  plan: string,
  transfers: readonly Transfer[],
  reasons: ReadonlyMap<TransferId | null, ErrorCode>,
): readonly Told[] {
  const usual = reasons.size === 0 ? NOT_TOGETHER : "signer-refused"
  return transfers.flatMap((transfer): Told[] => {
    const { id, version } = transfer
    if (transfer.state !== "signing" || transfer.plan !== plan) return []
    const reason = reasons.get(id)
    const died: Told = {
      transfer: id,
      key: `Died:${plan}`,
      version,
      event: { kind: "Died", reason: reason ?? usual },
    }
    if (!reason) return [died]
    const key = `Flagged:${version + 1}`
    return [died, { transfer: id, key, version: version + 1, event: { kind: "Flagged", reason } }]
  })
}

function isUnderWay({ plan, state }: Transfer, own: string): boolean {
  return plan === own && (state === "signing" || state === "sent")
}
