// Model watchers: the real facts and reconciliation, told to the store block by block, as `follow.ts` does.

import type { Settlement } from "../../chains/chain.ts"
import { BridgeError } from "../../core/errors.ts"
import { originOf, type TransferId } from "../../core/ids.ts"
import { isPayable } from "../../core/payout.ts"
import type { BlockRef, Transfer } from "../../core/transfer.ts"
import type { StoredTransfer } from "../../services/store/transfers.ts"
import { differingIn } from "../../services/watchers/differing.ts"
import {
  confirmedFact,
  type Fact,
  seenFact,
  settledFacts,
  vanishedFact,
} from "../../services/watchers/facts.ts"
import { reconcile } from "../../services/watchers/reconcile.ts"
import { refusedBefore } from "../../services/watchers/recover.ts"
import type { AoView } from "./ao.ts"
import type { HomeView } from "./home.ts"
import { isHome, LEDGER_DEPTH } from "./kinds.ts"
import { membersOf } from "./planner.ts"
import { isLasting, lastingSlotOf, type ModelChain, modelled } from "./plans.ts"
import { asRead, mayEnd, mayTell, paidBy, recovered } from "./recover.ts"
import { POLICY } from "./rules.ts"
import { isDead } from "./signers.ts"
import {
  type Change,
  type Cursor,
  type CursorMove,
  named as keyed,
  type Recorded,
} from "./store.ts"
import { Halted, Violation } from "./violation.ts"
import { mend } from "./workers.ts"
import type { World } from "./world.ts"

type Steps = Generator<undefined, void, unknown>

/** Looks until the chain brings nothing new; every yield is a place where it may die or be overtaken. */
export function* follow(world: World, chain: ModelChain): Steps {
  const { store } = world
  const view = world.endpointOf(chain).look(world.now)
  for (;;) {
    const before = store.cursorOf(chain)
    yield* pass(world, chain, view)
    if (store.cursorOf(chain) === before) return
    yield
  }
}

function* pass(world: World, chain: ModelChain, view: HomeView | AoView): Steps {
  const cursor = world.store.cursorOf(chain)
  const head = cursor.blocks.at(-1) ?? null
  if (head && view.tip.height <= head.height) {
    // A lower tip with the same block is an endpoint that lags, not a reorganisation.
    if (cursor.blocks[view.tip.height]!.id !== view.tip.id) yield* rewind(world, chain, cursor)
    else yield* settle(world, chain, cursor)
    return
  }
  const fresh: Recorded[] = []
  let last: BlockRef | null = head
  for (let height = (head?.height ?? -1) + 1; height <= view.tip.height; height += 1) {
    const block = view.read(height)!
    const { kind } = reconcile(last, block)
    if (kind === "rewind") return yield* rewind(world, chain, cursor)
    if (kind !== "extend") break
    fresh.push(block)
    last = block
  }
  yield* record(world, chain, cursor, fresh)
}

/** New blocks, and what is seen in them. */
function* record(
  world: World,
  chain: ModelChain,
  before: Cursor,
  fresh: readonly Recorded[],
): Steps {
  const { store } = world
  const after: Cursor = { ...before, blocks: [...before.blocks, ...fresh] }
  const facts = fresh.flatMap((block) =>
    block.sightings.flatMap((sighting) => {
      const known = store.transfers.get(sighting.id) ?? null
      return told(world, seenFact(known, sighting, block, POLICY.fees))
    }),
  )
  yield
  yield* tell(world, facts, { chain, before, after })
}

/** The newest recorded block is not canonical: what it held has vanished, and we look one block lower. */
function* rewind(world: World, chain: ModelChain, before: Cursor): Steps {
  const orphan = before.blocks.at(-1)!
  const facts = orphan.sightings.flatMap(({ id }) =>
    world.rules.reportsVanished
      ? told(world, vanishedFact(world.store.transfers.get(id) ?? null, orphan))
      : [],
  )
  yield
  const after = { ...before, blocks: before.blocks.slice(0, -1) }
  yield* tell(world, facts, { chain, before, after })
}

/** Confirms what is deep enough below our own head, and applies the payouts that are final. */
function* settle(world: World, chain: ModelChain, cursor: Cursor): Steps {
  const { store, rules } = world
  const head = cursor.blocks.at(-1)!
  const deep = [...store.transfers.values()].filter(
    ({ source, state, block }) =>
      source === chain &&
      state === "seen" &&
      rules.isFinal(POLICY, chain, block.height, head.height),
  )
  const confirmed = deep.flatMap((transfer) => told(world, confirmedFact(transfer)))
  if (!mayTell(world, chain, head.height, deep.length === 0)) {
    if (confirmed.length === 0) return
    yield
    yield* tell(world, confirmed, { chain, before: cursor, after: { ...cursor } })
    return
  }
  const depth = isHome(chain) ? rules.settledDepthOf(chain) : LEDGER_DEPTH
  const deepBlocks = cursor.blocks.slice(cursor.settled + 1, Math.max(0, head.height - depth + 2))
  // No further than one block with payouts: what the next one says may depend on what this one changes.
  const paying = deepBlocks.findIndex(({ settlements }) => settlements.length > 0)
  const final = paying < 0 ? deepBlocks : deepBlocks.slice(0, paying + 1)
  const knownOf = (id: TransferId) => store.transfers.get(id) ?? null
  const settled = final
    .flatMap(({ settlements }) => settlements)
    .flatMap((settlement) => settlementFacts(world, chain, settlement, knownOf))
  if (confirmed.length + final.length > 0) {
    const asRead = versionsOf(world, chain, settled)
    yield
    const after = { ...cursor, settled: final.at(-1)?.height ?? cursor.settled }
    yield* tell(world, [...confirmed, ...settled], { chain, before: cursor, after }, asRead)
  }
  mayEnd(world, chain, store.cursorOf(chain).settled)
}

/** What books that came back rest on with what they tell: all of it as it was read, or another look. */
function versionsOf({ store }: World, chain: ModelChain, settled: readonly Change[]) {
  const ids = store.recoveries.has(chain) ? settled : []
  return new Map(ids.map(({ transfer }) => [transfer, store.transfers.get(transfer)?.version ?? 0]))
}

function settlementFacts(
  world: World,
  chain: ModelChain,
  settlement: Settlement,
  knownOf: (id: TransferId) => Transfer | null,
): readonly Change[] {
  // In a vault only what held its number before was given up.
  const lasting = (id: TransferId) =>
    isLasting(chain) && (!isHome(chain) || world.store.slots.has(lastingSlotOf(chain, id)))
      ? lastingSlotOf(chain, id)
      : undefined
  const stated = named(world, chain, settlement)
  demandAsOwed(world, chain, stated)
  const facts = settledFacts(stated, knownOf, lasting)
  const isRefusable = world.store.recoveries.has(chain) && !isHome(chain)
  const before = isRefusable ? refusedBefore(chain, settlement, knownOf).map(asRead) : []
  return [...facts, ...before].flatMap((fact) =>
    recovered(world, chain, fact, settlement.slot).flatMap((one) =>
      "version" in one ? [one] : told(world, one),
    ),
  )
}

/** What was paid otherwise than it is owed by now, after its deposit came to another block, is for people. */
function demandAsOwed({ store }: World, chain: ModelChain, settlement: Settlement): void {
  const known = new Map<TransferId, StoredTransfer>()
  for (const id of settlement.transfers) {
    const transfer = store.transfers.get(id)
    if (transfer) known.set(id, transfer as StoredTransfer)
  }
  const comparison = { policy: POLICY, chain, isRecovered: store.recoveries.has(chain) }
  if (differingIn(settlement, known, comparison).length > 0)
    throw new Halted("what was paid is not what is owed")
}

/** Where a chain names no transfers, the holders of the slot that was spent. */
function named(world: World, chain: ModelChain, settlement: Settlement): Settlement {
  const { slot, paid = [] } = settlement
  if (slot === undefined) return settlement
  const { store } = world
  const holders = [...store.slots]
    .filter(([held]) => held.startsWith(`${slot}:`))
    .map(([, id]) => store.transfers.get(id)!)
  // Read again: it was told before, whatever slot it was told for.
  const before = [...store.transfers.values()].filter(
    (one) => one.transaction === settlement.transaction && !holders.includes(one),
  )
  const found = paidBy(world, chain, paid, [...holders, ...before].filter(isPayable))
  if (found.length < paid.length && isSentBack(world, chain, settlement))
    throw new Halted("what was paid was sent back by people whose books did not know it")
  if (found.length < paid.length)
    throw new Violation(`4: ${settlement.transaction} pays somebody who holds no slot of it`)
  return { ...settlement, transfers: found.map(({ id }) => id) }
}

/** Books that came back did not know that it was being paid, and people have ordered otherwise since. */
function isSentBack(world: World, chain: ModelChain, paid: Settlement): boolean {
  const { approvals, store } = world
  if (store.restorations === 0) return false
  return [...approvals.redirected].some((id) =>
    world
      .homeOf(chain)
      .fork.releases.get(id)
      ?.some((release) => release.id === paid.transaction),
  )
}

/** A fact as a change, true whatever the state. */
function told({ rules }: World, fact: Fact | null): readonly Change[] {
  if (fact === null) return []
  const { transfer } = fact
  const key = rules.keysNameTheStay ? fact.key : fact.key.replace(/:\d+$/, "")
  return [{ ...fact, key: `${transfer} ${key}`, version: null }]
}

/** The facts and the blocks that they come from are one commit, or a crash between them tells half a story. */
function* tell(
  world: World,
  facts: readonly Change[],
  cursor: CursorMove,
  asRead: ReadonlyMap<TransferId, number> = new Map(),
): Steps {
  const { store, rules } = world
  try {
    if (rules.movesCursorWithFacts) return store.advance(facts, { cursor, asRead })
    for (const fact of facts) {
      store.advance([fact])
      yield
    }
    store.advance([], { cursor })
  } catch (error) {
    if (facts.some((fact) => isUnbacked(world, fact))) throw new Halted("a mint that nothing backs")
    if (isIllegal(error)) throw new Violation(`4: a fact has no place: ${error.message}`)
    throw error
  }
}

const isIllegal = (error: unknown): error is BridgeError =>
  error instanceof BridgeError && error.code === "illegal-move"

/**
 * A mint that was given up landed, or is told again to books that came back, and a reorganisation below finality has taken
 * its deposit meanwhile: books from before it have not seen that in any block.
 */
function isUnbacked(world: World, { transfer, event }: Change): boolean {
  const { store, truth } = world
  const known = store.transfers.get(transfer)
  const isGone = known
    ? known.state === "seen" || known.state === "confirmed" || known.state === "dropped"
    : truth.has(transfer) && !isRead(store, transfer)
  const isOurs = store.plansOf(transfer).length > 0 || store.restorations > 0
  return event.kind === "Settled" && isGone && isOurs
}

/** Whether a block that we have read holds what began as this. */
function isRead(store: World["store"], id: TransferId): boolean {
  const { blocks } = store.cursorOf(modelled(originOf(id).chain))
  return blocks.some(({ sightings }) => sightings.some((one) => one.id === id))
}

/** Frees the slots of releases that can never land any more, and plans anew in their slots what cannot be signed. */
export function* lookAfter(world: World): Steps {
  const { store, rules } = world
  const open = [...store.transfers.values()].filter(isUnderWay)
  for (const id of new Set(open.map(({ plan }) => plan!))) {
    const plan = store.plans.get(id)!
    const view = world.endpointOf(plan.terms.chain).look(world.now)
    // Of each alone: what used the slot may have paid one of them.
    const dead = plan.payouts.filter((one) => isDead({ ...plan, payouts: [one] }, view, rules))
    const freed = rules.buried(id, membersOf(world, { ...plan, payouts: dead }))
    if (freed.length === 0) continue
    yield
    store.advance(freed.map(keyed))
  }
  yield* mend(world)
}

const isUnderWay = ({ plan, state }: Transfer) =>
  plan !== null && (state === "signing" || state === "sent")

/** What a second look at a transfer's block brought, true as long as the watcher's blocks are these. */
export interface News {
  readonly changes: readonly Change[]
  readonly cursor: CursorMove
}

/**
 * What became, by the blocks that the watcher has recorded, of the block that a transfer was seen in: no
 * changes when it still stands, null when we have not read that far.
 */
export function recheck(world: World, transfer: Transfer): News | null {
  const { id, block, version } = transfer
  const source = modelled(transfer.source)
  const before = world.store.cursorOf(source)
  // A new cursor all the same: a watcher that read before us must not tell what it then derived.
  const cursor: CursorMove = { chain: source, before, after: { ...before } }
  const recorded = before.blocks[block.height]
  if (!recorded) return null
  if (recorded.id === block.id) return { changes: [], cursor }
  const key = `${id} Vanished:again:${version}`
  const changes: Change[] = [{ transfer: id, event: { kind: "Vanished" }, key, version }]
  for (const one of before.blocks)
    for (const sighting of one.sightings) {
      if (sighting.id !== id) continue
      const next = version + 1
      const lost: Transfer = { ...transfer, state: "dropped", version: next }
      const fact = seenFact(lost, sighting, one, POLICY.fees)!
      changes.push({ ...fact, key: `${id} ${fact.key}`, version: next })
    }
  return { changes, cursor }
}
