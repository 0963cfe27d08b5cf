// What chains do in the small world of two transfers that share a transaction, and what is told of their payouts.

import type { Transfer } from "../../core/transfer.ts"
import {
  type Move,
  maskOf,
  other,
  partsOf,
  place,
  set,
  sure,
  told,
  transferAt,
  withPlan,
} from "./shared-books.ts"
import {
  BOTH,
  IDS,
  isIn,
  LANDED,
  type Mask,
  type Place,
  type Plan,
  planName,
  type Setting,
  type Shared,
  SOURCE,
  slotOf,
  THRESHOLD,
} from "./shared-world.ts"

/** One reorganisation takes one of the two, or both; whatever it took may come again in another block. */
export function* sourceMoves(world: Shared, { isLedger }: Setting): Generator<Move> {
  const { sources, reorgs } = world
  const set = (mask: Mask, to: number) => ({
    ...world,
    sources: sources.map((was, at) => (isIn(mask, at as Place) ? to : was)),
  })
  const there = maskOf((at) => sources[at] !== SOURCE.gone)
  if (reorgs > 0 && !isLedger)
    for (const mask of partsOf(there))
      yield other(`sources ${mask} gone`, { ...set(mask, SOURCE.gone), reorgs: reorgs - 1 })
  for (const at of BOTH) {
    if (sources[at] === SOURCE.gone) yield other(`source ${at} again`, set(1 << at, SOURCE.second))
  }
}

/** What the payout chain does. Whoever has enough shares can send a payout, recorded or not. */
export function* payoutMoves(world: Shared, setting: Setting): Generator<Move> {
  const { plans, signers } = world
  for (const [n, plan] of plans.entries()) {
    const given = signers.filter((signer) => (signer.given & (1 << n)) !== 0).length
    if (plan.place === "nowhere" && given >= THRESHOLD && setting.isWicked)
      yield other(`${n} sent by another`, withPlan(world, n, { place: "mempool" }))
    if (plan.place === "mempool") yield* landings(world, n, setting)
    if (plan.place === "refused") {
      const over = withPlan(world, n, { place: "over" })
      yield sure(`refusal of ${n} told`, refusedAfter(over, n, plan.kept, setting))
    }
  }
  if (setting.kind === "coins") yield* coinMoves(world, setting)
  else yield* numberMoves(world, setting)
}

function* landings(world: Shared, n: number, { kind }: Setting): Generator<Move> {
  const { plans, landed, coins } = world
  const { pays, coin } = plans[n]!
  const open = maskOf((at) => isIn(pays, at) && landed[at] === LANDED.not)
  if (kind === "coins") {
    if (coins[coin]!.landed !== LANDED.not) return
    const spent = { landed: LANDED.block, by: n }
    yield sure(`${n} mined`, { ...world, coins: coins.with(coin, spent) })
  } else if (kind === "mint") {
    // The token takes all rows or none, and the same message once.
    const over = (changed: Partial<Plan>) => withPlan(world, n, changed)
    if (open === pays)
      yield sure(`${n} minted`, { ...over({ place: "over" }), landed: set(landed, open, 2) })
    yield open === pays
      ? other(`${n} refused`, over({ place: "refused", kept: pays }))
      : sure(`${n} refused`, over({ place: "refused", kept: open }))
  } else {
    // Anybody may hand in each row by itself.
    for (const mask of partsOf(open))
      yield sure(`${n} pays ${mask}`, { ...world, landed: set(landed, mask, LANDED.block) })
  }
}

function* numberMoves(world: Shared, setting: Setting): Generator<Move> {
  const { landed, reorgs } = world
  const inBlock = maskOf((at) => landed[at] === LANDED.block)
  for (const mask of partsOf(inBlock)) {
    if (reorgs > 0)
      yield other(`payouts of ${mask} gone`, {
        ...{ ...world, reorgs: reorgs - 1 },
        landed: set(landed, mask, LANDED.not),
      })
  }
  for (const at of BOTH)
    if (isIn(inBlock, at))
      yield sure(`payout of ${at} final`, { ...world, landed: set(landed, 1 << at, LANDED.final) })
  // A mint of both is one message, and told in one commit.
  const final = maskOf((at) => landed[at] === LANDED.final)
  if (final === 0) return
  for (const mask of setting.kind === "mint" ? [final] : partsOf(final)) {
    const after = settledAfter(world, mask, slotOf(setting, 0), setting)
    const said = maskOf((at) => isIn(mask, at) && after.cases[at] !== world.cases[at])
    if (said > 0)
      yield sure(`Settled ${mask}`, { ...after, landed: set(after.landed, said, LANDED.told) })
  }
}

function* coinMoves(world: Shared, setting: Setting): Generator<Move> {
  const { coins, plans, reorgs } = world
  for (const [coin, { landed, by }] of coins.entries()) {
    const to = (now: number) => ({ ...world, coins: coins.with(coin, { landed: now, by }) })
    if (landed === LANDED.block) {
      yield sure(`${by} final`, to(LANDED.final))
      if (reorgs > 0) yield other(`${by} gone`, { ...to(LANDED.not), reorgs: reorgs - 1 })
    }
    if (landed === LANDED.final) {
      const after = settledAfter(world, plans[by]!.pays, slotOf(setting, coin), setting)
      const spent = { landed: LANDED.told, by }
      yield sure(`Settled by ${by}`, { ...after, coins: coins.with(coin, spent) })
    }
    // What would make it is spent otherwise, so deep that it stays.
    if (landed === LANDED.not && coin < coins.length - 1)
      yield other(`coin ${coin} never`, to(LANDED.ruledOut))
  }
}

/** What has no place in the books stops the chain, and people look: it is not told here. */
function settledAfter(world: Shared, mask: Mask, slot: string, setting: Setting): Shared {
  const isLasting = setting.kind !== "coins"
  const transfers = IDS.filter((_, at) => isIn(mask, at as Place))
  const settlement = { transaction: "payout", transfers, outcome: "paid", networkFee: 0n } as const
  const facts = setting.rules.settledFacts(
    settlement as never,
    (id) => transferAt(world, place(id)),
    isLasting ? () => slot : undefined,
  )
  let after = world
  for (const { transfer: id, event } of facts)
    if (hasPlaceFor(world.cases[place(id)]!.transfer, slot, isLasting))
      after = told(after, setting, place(id), event)
  return after
}

/** Else its source is gone, or it holds another slot or none. */
function hasPlaceFor({ state, slot }: Transfer, paid: string, isLasting: boolean): boolean {
  return isLasting ? !["seen", "confirmed", "dropped"].includes(state) : slot === paid
}

/** Whom a refused mint frees: those that wait for it by its name. */
export function refusedAfter(world: Shared, n: number, kept: Mask, setting: Setting): Shared {
  const transfers = IDS.filter((_, at) => isIn(kept, at as Place))
  const about = { transaction: `by ${planName(n)}`, transfers, networkFee: 0n }
  const settlement = { ...about, outcome: "refused", reason: "batch-refused" } as const
  const facts = setting.rules.settledFacts(settlement as never, (id) =>
    transferAt(world, place(id)),
  )
  return facts.reduce(
    (after, { transfer: id, event }) => told(after, setting, place(id), event),
    world,
  )
}
