// Which coins of the vault a plan spends: only what is deep, ours beyond doubt, and taken by nobody else.

import { originOf } from "../../core/ids.ts"
import type { Payout } from "../../core/payout.ts"
import type { Coin, HomeView } from "./home.ts"
import { KINDS, type ModelChain } from "./kinds.ts"
import { changeOf, type ModelTerms, type Plan, slotOf } from "./plans.ts"
import { REWARD_MAX } from "./rules.ts"
import type { World } from "./world.ts"

/** Change was ours before; what strangers made must be final. */
const CHANGE_DEPTH = 2

/** Null when the coins do not suffice. `replaced` is a plan whose slot, and coins, the new one takes over. */
export function choose(
  world: World,
  chain: ModelChain,
  payouts: readonly Payout[],
  replaced: Plan | null,
): ModelTerms | null {
  const { rules, random } = world
  const before = replaced?.terms.kind === "coins" ? replaced.terms : null
  const floor = world.homeOf(chain).feeFloor
  const fee = (floor > (before?.fee ?? 0n) ? floor : before!.fee) + BigInt(random.between(1, 5))
  if (fee > REWARD_MAX) return null
  const view = viewOf(world, chain)
  const [slot, ...others] = before?.coins ?? []
  if (slot && !view.hasCoin(slot)) return null
  const left = others.filter((coin) => view.hasCoin(coin))
  const kept = slot && rules.bumpsInSlot ? [slot, ...left] : left
  const coins: Coin[] = [...kept]
  for (const coin of [null, ...free(world, chain)]) {
    if (coin && coins.some(({ point }) => point === coin.point)) continue
    if (coin) coins.push(coin)
    const terms: ModelTerms = { kind: "coins", chain, coins, fee }
    if (coins.length > 0 && changeOf({ payouts, terms }) >= 0n) return terms
  }
  return null
}

/** What is left of the coins of a plan: all of them, or its slot at least, or nothing that could be its own. */
export function remainderOf(world: World, { terms }: Plan): "all" | "slot" | "nothing" {
  if (terms.kind !== "coins") return "nothing"
  const view = viewOf(world, terms.chain)
  const [slot, ...others] = terms.coins
  if (!view.hasCoin(slot!)) return "nothing"
  return others.every((coin) => view.hasCoin(coin)) ? "all" : "slot"
}

function viewOf(world: World, chain: ModelChain): HomeView {
  return world.endpointOf(chain).look(world.now) as HomeView
}

function free(world: World, chain: ModelChain): readonly Coin[] {
  const { store, rules } = world
  const view = viewOf(world, chain)
  const taken = new Set<string>()
  if (rules.takesTurns)
    for (const { id, state, slot } of store.transfers.values()) {
      if (state !== "signing" && state !== "sent") continue
      // What was replaced may land all the same.
      for (const plan of store.plansOf(id))
        if (plan.terms.kind === "coins" && slotOf(plan, id) === slot)
          for (const { point } of plan.terms.coins) taken.add(point)
    }
  const { depth } = KINDS.bitcoin
  return view.coins(CHANGE_DEPTH).filter(({ point }) => {
    if (taken.has(point)) return false
    if (point.endsWith(":change")) return true
    return view.coins(depth).some((one) => one.point === point) && !isHeld(world, chain, point)
  })
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
