// Turns transfers that are ready into plans: whom one transaction pays, on which terms, and the slots it takes.

import { createHash } from "node:crypto"
import { setTimeout as delay } from "node:timers/promises"
import type {
  Chain,
  Connection,
  Deployment,
  Locks,
  OtherPlans,
  PublicKeyHex,
} from "../../chains/chain.ts"
import { type ChainName, isLedger } from "../../core/assets.ts"
import type { SignedAttestation } from "../../core/compliance/attestation.ts"
import { BridgeError } from "../../core/errors.ts"
import { isCovered, reserveOf } from "../../core/fees.ts"
import { type Governor, type Prices, releasesOf } from "../../core/governor.ts"
import { originOf, type TransferId } from "../../core/ids.ts"
import { type Payout, payoutOf } from "../../core/payout.ts"
import { type Limits, limitsOf } from "../../core/policy.ts"
import type { Transfer } from "../../core/transfer.ts"
import { advance, type Change } from "../store/advance.ts"
import { everPlanned, flowsOf, holdBack, holdbacksOf, returnedTo } from "../store/holdbacks.ts"
import { depositedOf } from "../store/ledger.ts"
import { type OutboxRow, returnRows } from "../store/outbox.ts"
import {
  type NewPlan,
  nextAttempt,
  nextTurn,
  openPlans,
  type Plan,
  unsignedPlans,
} from "../store/plans.ts"
import { attemptsLost, untold } from "../store/recoveries.ts"
import { readyFor, type StoredTransfer, transfersById, unscreened } from "../store/transfers.ts"
import { unbackedNow, withinVault } from "../store/unbacked.ts"
import {
  attemptOf,
  batchesOf,
  openIn,
  payoutsOf,
  planned as plannedIn,
  type Weight,
} from "./batching.ts"
import { planFitting } from "./fitting.ts"
import { payableHere } from "./lasting.ts"
import { costingOf, isTooDear, reserveFor, tooDear } from "./network-fees.ts"
import { type Sources, standing } from "./standing.ts"

export interface Payer extends Sources {
  readonly chain: Chain
  readonly connection: Connection
  readonly deployment: Deployment
  readonly limits: readonly Limits[]
  /** Null where the bridge has no policy about whom it pays. */
  readonly screen: PayoutScreen | null
  /** The bridge's limits of a day; left out where it has none. */
  readonly governor?: Governor | undefined
  /** What assets are worth now, by the file of the services' folder; left out: the most. */
  readonly prices?: (() => Promise<Prices>) | undefined
}

export interface PayoutScreen {
  /**
   * Judges transfers again, by the newest lists and by what the signers would say, and holds those that may not be
   * paid; returns the others.
   */
  allowed(ready: readonly StoredTransfer[]): Promise<readonly StoredTransfer[]>
  /** Deposits from this chain whose coins nobody may spend: of whoever is blocked by now, paid or not. */
  frozen(source: ChainName): Promise<readonly TransferId[]>
  /** The word of attestors about payouts, for signers that cannot see what only a session tells. */
  vouchers(
    payouts: readonly Payout[],
    transfers: readonly Transfer[],
  ): Promise<readonly SignedAttestation[]>
}

/** Transfers planned in one commit. */
const TRANSFERS_MAX = 100
/**
 * Plans that may wait for a signature at one time. Terms age (an Arweave anchor in 25 blocks), so a plan is
 * made when its turn comes. One that has waited longer than `AGE_MS` does not count: signers refuse it,
 * and nobody else should wait for it.
 */
const UNSIGNED_MAX = 16
const AGE_MS = 30_000
/** Between two looks whether there is room, and how often we look before the queue asks again. */
const LOOK_MS = 50
const LOOKS_MAX = 200

/**
 * Handles `plan` orders: each is only a wake-up, so one call plans all that is ready on the chain. Throws
 * `stale-version` when a transfer moved meanwhile (the next call sees it as it is then), and `not-yet`
 * when signing does not keep up.
 */
export function planner(payer: Payer, looksMax = LOOKS_MAX) {
  const planAll = inTurn(async () => {
    while (await planReady(payer, looksMax));
  })
  return async (rows: readonly OutboxRow[]): Promise<void> => {
    await planAll()
    const held = await holdbacksOf(
      payer.sql,
      rows.map(({ transfer }) => transfer),
    )
    const [later, done] = [true, false].map((waits) =>
      rows.filter(({ transfer }) => held.has(transfer) === waits).map(({ id }) => id),
    )
    // Their orders come back by themselves when their time has come.
    if (later!.length > 0) await returnRows(payer.sql, later!)
    await advance(payer.sql, [], { done: done! })
  }
}

/**
 * One run at a time; whoever comes meanwhile shares the run after it, which sees all that was there when they came.
 * Two at once would judge the same transfers, ask every signer about them twice, and one would do it for nothing.
 */
function inTurn(run: () => Promise<void>): () => Promise<void> {
  let last: Promise<unknown> = Promise.resolve()
  let next: Promise<void> | null = null
  return () => {
    next ??= last.then(() => {
      next = null
      return run()
    })
    last = next.catch(() => {})
    return next
  }
}

/** Until we reckon again with those whom we did not get to. */
const TURN_MS = 60_000

/** Those of `ready` that may go now by the limits of a day; the others are held back until their time. */
async function released(
  { sql, chain, governor, prices }: Payer,
  ready: readonly StoredTransfer[],
): Promise<readonly StoredTransfer[]> {
  if (!governor) return ready
  const { planned, pending, nowMs } = await flowsOf(sql, chain.name)
  const returned = await returnedTo(sql, chain.name, governor, nowMs)
  const releases = new Map(
    releasesOf(governor, chain.name, planned, pending, nowMs, await prices?.(), returned),
  )
  const unknown = ready.filter(({ id }) => !releases.has(id)).map(({ id }) => id)
  // What had a slot before was let go then, and is counted.
  const again = await everPlanned(sql, unknown)
  for (const id of unknown)
    if (!again.has(id)) releases.set(id, { atMs: nowMs + TURN_MS, rule: "day" })
  await holdBack(sql, releases)
  return ready.filter(({ id }) => again.has(id) || releases.get(id)?.rule === null)
}

/** Those that the vault can still pay, where its chain took back what others were paid for; the rest is held back. */
async function backed(
  { sql, chain }: Payer,
  ready: readonly StoredTransfer[],
): Promise<readonly StoredTransfer[]> {
  // A ledger's own count of what was ever deposited limits what is minted there.
  if (isLedger(chain.name) || ready.length === 0) return ready
  const within = await withinVault(sql, chain.name, ready, (one) => payoutOf(one).amount)
  const beyond = ready.filter((one) => !within.includes(one))
  if (beyond.length === 0) return within
  const { nowMs } = await flowsOf(sql, chain.name)
  const release = { atMs: nowMs + TURN_MS, rule: "unbacked" } as const
  await holdBack(sql, new Map(beyond.map(({ id }) => [id, release])))
  return within
}

const weighedBy =
  (limits: readonly Limits[]) =>
  (one: Transfer): Weight => {
    const { amount } = payoutOf(one)
    return { amount, most: limitsOf({ limits }, one)?.cap ?? amount }
  }

/** What costs more than fees pay for is reckoned with again after a while; nobody waits behind it. */
async function waitForLess({ sql, chain }: Payer, dear: readonly StoredTransfer[]) {
  if (dear.length === 0) return
  const { nowMs } = await flowsOf(sql, chain.name)
  const release = { atMs: nowMs + TURN_MS, rule: "network-fee" } as const
  await holdBack(sql, new Map(dear.map(({ id }) => [id, release])))
}

/** Plans the oldest ready transfers; false when there are none. */
async function planReady(payer: Payer, looksMax: number): Promise<boolean> {
  const { sql, chain } = payer
  const { batchMax } = chain.codec
  if ((await readyFor(sql, chain.name, 1)).length === 0) return false
  const room = await roomFor(payer, looksMax)
  const most = Math.min(TRANSFERS_MAX, room * batchMax)
  const oldest = await readyFor(sql, chain.name, most)
  await demandTold(payer, oldest)
  await demandOpen(payer, oldest)
  const free = await payableHere(sql, oldest)
  const stands = await standing(payer, await backed(payer, await released(payer, free)))
  const ready = payer.screen ? await payer.screen.allowed(stands) : stands
  // Whoever is held is not found again.
  if (ready.length === 0) return oldest.length > 0
  const changes: Change[] = []
  const others = chain.spendsCoins ? await othersOf(payer) : null
  let turn = others?.turn ?? (await turnOf(payer))
  let reserve = await reserveFor(sql, chain, ready[0]!.asset)
  const dear: StoredTransfer[] = []
  const isAlone = others !== null
  for (const batch of batchesOf(ready, { batchMax, isAlone, weigh: weighedBy(payer.limits) })) {
    const plan = (some: readonly Transfer[]) => planOf(payer, some, { others, reserve, turn })
    try {
      const made = await (others ? planFitting(batch, Date.now(), plan) : plan(batch))
      changes.push(...made)
      if (turn !== null) turn += 1n
      const costing = made[0]?.plan && costingOf(chain, made[0].plan)
      if (costing && reserve !== null) reserve = reserveOf(reserve, [costing])
    } catch (error) {
      if (!isTooDear(error)) throw error
      dear.push(...batch)
    }
  }
  await waitForLess(payer, dear)
  const outcomes = await advance(sql, changes)
  // One that moved meanwhile takes its whole batch with it: the others must not be left without an order.
  const moved = outcomes.find(({ kind }) => kind !== "applied")
  if (moved) throw new BridgeError("stale-version", { transfer: moved.transfer })
  return others !== null || oldest.length === most
}

/**
 * Throws `not-yet` while books that came back from a backup learn what was paid, or sent back: whoever is to be paid here
 * may have got it where it came from.
 */
async function demandTold({ sql, chain }: Payer, ready: readonly Transfer[]): Promise<void> {
  const learning = await untold(sql, [chain.name, ...ready.map(({ source }) => source)])
  if (learning !== null)
    throw new BridgeError("not-yet", { chain: learning, why: "what was paid is being learned" })
}

/**
 * Throws `not-yet` where a token has refused a mint for being paused, and still is: what is signed meanwhile is refused as
 * well, again and again. One that does not say how it stands is tried.
 */
async function demandOpen({ chain, connection }: Payer, ready: readonly Transfer[]): Promise<void> {
  if (!connection.nextOrder || !ready.some(({ reason }) => reason === "mint-paused")) return
  const stands = await connection.nextOrder().catch((error: unknown) => {
    if (error instanceof BridgeError && error.code === "not-supported") return null
    throw error
  })
  if (stands?.stopped?.paused.split(",").includes("mint"))
    throw new BridgeError("not-yet", {
      chain: chain.name,
      why: "its guardian has paused the token",
    })
}

/** Not one may be missing: its coins would be taken for free. */
const ALL = 1_000_000

/**
 * Replaces a plan that has not landed by one that offers more, in the same slots, for all that it was to pay and that is
 * not paid yet. Nothing is done when another plan has taken its place. False when fees do not pay for one that offers more.
 * Throws `not-yet` when the coins do not suffice.
 */
export async function replan(payer: Payer, plan: Plan): Promise<boolean> {
  const ids = plan.payouts.map(({ transfer }) => transfer)
  const open = openIn(plan.id, [...(await transfersById(payer.sql, ids)).values()])
  if (open.length === 0) return true
  const others = { ...(await othersOf(payer)), replaced: plan.terms }
  const reserve = await reserveFor(payer.sql, payer.chain, open[0]!.asset, plan)
  try {
    await advance(payer.sql, await planOf(payer, open, { others, reserve, turn: others.turn }))
    return true
  } catch (error) {
    if (!isTooDear(error)) throw error
    return false
  }
}

export interface Others extends OtherPlans {
  readonly turn: bigint
}

/** What a plan that spends coins must know of all others; the turn first, so that a newer plan makes it stale. */
export async function othersOf({ sql, chain, screen }: Payer): Promise<Others> {
  const turn = await nextTurn(sql, chain.name)
  const [open, waiting] = [
    await openPlans(sql, chain.name, 0, { limit: ALL, withReplaced: true }),
    await unscreened(sql, chain.name),
  ]
  const blocked = (await screen?.frozen(chain.name)) ?? []
  const frozen = [...waiting, ...blocked]
    .map(originOf)
    .map(({ transaction, index }) => `${transaction}:${index}`)
  const terms = open.map((plan) => plan.terms)
  return { turn, open: terms, replaced: null, frozen: new Set(frozen) }
}

/** How many plans may be made now; waits until there is room. Throws `not-yet`. */
async function roomFor({ sql, chain }: Payer, looksMax: number): Promise<number> {
  for (let looks = 1; ; looks++) {
    const unsigned = await unsignedPlans(sql, chain.name, AGE_MS)
    if (unsigned < UNSIGNED_MAX) return UNSIGNED_MAX - unsigned
    if (looks >= looksMax) throw new BridgeError("not-yet", { chain: chain.name, unsigned })
    await delay(LOOK_MS)
  }
}

/** The next turn where plans spend one reserve of fees: of two that did not know of each other one is not written. */
async function turnOf({ sql, chain }: Payer): Promise<bigint | null> {
  return chain.codec.costOf ? nextTurn(sql, chain.name) : null
}

/** What a plan is made in the knowledge of. */
interface Knowing {
  readonly others: Others | null
  /** Null where the vault pays no network fees. */
  readonly reserve: bigint | null
  /** Taken before the rest was read; null where plans need not know of each other. */
  readonly turn: bigint | null
}

async function planOf(
  payer: Payer,
  transfers: readonly Transfer[],
  { others, reserve, turn }: Knowing,
): Promise<readonly Change[]> {
  const { sql, chain, connection, deployment } = payer
  const payouts = payoutsOf(transfers)
  const ids = payouts.map(({ transfer }) => transfer)
  const attempt = attemptOf([await nextAttempt(sql, ids)], await attemptsLost(sql, chain.name))
  const locks = await locksFor(payer, transfers)
  const terms = await connection.terms(payouts, attempt, locks, others ?? undefined)
  const costing = costingOf(chain, { payouts, terms })
  if (costing && reserve !== null && !isCovered(costing, reserve)) throw tooDear(costing, reserve)
  const { messages, slots, keys } = chain.codec.build(payouts, terms, deployment)
  const id = `${chain.name}-${nameOf(messages[0]!, keys?.[0], attempt)}`
  const plan: NewPlan = {
    ...{ id, chain: chain.name, payouts, terms, attempt, messages, slots },
    turn,
  }
  return plannedIn(plan, transfers).map((change) => ({ ...change, plan }))
}

/** The same message under another key of the group is another plan. */
function nameOf(message: Uint8Array, key: PublicKeyHex | undefined, attempt: number): string {
  if (key === undefined) return Buffer.from(message).toString("base64url").slice(0, 43)
  return createHash("sha256").update(message).update(`${key} ${attempt}`).digest("base64url")
}

/**
 * What was ever deposited of an asset that is minted, and stands; a payout at home states nothing of the kind. Signers count
 * nothing that its chain has taken back, and would sign no mint that states more than they count.
 */
async function locksFor({ sql, chain }: Payer, transfers: readonly Transfer[]): Promise<Locks> {
  if (!isLedger(chain.name)) return {}
  const deposits = transfers.filter(({ source }) => !isLedger(source))
  const assets = [...new Set(deposits.map(({ asset }) => asset))]
  const unbacked = await unbackedNow(sql)
  const rows = assets.map(async (asset) => {
    return [asset, (await depositedOf(sql, asset)) - (unbacked.get(asset) ?? 0n)] as const
  })
  return Object.fromEntries(await Promise.all(rows))
}
