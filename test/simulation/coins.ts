// Which coins of the vault a plan spends: the bridge's own choice (`chains/bitcoin/planning.ts`) among what the model knows
// to be deep, ours beyond doubt, and taken by nobody else.

import { pointOf, type Coin as RealCoin } from "../../chains/bitcoin/coins.ts"
import { rateFrom } from "../../chains/bitcoin/fees.ts"
import { isOutbidBy, leftOf, remainderIn } from "../../chains/bitcoin/planning.ts"
import type { Remainder } from "../../chains/chain.ts"
import { originOf } from "../../core/ids.ts"
import type { Payout } from "../../core/payout.ts"
import { isChange } from "./fork.ts"
import type { Coin, HomeView } from "./home.ts"
import { KINDS, type ModelChain } from "./kinds.ts"
import {
  type ModelTerms,
  offerIn,
  outputsOf,
  type Plan,
  realCoin,
  SCRIPT,
  slotOf,
} from "./plans.ts"
import type { World } from "./world.ts"

/** Change was ours before; what strangers made must be final. */
const CHANGE_DEPTH = 2
/** Nodes that are asked what miners want; no two say quite the same. */
const NODES = 3

/** Null when the coins do not suffice. `replaced` is a plan whose slot, and coins, the new one takes over. */
export function choose(
  world: World,
  chain: ModelChain,
  payouts: readonly Payout[],
  replaced: Plan | null,
): ModelTerms | null {
  const view = viewOf(world, chain)
  const before = replaced && beforeOf(world, view, replaced)
  if (replaced && before === null) return null
  const deep = view.coins(KINDS.bitcoin.depth).map(({ point }) => point)
  const coins = view
    .coins(CHANGE_DEPTH)
    .filter(({ point }) => isChange(point) || deep.includes(point))
  const frozen = new Set(taken(world))
  for (const { point } of coins)
    if (!isChange(point) && isHeld(world, chain, point)) frozen.add(point)
  const known = {
    ...{ coins: coins.map(realCoin), tip: view.tip.height, frozen },
    estimate: estimateOf(world, chain),
  }
  const { choice } = world.rules.planned(known, outputsOf(payouts), SCRIPT, before)
  if (choice === null) return null
  const { fee, change } = choice
  return { kind: "coins", chain, coins: choice.coins.map(modelCoin), fee, changes: change.length }
}

/** Null when its slot is not there. */
function beforeOf({ rules }: World, view: HomeView, plan: Plan) {
  const { terms } = plan
  if (terms.kind !== "coins") return null
  const left = leftOf(terms.coins, (coin) => view.hasCoin(coin))
  if (left === null) return null
  const kept = rules.bumpsInSlot ? left : left.slice(1)
  return { left: kept.map(realCoin), fee: terms.fee, rate: offerIn(plan) }
}

/** What is left of the coins of a plan: all of them, or its slot at least, or nothing that could be its own. */
export function remainderOf(world: World, { terms }: Plan): Remainder {
  if (terms.kind !== "coins") return "nothing"
  const view = viewOf(world, terms.chain)
  return remainderIn(terms.coins, (coin) => view.hasCoin(coin))
}

/** Whether miners ask for more than it offers, by so much that a replacement is worth it. */
export function isOutbid(world: World, plan: Plan): boolean {
  const { terms } = plan
  return terms.kind === "coins" && isOutbidBy(estimateOf(world, terms.chain), offerIn(plan))
}

/**
 * What gets in soon: a quarter more than what gets in at all, or a payout that offers a little less than others would wait
 * for a cheaper hour, as it may.
 */
function estimateOf(world: World, chain: ModelChain): bigint {
  const { feeFloor } = world.homeOf(chain)
  const guess = () => (feeFloor * 5n + 3n) / 4n + BigInt(world.random.between(0, 500))
  return rateFrom(Array.from({ length: NODES }, guess))
}

function modelCoin(coin: RealCoin): Coin {
  return { point: pointOf(coin), value: coin.value }
}

function viewOf(world: World, chain: ModelChain): HomeView {
  return world.endpointOf(chain).look(world.now) as HomeView
}

/** Coins that plans spend which may still land. */
function* taken({ store, rules }: World): Generator<string> {
  if (!rules.takesTurns) return
  for (const { id, state, slot } of store.transfers.values()) {
    if (state !== "signing" && state !== "sent") continue
    // What was replaced may land all the same.
    for (const plan of store.plansOf(id))
      if (plan.terms.kind === "coins" && slotOf(plan, id) === slot)
        for (const { point } of plan.terms.coins) yield point
  }
}

/** A deposit that is not known, not screened, or held: its coin stays where it is. */
function isHeld({ store, rules }: World, chain: ModelChain, point: string): boolean {
  if (!rules.leavesHeldCoins) return false
  const [transaction] = point.split(":")
  const known = [...store.transfers.values()].find(
    ({ id, source }) => source === chain && originOf(id).transaction === transaction,
  )
  return !known || ["seen", "confirmed", "held", "dropped"].includes(known.state)
}
