// Follows one chain block by block, without gaps, and tells the store what it states.

import type { Block, Chain, Connection, Deployment, Settlement, Stray } from "../../chains/chain.ts"
import { matched } from "../../chains/match.ts"
import { startOf } from "../../chains/served.ts"
import { isLedger } from "../../core/assets.ts"
import { BridgeError, remedyOf } from "../../core/errors.ts"
import type { TransferId } from "../../core/ids.ts"
import { isPayable, payoutOf } from "../../core/payout.ts"
import { depthOf, isFinal, type Policy, payoutDepthOf } from "../../core/policy.ts"
import type { BlockRef, Sighting } from "../../core/transfer.ts"
import type { Log } from "../log.ts"
import { advance, type Change } from "../store/advance.ts"
import type { BlockStep } from "../store/blocks.ts"
import * as blocks from "../store/blocks.ts"
import { pause } from "../store/controls.ts"
import type { Sql } from "../store/database.ts"
import { everPlanned } from "../store/holdbacks.ts"
import { isSwept, type Swept } from "../store/sweeps.ts"
import { holdersOf, seenUpTo, transfersById } from "../store/transfers.ts"
import { followClaims, followListed, tellUnlisted } from "./claims.ts"
import { type Differing, differingIn } from "./differing.ts"
import { confirmedFact, type Fact, seenFact, settledFacts, vanishedFact } from "./facts.ts"
import { reconcile } from "./reconcile.ts"
import {
  aimRecovery,
  forgotten,
  mayEnd,
  mayTell,
  recoveryOf,
  refusedBefore,
  replanned,
} from "./recover.ts"
import { comeBack, takenBackFacts } from "./taken-back.ts"

export interface Watcher {
  readonly sql: Sql
  readonly chain: Chain
  readonly connection: Connection
  readonly deployment: Deployment
  readonly policy: Policy
  readonly log: Log
  /** First height that can concern us. */
  readonly heightMin: number
  /** Pause between two looks at an unchanged chain, milliseconds. */
  readonly pollMs: number
}

/** Blocks fetched ahead at once, and recorded in one go. */
const BLOCKS_MAX = 64
/** Transfers confirmed in one commit. */
const FACTS_MAX = 500
/** Looks at an unmoving chain, with something waiting for depth, before we ask it to move. */
const PATIENCE = 2

/** After these nothing goes in or out of the chain until people have looked. */
const STANDSTILLS: ReadonlySet<string> = new Set(["finality-broken", "process-stuck"])

/** Looks at a tip at which nothing was left to do, before the store is asked again whether that is still so. */
const CALM_LOOKS = 20

/** What a look found that had nothing to do: as long as the tip stays, the next one finds the same. */
interface Calm {
  readonly tip: BlockRef
  /** Something waits for depth; null: not asked yet. */
  isWaiting: boolean | null
  looks: number
}

/** Runs passes until `signal` aborts; an error that halts is thrown, any other is logged and tried again. */
export async function follow(watcher: Watcher, signal: AbortSignal): Promise<void> {
  const { connection } = watcher
  let idle = 0
  let calm: Calm | null = null
  let isAimed = false
  while (!signal.aborted) {
    try {
      const tip = await connection.tip()
      if (!isAimed) await aimRecovery(watcher, tip.height)
      isAimed = true
      if (calm?.tip.id === tip.id && calm.looks < CALM_LOOKS) calm.looks += 1
      else calm = (await pass(watcher, tip)) ? null : { tip, isWaiting: null, looks: 0 }
      idle = calm ? idle + 1 : 0
      if (idle >= PATIENCE && connection.tick && calm) {
        calm.isWaiting ??= await isWaiting(watcher)
        if (calm.isWaiting) {
          await connection.tick()
          idle = 0
        }
      }
    } catch (error) {
      if (remedyOf(error) === "halt") throw error
      watcher.log.warn(
        { error: String(error), chain: watcher.chain.name },
        "the chain could not be read",
      )
      if (error instanceof BridgeError && STANDSTILLS.has(error.code)) {
        await broken(watcher, error)
        // Paused, and only people end that: what the chain took back is told meanwhile.
        connection.forget?.()
      }
      calm = null
      idle += 1
    }
    if (idle > 0) await pauseFor(watcher.pollMs, signal)
  }
}

/** One look at the chain with this tip; true when it brought something new. */
export async function pass(watcher: Watcher, tip: BlockRef): Promise<boolean> {
  const { sql, chain, connection, deployment } = watcher
  const head = await blocks.head(sql, chain.name)
  if (head && tip.height <= head.height) {
    const recorded = await blocks.at(sql, chain.name, tip.height)
    // A lower tip with the same block is an endpoint that lags, not a reorganisation.
    if (recorded && recorded.id !== tip.id) return rewind(watcher, head)
    const claimed = (await followClaims(watcher, head)) || (await followListed(watcher, head))
    return (await settle(watcher, head)) || claimed
  }
  const from = head ? head.height + 1 : startOf(deployment, chain.name, watcher.heightMin)
  const to = Math.min(tip.height, from + BLOCKS_MAX - 1)
  const fetched = await Promise.all(range(from, to).map((height) => connection.block(height)))
  const fresh: Block[] = []
  let last: BlockRef | null = head
  for (const block of fetched) {
    if (block === null) break
    const verdict = reconcile(last, block)
    if (verdict.kind === "rewind" && last !== null && fresh.length === 0)
      return rewind(watcher, last)
    if (verdict.kind !== "extend") break // The chain moved while we read it: look again.
    fresh.push(block)
    last = block
  }
  if (fresh.length > 0) await record(watcher, head, fresh)
  const moved = last !== null && (await settle(watcher, last))
  return moved || fresh.length > 0
}

/** Blocks and what they state are one commit, and only if the head is still the one they were read after. */
async function record(
  watcher: Watcher,
  head: BlockRef | null,
  fresh: readonly Block[],
): Promise<void> {
  const { sql, chain, deployment, policy } = watcher
  const read = fresh.map((block) => ({ block, facts: chain.codec.facts(block, deployment) }))
  const sightings = read.flatMap(({ block, facts }) =>
    facts.sightings.map((sighting): [Sighting, BlockRef] => [sighting, block]),
  )
  const known = await transfersById(
    sql,
    sightings.map(([{ id }]) => id),
  )
  const seen = sightings.flatMap(([sighting, block]) => {
    const fact = seenFact(known.get(sighting.id) ?? null, sighting, block, policy.fees)
    return fact ? [fact] : []
  })
  const back = read.flatMap(({ facts }) => facts.takenBack ?? [])
  const append = read.map(({ block: { height, id, parent, timestampMs }, facts: stated }) => ({
    ...{ height, id, parent, timestampMs },
    sightings: stated.sightings.map((sighting) => sighting.id),
    settlements: stated.settlements,
    strays: stated.strays,
    takenBack: stated.takenBack ?? [],
    moves: stated.moves ?? [],
    unlisted: stated.unlisted ?? [],
  }))
  // Before the blocks: a crash in between would leave it unsaid for ever.
  for (const block of append) for (const one of block.strays) await strayed(watcher, one)
  const facts = [...seen, ...(await takenBackFacts(sql, back, seen))]
  await tell(watcher, facts, { chain: chain.name, head, append })
  for (const one of append.flatMap(({ unlisted }) => unlisted)) tellUnlisted(watcher, one)
}

/** The newest recorded block is not canonical: what it held has vanished, and we look one block lower. */
async function rewind(watcher: Watcher, head: BlockRef): Promise<true> {
  const { sql, chain, log } = watcher
  const orphan = await blocks.at(sql, chain.name, head.height)
  const known = await transfersById(sql, orphan?.sightings ?? [])
  const facts = [...known.values()].flatMap((transfer) => {
    const fact = vanishedFact(transfer, head)
    return fact ? [fact] : []
  })
  log.warn(
    { chain: chain.name, height: head.height, vanished: facts.length },
    "block reorganised away",
  )
  if (orphan?.final) {
    // Deeper than we hold possible: payouts in it may be undone too. People must look first.
    await pause(sql, { chain: chain.name, reason: "reorganised-below-finality", by: "watcher" })
  }
  facts.push(...(await comeBack(watcher, orphan?.takenBack ?? [])))
  await tell(watcher, facts, { chain: chain.name, head, orphan: head.height })
  return true
}

/** Confirms what is deep enough below our own head, and applies the payouts in blocks that became final. */
async function settle(watcher: Watcher, head: BlockRef): Promise<boolean> {
  const { sql, chain, policy } = watcher
  const deep = await seenUpTo(
    sql,
    chain.name,
    head.height - depthOf(policy, chain.name) + 1,
    FACTS_MAX,
    {
      depth: depthOf(policy, chain.name),
      minimums: policy.limits.filter(({ source }) => source === chain.name),
    },
  )
  if (deep.length > 0) await tell(watcher, deep.map(confirmedFact), { chain: chain.name, head })
  const heightMax = head.height - payoutDepthOf(policy, chain.name) + 1
  const final = await blocks.unsettled(sql, chain.name, heightMax, BLOCKS_MAX)
  const settlements = final.flatMap((block) => block.settlements)
  const settled = final.at(-1)?.height
  const recovery = await recoveryOf(watcher)
  if (!(await mayTell(watcher, recovery, head.height, deep.length === 0))) return deep.length > 0
  if (settled !== undefined) {
    const { payouts, swept } = await named(watcher, settlements, recovery !== null)
    const { facts, versions } = await factsOf(watcher, payouts, recovery !== null)
    // What books that came back make of a payout depends on what they know of its transfer: all of that, or another look.
    const asRead = recovery === null ? undefined : versions
    await tell(watcher, facts, { chain: chain.name, head, settled, swept }, asRead)
  }
  await mayEnd(watcher, recovery, final.length < BLOCKS_MAX ? heightMax : (settled ?? 0))
  return deep.length > 0 || final.length > 0
}

/**
 * Where a chain tells what was spent and whom that paid, the holders of the slot say whose payouts these were;
 * what paid nobody is a sweep of ours, or a theft.
 */
async function named(watcher: Watcher, settlements: readonly Settlement[], isRecovered: boolean) {
  const payouts: Settlement[] = []
  const swept: Swept[] = []
  for (const settlement of settlements) {
    const { slot, paid = [], transaction, networkFee } = settlement
    if (slot === undefined) {
      payouts.push(settlement)
      continue
    }
    if (paid.length === 0 && (await isSwept(watcher.sql, watcher.chain.name, slot))) {
      swept.push({ slot, transaction, networkFee })
      continue
    }
    const known = (await holdersOf(watcher.sql, slot)).filter(isPayable)
    const holders = isRecovered ? await forgotten(watcher, settlement, known) : known
    const found = matched(paid, holders.map(payoutOf))
    const transfers = found.paid.map(({ transfer }) => transfer)
    const none = [{ recipient: "", amount: 0n }]
    for (const one of transfers.length === 0 && paid.length === 0 ? none : found.beyond)
      await strayed(watcher, { ...one, transaction, networkFee })
    if (transfers.length > 0) payouts.push({ ...settlement, transfers })
  }
  return { payouts, swept }
}

interface Read {
  readonly facts: readonly (Fact | Change)[]
  /** Of the transfers that they are about, as they were read. */
  readonly versions: ReadonlyMap<TransferId, number>
}

async function factsOf(
  watcher: Watcher,
  settlements: readonly Settlement[],
  isRecovered: boolean,
): Promise<Read> {
  const ids = settlements.flatMap(({ transfers }) => transfers)
  const known = new Map(await transfersById(watcher.sql, ids))
  for (const { transaction, transfers } of settlements)
    for (const id of transfers) if (!known.has(id)) await unknown(watcher, transaction, id)
  const chain = watcher.chain.name
  const comparison = { policy: watcher.policy, chain, isRecovered }
  const differing = settlements.flatMap((one) => differingIn(one, known, comparison))
  for (const one of differing) await differs(watcher, one)
  // What was paid otherwise is not what was owed: people say what becomes of it.
  for (const { transfer } of differing) known.delete(transfer)
  const slotOf = await slotsOf(watcher, [...known.keys()])
  const knownOf = (id: TransferId) => known.get(id) ?? null
  const facts = settlements.flatMap((settlement) =>
    [
      ...settledFacts(settlement, knownOf, slotOf),
      ...(isRecovered && isLedger(chain) ? refusedBefore(chain, settlement, knownOf) : []),
    ]
      .filter(({ transfer }) => known.has(transfer))
      .flatMap((fact) => {
        if (!isRecovered) return [fact]
        return replanned(watcher, fact, known.get(fact.transfer)!, settlement.slot)
      }),
  )
  return { facts, versions: new Map([...known].map(([id, { version }]) => [id, version])) }
}

/**
 * The slot in which each may have been paid though it holds it no more. What a ledger minted was ours to mint; elsewhere
 * only what held its slot before can have been given up, and anything else is somebody else's payout.
 */
async function slotsOf({ sql, chain, deployment }: Watcher, ids: readonly TransferId[]) {
  const { slotOf } = chain.codec
  if (!slotOf) return undefined
  const before = isLedger(chain.name) ? new Set(ids) : await everPlanned(sql, ids)
  return (id: TransferId) => (before.has(id) ? slotOf(id, deployment) : undefined)
}

/** A block that we held final is the chain's no more, or a process on AO computes nothing any more. */
async function broken({ sql, chain, log }: Watcher, { code, message }: BridgeError): Promise<void> {
  log.error({ chain: chain.name, error: message }, "the chain cannot be followed any further")
  await pause(sql, { chain: chain.name, reason: code, by: "watcher" })
}

/** Money left the vault and no payout says why: stop at once, ask afterwards. */
async function strayed({ sql, chain, log }: Watcher, stray: Stray): Promise<void> {
  log.error({ ...stray, amount: `${stray.amount}` }, "money left the vault that nobody was owed")
  await pause(sql, { chain: chain.name, reason: "unmatched-outflow", by: "watcher" })
}

/** A payout was not made as it is owed: the group's key signed what no plan of ours says. */
async function differs({ sql, chain, log }: Watcher, { paid, owed, ...one }: Differing) {
  const said = owed && { recipient: owed.recipient, asset: owed.asset, amount: `${owed.amount}` }
  log.error(
    { ...one, paid: { ...paid, amount: `${paid.amount}` }, owed: said },
    "a payout was made otherwise than it is owed",
  )
  await pause(sql, { chain: chain.name, reason: "payout-differs", by: "watcher" })
}

/** A payout of a transfer that nobody asked for: somebody else moves our money, or our books are not whole. */
async function unknown({ sql, chain, log }: Watcher, transaction: string, transfer: string) {
  log.error({ transaction, transfer }, "a payout for a transfer that we do not know")
  await pause(sql, { chain: chain.name, reason: "unknown-payout", by: "watcher" })
}

/**
 * A chain's fact is always applied; one that the state machine has no place for stops the chain. Throws `stale-version` when
 * the head has moved, or a transfer from the version `asRead`: then nothing is told.
 */
async function tell(
  watcher: Watcher,
  facts: readonly (Fact | Change)[],
  step: BlockStep,
  asRead?: ReadonlyMap<TransferId, number>,
): Promise<void> {
  const outcomes = await advance(watcher.sql, facts, { blocks: step, ...(asRead && { asRead }) })
  for (const outcome of outcomes) {
    if (outcome.kind !== "refused") continue
    watcher.log.error(
      { transfer: outcome.transfer, error: String(outcome.error) },
      "a fact that cannot be",
    )
    await pause(watcher.sql, {
      chain: watcher.chain.name,
      reason: "impossible-fact",
      by: "watcher",
    })
  }
}

/** Whether something of ours waits for depth on a chain that stands still. */
async function isWaiting(watcher: Watcher): Promise<boolean> {
  const { sql, chain, policy } = watcher
  const head = await blocks.head(sql, chain.name)
  if (head === null) return false
  const recovery = await recoveryOf(watcher)
  if (recovery && !recovery.isOver) return true
  const [seen] = await seenUpTo(sql, chain.name, head.height, 1)
  if (seen && !isFinal(policy, chain.name, seen.block.height, head.height, seen.depth)) return true
  const fresh = await blocks.unsettled(sql, chain.name, head.height, BLOCKS_MAX)
  return fresh.some(({ settlements }) => settlements.length > 0)
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, n) => from + n)
}

function pauseFor(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms)
    function done() {
      clearTimeout(timer)
      signal.removeEventListener("abort", done)
      resolve()
    }
    signal.addEventListener("abort", done)
  })
}
